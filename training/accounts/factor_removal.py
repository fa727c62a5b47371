"""Remove the lost second factor once the time in which its owner can object is over."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from training.accounts.models import Recovery, RecoveryState
from training.audit.actions import SYSTEM, record_event


def carry_out_due(*, now: datetime, most: int) -> int:
    """Carry out the approved recoveries whose time has come; return how many."""
    due = list(Recovery.objects.due(now).values_list("pk", flat=True)[:most])
    return sum(carry_out(recovery_id=recovery_id, now=now) for recovery_id in due)


@transaction.atomic
def carry_out(*, recovery_id: int, now: datetime) -> bool:
    """Remove a person's second factors and recovery codes; true exactly once."""
    moved = (
        Recovery.objects.due(now)
        .filter(pk=recovery_id)
        .update(state=RecoveryState.DONE, closed_at=now)
    )
    if not moved:
        return False
    person = Recovery.objects.select_related("person").get(pk=recovery_id).person
    factors = Authenticator.objects.filter(user=person)
    kinds = sorted(factors.values_list("type", flat=True))
    factors.delete()
    record_event(
        actor=SYSTEM,
        verb="second factor removed",
        record=person,
        at=now,
        detail={"kinds": kinds},
    )
    return True
