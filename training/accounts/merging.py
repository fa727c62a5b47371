"""Two accounts of one person become one: two people say so, nothing is rewritten, it can be undone.

The absorbed account is closed and points to the one that stays; its rows stay its own, and whoever
asks for a person's own things (`accounts_of`) finds those of both.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from training.accounts.mail import post_mail
from training.accounts.models import MERGE_LIFECYCLE, AccountMerge, MergeState, User
from training.audit.actions import record_event


class NotMergeable(Exception):
    """These two accounts cannot become one."""


class SameAccount(NotMergeable):
    """It is one account, not two."""


class ClosedAccount(NotMergeable):
    """The account that would stay is closed, or one of them waits for approval."""


class MergedBefore(NotMergeable):
    """One of them was merged already, or waits for it, or has absorbed another."""


class NotForOneself(Exception):
    """Whoever decides is one of the two."""


class SecondPersonNeeded(Exception):
    """Whoever proposed it cannot confirm it as well."""


class ReasonMissing(Exception):
    """It has to be said why."""


@transaction.atomic
def propose(*, survivor: User, absorbed: User, reason: str, by: User, at: datetime) -> AccountMerge:
    """Say that two accounts belong to one person, and which of them stays."""
    if not reason.strip():
        raise ReasonMissing
    survivor, absorbed = _locked(survivor, absorbed)
    _require_mergeable(survivor, absorbed)
    _require_stranger(by, survivor, absorbed)
    try:
        with transaction.atomic():
            merge = AccountMerge.objects.create(
                survivor=survivor,
                absorbed=absorbed,
                reason=reason,
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError:
        raise MergedBefore from None
    _record(merge, "merge proposed", by=by, at=at, reason=reason)
    return merge


@transaction.atomic
def confirm(*, merge: AccountMerge, by: User, at: datetime, answer: str = "") -> None:
    """Merge, as somebody else proposed; both addresses are told."""
    merge = _decided(merge, MergeState.MERGED, by=by, at=at, answer=answer)
    survivor, absorbed = _locked(merge.survivor, merge.absorbed)
    _require_mergeable(survivor, absorbed)
    merge.was_active = absorbed.is_active
    merge.save()
    User.objects.filter(pk=absorbed.pk).update(merged_into=survivor, is_active=False)
    _record(merge, "accounts merged", by=by, at=at, reason=answer)
    _tell(merge, template="emails/accounts_merged", at=at)


@transaction.atomic
def refuse(*, merge: AccountMerge, by: User, at: datetime, answer: str) -> None:
    """Leave the two accounts as they are."""
    if not answer.strip():
        raise ReasonMissing
    merge = _decided(merge, MergeState.REFUSED, by=by, at=at, answer=answer)
    merge.save()
    _record(merge, "merge refused", by=by, at=at, reason=answer)


@transaction.atomic
def undo(*, merge: AccountMerge, by: User, at: datetime, reason: str) -> None:
    """Make two accounts of one again, each with what it had and what it earned since."""
    if not reason.strip():
        raise ReasonMissing
    merge = AccountMerge.objects.select_for_update().get(pk=merge.pk)
    MERGE_LIFECYCLE.require(merge.state, MergeState.UNDONE)
    _require_stranger(by, merge.survivor, merge.absorbed)
    merge.state, merge.undone_by, merge.undone_at = MergeState.UNDONE, by, at
    merge.undo_reason = reason
    merge.save()
    User.objects.filter(pk=merge.absorbed_id).update(merged_into=None, is_active=merge.was_active)
    _record(merge, "merge undone", by=by, at=at, reason=reason)
    _tell(merge, template="emails/accounts_parted", at=at)


def _decided(
    merge: AccountMerge, state: MergeState, *, by: User, at: datetime, answer: str
) -> AccountMerge:
    merge = AccountMerge.objects.select_for_update().get(pk=merge.pk)
    MERGE_LIFECYCLE.require(merge.state, state)
    if merge.proposed_by_id == by.pk:
        raise SecondPersonNeeded
    _require_stranger(by, merge.survivor, merge.absorbed)
    merge.state, merge.decided_by, merge.decided_at = state, by, at
    merge.answer = answer
    return merge


def _locked(survivor: User, absorbed: User) -> tuple[User, User]:
    rows = User.objects.select_for_update().order_by("pk").in_bulk([survivor.pk, absorbed.pk])
    return rows[survivor.pk], rows[absorbed.pk]


def _require_mergeable(survivor: User, absorbed: User) -> None:
    if survivor.pk == absorbed.pk:
        raise SameAccount
    if survivor.merged_into_id or absorbed.merged_into_id or absorbed.absorbed.exists():
        raise MergedBefore
    if not survivor.is_active or survivor.awaits_approval or absorbed.awaits_approval:
        raise ClosedAccount


def _require_stranger(by: User, *people: User) -> None:
    if by.pk in {person.pk for person in people}:
        raise NotForOneself


def _record(merge: AccountMerge, verb: str, *, by: User, at: datetime, reason: str) -> None:
    """Leave an event about each of the two."""
    for person, other in (
        (merge.survivor, merge.absorbed),
        (merge.absorbed, merge.survivor),
    ):
        record_event(
            actor=by.actor,
            verb=verb,
            record=person,
            at=at,
            reason=reason,
            detail={"merge": str(merge.uuid), "with": str(other.uuid)},
        )


def _tell(merge: AccountMerge, *, template: str, at: datetime) -> None:
    for person in (merge.survivor, merge.absorbed):
        post_mail(
            to=person.email,
            template=template,
            context={
                "display_name": person.display_name,
                "stays": merge.survivor.email,
                "absorbed": merge.absorbed.email,
            },
            language=person.language,
            at=at,
        )
