"""Write audit events; called inside the transaction that changes the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from training.audit.models import Event


@dataclass(frozen=True)
class Actor:
    """Whoever does something to a record, as the audit remembers them."""

    uuid: UUID | None
    name: str
    role: str = ""


SYSTEM = Actor(uuid=None, name="system", role="system")


class EventOutsideTransaction(Exception):
    """An event was written outside the transaction of the change that it tells of."""


def record_event(
    *,
    actor: Actor,
    verb: str,
    record: models.Model,
    at: datetime,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event about a record, in the caller's transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise EventOutsideTransaction(verb)
    return Event.objects.create(
        at=at,
        actor_uuid=actor.uuid,
        actor_name=actor.name,
        actor_role=actor.role,
        verb=verb,
        record_kind=record._meta.label_lower,
        record_key=str(getattr(record, "uuid", record.pk)),
        reason=reason,
        detail=dict(detail or {}),
    )
