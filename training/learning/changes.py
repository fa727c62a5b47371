"""Answering a request about a course, and making a change without one (R-10).

A transfer takes finished work along where both editions study the same course version: facts are
appended to the new enrollment, each naming the one it repeats. Between versions nothing is taken
along, for an outcome stands on the activity of one version.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from training.accounts.mail import absolute
from training.accounts.models import User
from training.audit.actions import record_event
from training.enrollments.applications import AlreadyIn
from training.enrollments.changes import (
    ReasonMissing,
    Terms,
    allow_make_up,
    answer,
    extend,
    lock,
    require_possible,
)
from training.enrollments.models import Change, ChangeRequest, ChangeState, Enrollment
from training.enrollments.places import NoPlace, lock_edition, take_place, tell, withdraw
from training.learning.actions import complete_if_satisfied
from training.progress.actions import append_outcome
from training.progress.models import Outcome
from training.progress.rules import Reported


@transaction.atomic
def accept(
    *,
    request: ChangeRequest,
    terms: Terms,
    decided_by: User,
    at: datetime,
    words: str = "",
) -> Enrollment:
    """Accept a request, carry it out and tell the learner; return the enrollment to go on with.

    Raise AlreadyAnswered when somebody was faster, and whatever `make` raises.
    """
    _lock_editions(request.enrollment, terms)
    answer(request=request, state=ChangeState.ACCEPTED, decided_by=decided_by, at=at, words=words)
    result = _carry_out(
        enrollment=request.enrollment,
        change=Change(request.change),
        terms=terms,
        made_by=decided_by,
        at=at,
        reason=words.strip() or request.motive,
    )
    _tell(result, request.change, terms, template="emails/change_accepted", words=words, at=at)
    return result


@transaction.atomic
def decline(*, request: ChangeRequest, decided_by: User, at: datetime, words: str) -> None:
    """Decline a request with a reason for the learner, and tell them."""
    if not words.strip():
        raise ReasonMissing(str(request.uuid))
    answer(request=request, state=ChangeState.DECLINED, decided_by=decided_by, at=at, words=words)
    enrollment = request.enrollment
    tell(
        learner=enrollment.learner,
        template="emails/change_declined",
        edition=enrollment.edition,
        at=at,
        change=request.change,
        answer=words.strip(),
        url=absolute(reverse("portal:course", args=[enrollment.uuid])),
    )


@transaction.atomic
def make(
    *,
    enrollment: Enrollment,
    change: Change,
    terms: Terms,
    made_by: User,
    at: datetime,
    reason: str,
) -> Enrollment:
    """Change one learner's enrollment without a request, with a reason, and tell the learner.

    Return the enrollment to go on with. Raise ReasonMissing, NotActive, TermsMissing, NotLater,
    NotOfCourse, NoPlace or AlreadyIn; then nothing has changed.
    """
    if not reason.strip():
        raise ReasonMissing(str(enrollment.uuid))
    _lock_editions(enrollment, terms)
    result = _carry_out(
        enrollment=enrollment,
        change=change,
        terms=terms,
        made_by=made_by,
        at=at,
        reason=reason.strip(),
    )
    _tell(result, change, terms, template="emails/change_made", words=reason, at=at)
    return result


def _carry_out(
    *,
    enrollment: Enrollment,
    change: Change,
    terms: Terms,
    made_by: User,
    at: datetime,
    reason: str,
) -> Enrollment:
    locked = lock(enrollment)
    require_possible(enrollment=locked, change=change, terms=terms, at=at)
    match change:
        case Change.WITHDRAWAL:
            withdraw(enrollment=locked, actor=made_by.actor, at=at, reason=reason)
        case Change.EXTENSION if terms.until:
            extend(enrollment=locked, until=terms.until, granted_by=made_by, at=at, reason=reason)
        case Change.MAKE_UP if terms.until and terms.activity:
            allow_make_up(
                enrollment=locked,
                activity=terms.activity,
                until=terms.until,
                granted_by=made_by,
                at=at,
                reason=reason,
            )
        case Change.TRANSFER:
            return _transfer(locked, terms, made_by=made_by, at=at, reason=reason)
    return lock(locked)


def _lock_editions(enrollment: Enrollment, terms: Terms) -> None:
    """Lock the places that a change may touch, always in the same order."""
    keys = {enrollment.edition_id} | ({terms.edition.pk} if terms.edition else set())
    for key in sorted(keys):
        lock_edition(key)


def _transfer(
    enrollment: Enrollment, terms: Terms, *, made_by: User, at: datetime, reason: str
) -> Enrollment:
    """Enroll a learner in the other edition, take finished work along, and withdraw from this."""
    edition = terms.edition
    if edition is None:
        raise ValueError("a transfer to nowhere")
    seat = take_place(
        learner=enrollment.learner,
        edition=edition,
        cohort=terms.cohort,
        name_on_certificate=enrollment.name_on_certificate,
        actor=made_by.actor,
        at=at,
        by_hand=True,
    )
    if seat.enrollment is None:
        raise NoPlace(edition.code)
    if not seat.is_new:
        raise AlreadyIn(edition.code)
    withdraw(enrollment=enrollment, actor=made_by.actor, at=at, reason=reason)
    joined = lock(seat.enrollment)
    carried = _take_along(enrollment, joined)
    record_event(
        actor=made_by.actor,
        verb="enrollment.transferred",
        record=enrollment,
        at=at,
        reason=reason,
        detail={"edition": edition.code, "enrollment": str(joined.uuid), "carried": carried},
    )
    if carried:
        complete_if_satisfied(joined, at=at)
    return lock(joined)


def _take_along(left: Enrollment, joined: Enrollment) -> int:
    """Repeat the standing facts of one enrollment in another of the same version; count them."""
    if left.course_version_id != joined.course_version_id:
        return 0
    facts = Outcome.objects.filter(enrollment=left).standing().select_related("activity")
    taken = [
        append_outcome(
            enrollment=joined,
            activity=fact.activity,
            reported=Reported(
                source=f"transfer:{fact.uuid}:{joined.uuid}",
                occurred_at=fact.occurred_at,
                is_success=fact.is_success,
                scaled=fact.scaled,
                evidence=fact.evidence,
            ),
        )
        for fact in facts
    ]
    return sum(is_new for _outcome, is_new in taken)


def _tell(
    enrollment: Enrollment,
    change: str,
    terms: Terms,
    *,
    template: str,
    words: str,
    at: datetime,
) -> None:
    language = enrollment.learner.language
    tell(
        learner=enrollment.learner,
        template=template,
        edition=enrollment.edition,
        at=at,
        change=change,
        answer=words.strip(),
        until=terms.until,
        quiz=terms.activity.title(language) if terms.activity else "",
        edition_title=enrollment.edition.title(language),
        edition_code=enrollment.edition.code,
        url=absolute(reverse("portal:course", args=[enrollment.uuid])),
    )
