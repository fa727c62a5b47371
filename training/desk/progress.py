"""How far learners have come, for who may know it; marks only for who may see them (R-34).

Marks are seen by a registrar and by the coordinators and trainers of the learner's own cohort.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from training.accounts.models import User
from training.catalogue.models import Activity
from training.enrollments.models import Cohort, Enrollment, EnrollmentState
from training.learning.queries import ActivityState, Reached, reached
from training.progress.models import Outcome

SEE_ENROLLMENTS: Final = "enrollments.view_enrollment"
SEE_MARKS: Final = "desk.see_marks"
SEE_COHORT_PROGRESS: Final = "desk.see_cohort_progress"
QUIET_DAYS: Final = 14


# --- Who may see what -------------------------------------------------------------------------


def cohorts_of(user: User) -> QuerySet[Cohort]:
    """Return the cohorts whose progress a person may follow: the own ones; all for a registrar."""
    if user.has_perm(SEE_MARKS):
        return Cohort.objects.all()
    return Cohort.objects.filter(pk__in=coordinated_by(user))


def coordinated_by(user: User) -> frozenset[int]:
    """Return the keys of the cohorts that a person guides."""
    return frozenset(Cohort.objects.filter(coordinators=user).values_list("pk", flat=True))


def enrollments_with_marks_for(user: User) -> QuerySet[Enrollment]:
    """Return the enrollments whose marks a person may see."""
    if user.has_perm(SEE_MARKS):
        return Enrollment.objects.all()
    return Enrollment.objects.filter(cohort__coordinators=user)


# --- Lines of a list --------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """How far one enrollment is. `mark` is None also for who may not see it."""

    required_done: int
    required: int
    mark: Decimal | None
    next: str

    @property
    def done(self) -> str:
        """Return what is done of what is required."""
        return f"{self.required_done} / {self.required}"


def with_last_activity(enrollments: QuerySet[Enrollment]) -> QuerySet[Any]:
    """Add `last_at`: the last lesson done or quiz handed in, else the day of enrollment."""
    last = (
        Outcome.objects.filter(enrollment=OuterRef("pk"))
        .order_by()
        .values("enrollment")
        .annotate(last=Max("occurred_at"))
        .values("last")
    )
    return enrollments.annotate(last_at=Coalesce(Subquery(last), F("enrolled_at")))


def quiet(enrollments: QuerySet[Enrollment], *, since: datetime) -> QuerySet[Any]:
    """Keep those in progress who have done nothing since a moment."""
    active = with_last_activity(enrollments).filter(state=EnrollmentState.ACTIVE)
    return active.filter(last_at__lt=since)


def with_lines(
    rows: Iterable[Enrollment], *, user: User, own_cohorts: frozenset[int], language: str
) -> Sequence[Enrollment]:
    """Add to each row its `line`, in the same number of queries for however many."""
    rows = list(rows)
    sees_all = user.has_perm(SEE_MARKS)
    far = reached(enrollments=rows, language=language)
    for row in rows:
        at: Any = row
        sees_mark = sees_all or row.cohort_id in own_cohorts
        at.line = Line(
            required_done=far[row.pk].required_done,
            required=far[row.pk].required,
            mark=far[row.pk].mark if sees_mark else None,
            next=far[row.pk].next_title,
        )
    return rows


# --- A cohort ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One activity of a cohort's course. `stuck` counts those in progress for whom it is next."""

    title: str
    is_required: bool
    done: int
    tried: int
    not_begun: int
    stuck: int


@dataclass(frozen=True)
class Member:
    """One learner of a cohort."""

    enrollment: Enrollment
    reached: Reached
    last_at: datetime | None
    is_quiet: bool


@dataclass(frozen=True)
class CohortProgress:
    """Who is stuck where. Answers are no part of it."""

    cohort: Cohort
    steps: Sequence[Step]
    members: Sequence[Member]

    @property
    def completed(self) -> int:
        """Return how many have completed the course."""
        return sum(m.enrollment.state == EnrollmentState.COMPLETED for m in self.members)

    @property
    def quiet(self) -> list[Member]:
        """Return those in progress who have done nothing for two weeks, the longest first."""
        silent = [member for member in self.members if member.is_quiet]
        return sorted(silent, key=lambda m: m.last_at or m.enrollment.enrolled_at)

    @property
    def most_stuck(self) -> Step | None:
        """Return the activity at which most are."""
        held = [step for step in self.steps if step.stuck]
        return max(held, key=lambda step: step.stuck, default=None)


def with_counts(cohorts: QuerySet[Cohort], *, now: datetime) -> QuerySet[Any]:
    """Add to each cohort its `members`, how many `completed`, and how many are `silent`."""
    own = Enrollment.objects.filter(cohort=OuterRef("pk"))
    silent = quiet(own, since=now - timedelta(days=QUIET_DAYS))
    return cohorts.annotate(
        members=Count("enrollments", filter=~Q(enrollments__state=EnrollmentState.WITHDRAWN)),
        completed=Count("enrollments", filter=Q(enrollments__state=EnrollmentState.COMPLETED)),
        silent=Coalesce(
            Subquery(
                silent.order_by().values("cohort").annotate(number=Count("pk")).values("number")
            ),
            0,
        ),
    )


def cohort_progress(*, cohort: Cohort, now: datetime, language: str) -> CohortProgress:
    """Return how far everybody in a cohort is, in the same number of queries for any size."""
    enrollments = list(
        cohort.enrollments.holding_a_place()
        .select_related("learner", "edition")
        .order_by("learner__display_name", "pk")
    )
    far = reached(enrollments=enrollments, language=language)
    since = now - timedelta(days=QUIET_DAYS)
    members = [
        Member(
            enrollment=enrollment,
            reached=far[enrollment.pk],
            last_at=far[enrollment.pk].last_at,
            is_quiet=enrollment.state == EnrollmentState.ACTIVE
            and (far[enrollment.pk].last_at or enrollment.enrolled_at) < since,
        )
        for enrollment in enrollments
    ]
    versions = {enrollment.course_version_id for enrollment in enrollments}
    activities = Activity.objects.filter(
        course_version__in=versions or {cohort.edition.course_version_id}
    ).order_by("order")
    return CohortProgress(
        cohort=cohort, steps=_steps(activities, members, language), members=members
    )


def _steps(activities: Iterable[Activity], members: Sequence[Member], language: str) -> list[Step]:
    """Return each activity once, also where learners study different versions."""
    steps: dict[str, Step] = {}
    active = [m for m in members if m.enrollment.state == EnrollmentState.ACTIVE]
    for activity in activities:
        if activity.key in steps:
            continue
        key = activity.key
        states = [m.reached.states[key] for m in members if key in m.reached.states]
        steps[key] = Step(
            title=activity.title(language),
            is_required=activity.is_required,
            done=states.count(ActivityState.DONE),
            tried=states.count(ActivityState.TRIED),
            not_begun=states.count(ActivityState.TODO),
            stuck=sum(member.reached.next == key for member in active),
        )
    return list(steps.values())
