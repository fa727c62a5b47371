"""Empty what has been kept as long as the notice says, a small batch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from training.audit.actions import SYSTEM, record_event
from training.kernel.retention import Keeper, keepers
from training.privacy.models import NoticeVersion
from training.privacy.queries import current_version
from training.privacy.rules import years_before

BATCH: Final = 200
MOST_BATCHES: Final = 50  # of one kind a day; the rest waits until tomorrow


@dataclass(frozen=True)
class Due:
    """How much of one kind is to be emptied, or was."""

    what: str
    before: datetime
    number: int


def overdue(*, at: datetime) -> list[Due]:
    """Return what would be emptied now; nothing is changed."""
    return [
        Due(what=keeper.what, before=before, number=keeper.overdue(before=before))
        for _version, keeper, before in _rules(at)
    ]


def apply(*, at: datetime, batch: int = BATCH) -> list[Due]:
    """Empty what is due; each batch is a transaction with its audit event."""
    return [
        Due(what=keeper.what, before=before, number=_empty(version, keeper, before, at, batch))
        for version, keeper, before in _rules(at)
    ]


def _empty(
    version: NoticeVersion, keeper: Keeper, before: datetime, at: datetime, batch: int
) -> int:
    total = 0
    for _number in range(MOST_BATCHES):
        with transaction.atomic():
            emptied = keeper.empty(before=before, most=batch)
            if emptied:
                record_event(
                    actor=SYSTEM,
                    verb="retention applied",
                    record=version,
                    at=at,
                    detail={
                        "what": keeper.what,
                        "number": emptied,
                        "before": before.isoformat(),
                    },
                )
        total += emptied
        if emptied < batch:
            break
    return total


def _rules(at: datetime) -> Iterator[tuple[NoticeVersion, Keeper, datetime]]:
    """Yield each keeper with the moment before which its things go, as people were told."""
    version = current_version()
    if version is None:
        return
    years = {rule["code"]: rule["years"] for rule in version.texts.get("retention", [])}
    for keeper in keepers():
        if years.get(keeper.what):
            yield version, keeper, years_before(at, years[keeper.what])
