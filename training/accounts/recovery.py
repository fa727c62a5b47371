"""Ask a person for help after losing the second factor; each step leaves an audit event."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.urls import reverse

from training.accounts.mail import absolute, post_mail
from training.accounts.models import (
    RECOVERY_LIFECYCLE,
    Recovery,
    RecoveryApproval,
    RecoveryState,
    User,
)
from training.accounts.rules import approvals_needed
from training.audit.actions import record_event

_SIGNER = Signer(salt="stop-recovery")


class AlreadyAsked(Exception):
    """This person waits for help already."""


class UnknownRecovery(Exception):
    """Nobody was sent that link."""


class NotForOneself(Exception):
    """An administrator was to help themselves."""


class AlreadyApproved(Exception):
    """This administrator made sure already; another one has to."""


def works_here(person: User) -> bool:
    """Say whether an account opens the administration."""
    return person.has_perm("wagtailadmin.access_admin")


@transaction.atomic
def ask(*, person: User, contact: str, at: datetime) -> Recovery:
    """Ask that a lost second factor be removed; the person is told, and can stop it."""
    try:
        with transaction.atomic():
            recovery = Recovery.objects.create(person=person, contact=contact, asked_at=at)
    except IntegrityError:
        raise AlreadyAsked from None
    record_event(actor=person.actor, verb="recovery asked", record=person, at=at)
    _tell(recovery, template="emails/recovery_asked", at=at)
    return recovery


@transaction.atomic
def approve(*, recovery: Recovery, by: User, channel: str, reason: str, at: datetime) -> bool:
    """Confirm that it is the person who asks; say whether enough administrators did.

    With the last one needed the waiting time begins, and the person is told again.
    """
    recovery = _locked(recovery)
    if recovery.person_id == by.pk:
        raise NotForOneself
    if recovery.approvals.filter(approved_by=by).exists():
        raise AlreadyApproved
    RECOVERY_LIFECYCLE.require(recovery.state, RecoveryState.APPROVED)
    RecoveryApproval.objects.create(
        recovery=recovery, approved_by=by, channel=channel, reason=reason, approved_at=at
    )
    needed = approvals_needed(works_here=works_here(recovery.person))
    given = recovery.approvals.count()
    record_event(
        actor=by.actor,
        verb="recovery approved",
        record=recovery.person,
        at=at,
        reason=reason,
        detail={"channel": channel, "given": given, "needed": needed},
    )
    if given < needed:
        return False
    recovery.state = RecoveryState.APPROVED
    recovery.effective_at = at + timedelta(hours=settings.RECOVERY_WAIT_HOURS)
    recovery.save(update_fields=["state", "effective_at"])
    _tell(recovery, template="emails/recovery_approved", at=at)
    return True


@transaction.atomic
def refuse(*, recovery: Recovery, by: User, reason: str, at: datetime) -> None:
    """Refuse, also what was approved and has not taken effect."""
    recovery = _locked(recovery)
    if recovery.person_id == by.pk:
        raise NotForOneself
    _close(recovery, RecoveryState.REFUSED, at=at)
    record_event(
        actor=by.actor, verb="recovery refused", record=recovery.person, at=at, reason=reason
    )


@transaction.atomic
def stop(*, recovery: Recovery, at: datetime) -> None:
    """Stop it in the name of the person, whose mail carried the link."""
    recovery = _locked(recovery)
    _close(recovery, RecoveryState.STOPPED, at=at)
    person = recovery.person
    record_event(actor=person.actor, verb="recovery stopped", record=person, at=at)


def recovery_with(*, token: str) -> Recovery:
    """Return the recovery of a link, or raise UnknownRecovery."""
    try:
        return Recovery.objects.select_related("person").get(uuid=_SIGNER.unsign(token))
    except (BadSignature, Recovery.DoesNotExist):
        raise UnknownRecovery from None


def _locked(recovery: Recovery) -> Recovery:
    return (
        Recovery.objects.select_for_update(of=("self",))
        .select_related("person")
        .get(pk=recovery.pk)
    )


def _close(recovery: Recovery, state: RecoveryState, *, at: datetime) -> None:
    RECOVERY_LIFECYCLE.require(recovery.state, state)
    recovery.state = state
    recovery.closed_at = at
    recovery.save(update_fields=["state", "closed_at"])


def _tell(recovery: Recovery, *, template: str, at: datetime) -> None:
    token = _SIGNER.sign(str(recovery.uuid))
    post_mail(
        to=recovery.person.email,
        template=template,
        context={
            "display_name": recovery.person.display_name,
            "effective_at": recovery.effective_at,
            "stop_url": absolute(reverse("account_stop_recovery", args=[token])),
        },
        language=recovery.person.language,
        at=at,
    )
