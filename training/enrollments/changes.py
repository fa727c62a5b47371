"""Asking for a change of one's enrollment, and what may be granted to one learner (R-10).

`training.learning.changes` answers and carries out: a transfer takes finished work along.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from training.accounts.models import User
from training.audit.actions import record_event
from training.catalogue.models import Activity
from training.enrollments.models import (
    Change,
    ChangeRequest,
    ChangeState,
    Cohort,
    Edition,
    EditionQuerySet,
    Enrollment,
    EnrollmentState,
    MakeUp,
)


class ReasonMissing(Exception):
    """A change is asked for, refused and made with a reason."""


class NotActive(Exception):
    """The enrollment is completed or withdrawn: nothing can be changed about it."""


class TermsMissing(Exception):
    """A change does not say what it needs: until when, which quiz, which edition."""


class NotLater(Exception):
    """More time ends after the last day that the learner has, and after today."""


class NotOfCourse(Exception):
    """The quiz or the edition is not one of the learner's course."""


class AlreadyAnswered(Exception):
    """Somebody answered the request before."""


@dataclass(frozen=True)
class Terms:
    """What a change needs to know; each kind of change uses its part."""

    until: date | None = None
    activity: Activity | None = None
    edition: Edition | None = None
    cohort: Cohort | None = None


def editions_to_change_to(*, enrollment: Enrollment, on: date) -> EditionQuerySet:
    """Return the other editions of the same course that are not over, the next to end first.

    The enrollment comes with its course version.
    """
    return (
        Edition.objects.filter(
            course_version__course=enrollment.course_version.course_id, ends_on__gte=on
        )
        .exclude(pk=enrollment.edition_id)
        .select_related("course_version__course")
        .order_by("ends_on", "code")
    )


def quizzes_of(enrollment: Enrollment) -> list[Activity]:
    """Return the activities of a learner's course that are marked, in order."""
    activities = Activity.objects.filter(course_version=enrollment.course_version_id)
    return [activity for activity in activities.order_by("order") if activity.is_scored]


@transaction.atomic
def ask(
    *, enrollment: Enrollment, change: Change, motive: str, terms: Terms, at: datetime
) -> tuple[ChangeRequest, bool]:
    """Ask for a change once; return the request that awaits an answer and whether it is new.

    Raise ReasonMissing, NotActive, TermsMissing, NotLater or NotOfCourse. After an answer somebody
    may ask again.
    """
    enrollment = lock(enrollment)
    waiting = ChangeRequest.objects.undecided().filter(enrollment=enrollment, change=change).first()
    if waiting is not None:
        return waiting, False
    if not motive.strip():
        raise ReasonMissing(str(enrollment.uuid))
    require_possible(enrollment=enrollment, change=change, terms=terms, at=at, is_asked=True)
    learner = enrollment.learner
    request = ChangeRequest.objects.create(
        enrollment=enrollment,
        change=change,
        motive=motive.strip(),
        until=terms.until if change == Change.EXTENSION else None,
        activity=terms.activity if change == Change.MAKE_UP else None,
        edition=terms.edition if change == Change.TRANSFER else None,
        asked_at=at,
    )
    record_event(
        actor=learner.actor,
        verb="change.asked",
        record=request,
        at=at,
        detail={"change": change.value},
    )
    return request, True


def lock(enrollment: Enrollment) -> Enrollment:
    """Lock an enrollment, and return it as it stands; inside a transaction."""
    Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    return Enrollment.objects.with_course().select_related("learner").get(pk=enrollment.pk)


def require_possible(
    *,
    enrollment: Enrollment,
    change: Change,
    terms: Terms,
    at: datetime,
    is_asked: bool = False,
) -> None:
    """Raise what speaks against a change; who only asks may leave the edition to the answer."""
    if enrollment.state != EnrollmentState.ACTIVE:
        raise NotActive(str(enrollment.uuid))
    today = timezone.localdate(at)
    match change:
        case Change.EXTENSION:
            if terms.until is None:
                raise TermsMissing("until")
            if terms.until <= max(enrollment.last_day, today):
                raise NotLater(terms.until.isoformat())
        case Change.MAKE_UP:
            _require_quiz(enrollment, terms)
            if not is_asked and terms.until is None:
                raise TermsMissing("until")
            if terms.until is not None and terms.until < today:
                raise NotLater(terms.until.isoformat())
        case Change.TRANSFER:
            _require_edition(enrollment, terms, is_asked=is_asked, on=today)


def _require_quiz(enrollment: Enrollment, terms: Terms) -> None:
    if terms.activity is None:
        raise TermsMissing("activity")
    is_own = terms.activity.course_version_id == enrollment.course_version_id
    if not is_own or not terms.activity.is_scored:
        raise NotOfCourse(terms.activity.key)


def _require_edition(enrollment: Enrollment, terms: Terms, *, is_asked: bool, on: date) -> None:
    if terms.edition is None:
        if is_asked:
            return
        raise TermsMissing("edition")
    others = editions_to_change_to(enrollment=enrollment, on=on)
    if not others.filter(pk=terms.edition.pk).exists():
        raise NotOfCourse(terms.edition.code)
    if terms.cohort is not None and terms.cohort.edition_id != terms.edition.pk:
        raise NotOfCourse(terms.cohort.code)


def answer(
    *,
    request: ChangeRequest,
    state: ChangeState,
    decided_by: User,
    at: datetime,
    words: str,
) -> None:
    """Mark a request as answered, in the caller's transaction; raise AlreadyAnswered after that."""
    moved = (
        ChangeRequest.objects.undecided()
        .filter(pk=request.pk)
        .order_by()
        .update(state=state, decided_by=decided_by, decided_at=at, answer=words.strip())
    )
    if not moved:
        raise AlreadyAnswered(str(request.uuid))
    record_event(
        actor=decided_by.actor,
        verb=f"change.{state.value}",
        record=request,
        at=at,
        reason=words.strip(),
        detail={"change": request.change},
    )


@transaction.atomic
def extend(
    *, enrollment: Enrollment, until: date, granted_by: User, at: datetime, reason: str
) -> None:
    """Give a learner a last day of their own, later than the one they have."""
    locked = lock(enrollment)
    require_possible(enrollment=locked, change=Change.EXTENSION, terms=Terms(until=until), at=at)
    Enrollment.objects.filter(pk=locked.pk).update(extended_until=until)
    record_event(
        actor=granted_by.actor,
        verb="enrollment.extended",
        record=locked,
        at=at,
        reason=reason,
        detail={"before": locked.last_day.isoformat(), "until": until.isoformat()},
    )


@transaction.atomic
def allow_make_up(
    *,
    enrollment: Enrollment,
    activity: Activity,
    until: date,
    granted_by: User,
    at: datetime,
    reason: str,
) -> MakeUp:
    """Grant a learner one more attempt at a quiz until a day, though the edition may be over."""
    locked = lock(enrollment)
    terms = Terms(until=until, activity=activity)
    require_possible(enrollment=locked, change=Change.MAKE_UP, terms=terms, at=at)
    make_up = MakeUp.objects.create(
        enrollment=locked,
        activity=activity,
        until=until,
        granted_at=at,
        granted_by=granted_by,
        reason=reason.strip(),
    )
    record_event(
        actor=granted_by.actor,
        verb="enrollment.make-up-allowed",
        record=locked,
        at=at,
        reason=reason,
        detail={"activity": activity.key, "until": until.isoformat()},
    )
    return make_up
