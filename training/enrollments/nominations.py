"""Nomination lists: check every row, say what would happen, and let it be done as it was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from training.accounts.models import User
from training.audit.actions import record_event
from training.enrollments.models import (
    Cohort,
    Nomination,
    NominationLine,
    NominationPlan,
    NominationProblem,
)
from training.enrollments.sheets import Row, read_rows
from training.enrollments.tasks import queue_nomination
from training.enrollments.working_off import situation_of

LONGEST_NAME: Final = 200


class AlreadyConfirmed(Exception):
    """The list was confirmed before; it is worked off once."""


class SituationChanged(Exception):
    """What would happen now differs from what was said; the list says it anew."""


@dataclass(frozen=True)
class OfficialDocument:
    """Under which paper people are nominated, and by whom."""

    nominated_by: str
    kind: str
    number: str
    date: date


def draft_list(
    *,
    cohort: Cohort,
    document: OfficialDocument,
    data: bytes,
    file_name: str,
    uploaded_by: User,
    at: datetime,
) -> Nomination:
    """Read a list and say row by row what would happen; nobody is enrolled. Raise BadSheet."""
    rows = read_rows(data)
    with transaction.atomic():
        nomination = Nomination.objects.create(
            cohort=cohort,
            nominated_by=document.nominated_by,
            document_kind=document.kind,
            document_number=document.number,
            document_date=document.date,
            file_name=file_name[:200],
            uploaded_by=uploaded_by,
            uploaded_at=at,
        )
        lines = [_line(nomination, row) for row in rows]
        _plan_all(cohort, lines, at=at)
        NominationLine.objects.bulk_create(lines, batch_size=500)
        record_event(
            actor=uploaded_by.actor,
            verb="nomination.uploaded",
            record=nomination,
            at=at,
            detail={"rows": len(lines)},
        )
    return nomination


def _line(nomination: Nomination, row: Row) -> NominationLine:
    line = NominationLine(
        nomination=nomination,
        number=row.number,
        email=row.email.lower()[:254],
        name=row.name[:LONGEST_NAME],
    )
    problem = None
    if not row.email:
        problem = NominationProblem.NO_EMAIL
    elif not _is_email(row.email):
        problem = NominationProblem.BAD_EMAIL
    elif len(row.name) > LONGEST_NAME:
        problem = NominationProblem.LONG_NAME
    if problem is not None:
        is_name = problem == NominationProblem.LONG_NAME
        line.plan, line.problem = NominationPlan.ERROR, problem
        line.cell = row.name_cell if is_name else row.email_cell
        line.typed = (row.name if is_name else row.email)[:100]
    else:
        line.cell = row.email_cell
    return line


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _plan_all(cohort: Cohort, lines: Sequence[NominationLine], *, at: datetime) -> None:
    """Say for each line without a mistake of its own what would happen, in their order."""
    good = [line for line in lines if line.problem not in _TYPING]
    situation = situation_of(cohort, [line.email for line in good], at=at)
    seen: set[str] = set()
    for line in good:
        plan, problem = situation.plan(line.email)
        if line.email in seen:
            plan, problem = NominationPlan.ERROR, NominationProblem.TWICE
        seen.add(line.email)
        line.plan, line.problem = plan, problem or ""
        line.typed = line.email[:100] if problem else ""
        if plan == NominationPlan.ENROLL:
            situation.imagine(line.email)


_TYPING: Final = frozenset(
    {NominationProblem.NO_EMAIL, NominationProblem.BAD_EMAIL, NominationProblem.LONG_NAME}
)


def confirm(*, nomination: Nomination, confirmed_by: User, at: datetime) -> None:
    """Let a worker do what the check said.

    Raise SituationChanged when it would do something else by now, after the lines were checked
    anew; raise AlreadyConfirmed on the second click.
    """
    if _check_again(nomination, at=at):
        raise SituationChanged(str(nomination.uuid))
    with transaction.atomic():
        moved = Nomination.objects.filter(pk=nomination.pk, confirmed_at=None).update(
            confirmed_at=at
        )
        if not moved:
            raise AlreadyConfirmed(str(nomination.uuid))
        record_event(
            actor=confirmed_by.actor, verb="nomination.confirmed", record=nomination, at=at
        )
        transaction.on_commit(
            partial(queue_nomination, nomination_id=nomination.pk, at=at), robust=True
        )


@transaction.atomic
def _check_again(nomination: Nomination, *, at: datetime) -> bool:
    """Check a list that nobody confirmed anew; say whether any line would end differently."""
    locked = Nomination.objects.select_for_update().get(pk=nomination.pk)
    if locked.confirmed_at is not None:
        return False
    lines = list(locked.lines.all())
    before = {line.pk: (line.plan, line.problem) for line in lines}
    _plan_all(nomination.cohort, lines, at=at)
    changed = [line for line in lines if before[line.pk] != (line.plan, line.problem)]
    NominationLine.objects.bulk_update(changed, ["plan", "problem", "typed"], batch_size=200)
    return bool(changed)
