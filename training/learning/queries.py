"""What a learner sees of a course, and how far each of many learners has come."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from training.catalogue.models import Activity, CourseVersion
from training.catalogue.queries import activities_of
from training.enrollments.models import Edition, Enrollment
from training.kernel.activities import provider_named
from training.kernel.texts import in_language
from training.progress.models import Outcome
from training.progress.queries import facts_of_each, requirements_of
from training.progress.rules import (
    Fact,
    Standing,
    best_scores,
    mark_on_scale,
    standing,
    unmet,
)
from training.study.queries import set_aside


class ActivityState(StrEnum):
    """How far a learner is with one activity."""

    TODO = "todo"
    TRIED = "tried"
    DONE = "done"


@dataclass(frozen=True)
class Awaited:
    """An activity that has to be finished before another one opens, and where it is."""

    title: str
    address: str


@dataclass(frozen=True)
class OutlineActivity:
    """One line of an outline. `mark` is on the edition's scale, None without one."""

    key: str
    title: str
    minutes: int
    icon: str
    is_required: bool
    is_scored: bool
    state: ActivityState
    mark: Decimal | None
    address: str
    is_set_aside: bool = False  # put off at its content notice, to come back to
    waits_for: Sequence[Awaited] = ()

    @property
    def is_locked(self) -> bool:
        """Say whether something else has to be finished first."""
        return bool(self.waits_for)


@dataclass(frozen=True)
class OutlineModule:
    """A module and its activities, in order."""

    key: str
    title: str
    activities: Sequence[OutlineActivity]


@dataclass(frozen=True)
class CourseOutline:
    """A course as its learner sees it. `mark` is the mark so far on the edition's scale."""

    enrollment: Enrollment
    title: str
    modules: Sequence[OutlineModule]
    standing: Standing
    mark: Decimal | None

    @property
    def activities(self) -> list[OutlineActivity]:
        """Return all activities in order."""
        return [activity for module in self.modules for activity in module.activities]

    @property
    def done(self) -> int:
        """Return how many activities are done."""
        return sum(activity.state == ActivityState.DONE for activity in self.activities)

    @property
    def total(self) -> int:
        """Return how many activities there are."""
        return len(self.activities)

    @property
    def percent(self) -> int:
        """Return the share of activities done, 0 to 100, rounded down."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def minutes_left(self) -> int:
        """Return the minutes declared by the activities that are not done."""
        return sum(a.minutes for a in self.activities if a.state != ActivityState.DONE)

    @property
    def next_activity(self) -> OutlineActivity | None:
        """Return the first required activity that is not done, else any, else None.

        What the learner put off at its content notice comes after everything else, and what has
        not opened yet after that.
        """
        todo = [a for a in self.activities if a.state != ActivityState.DONE]
        todo.sort(key=lambda activity: (activity.is_locked, activity.is_set_aside))
        return next((a for a in todo if a.is_required), todo[0] if todo else None)

    def around(self, key: str) -> tuple[OutlineActivity | None, OutlineActivity | None]:
        """Return the activities before and after the one with that key."""
        activities = self.activities
        keys = [activity.key for activity in activities]
        place = keys.index(key)
        before = activities[place - 1] if place else None
        after = activities[place + 1] if place + 1 < len(activities) else None
        return before, after


@dataclass(frozen=True)
class Reached:
    """How far one learner has come. `furthest` and `next` are keys of activities, "" for none.

    `last_at` is the last fact of the record: a lesson done, a quiz handed in.
    """

    required: int
    required_done: int
    mark: Decimal | None
    last_at: datetime | None
    furthest: str
    next: str
    states: Mapping[str, ActivityState]
    titles: Mapping[str, str]

    @property
    def furthest_title(self) -> str:
        """Return what the furthest activity is called."""
        return self.titles.get(self.furthest, "")

    @property
    def next_title(self) -> str:
        """Return what the first required activity that is not done is called."""
        return self.titles.get(self.next, "")


class NotOpenYet(Exception):
    """Something else has to be finished before this activity."""


def require_open(*, enrollment: Enrollment, activity: Activity) -> None:
    """Raise NotOpenYet unless an activity is open; what is done stays so. One query at most."""
    if not activity.opens_after:
        return
    done = set(
        Outcome.objects.filter(
            enrollment=enrollment,
            activity__course_version=activity.course_version_id,
            activity__key__in=[activity.key, *activity.opens_after],
            is_success=True,
        )
        .standing()
        .values_list("activity__key", flat=True)
    )
    if activity.key not in done and unmet(activity.opens_after, done):
        raise NotOpenYet(activity.key)


def reached(*, enrollments: Iterable[Enrollment], language: str) -> dict[int, Reached]:
    """Return by enrollment how far each has come, in two queries for however many.

    The enrollments come with `edition` selected.
    """
    enrollments = list(enrollments)
    activities: dict[int, list[Activity]] = {}
    for activity in Activity.objects.filter(
        course_version__in={enrollment.course_version_id for enrollment in enrollments}
    ).order_by("order"):
        activities.setdefault(activity.course_version_id, []).append(activity)
    facts: dict[int, list[Fact]] = {}
    last: dict[int, datetime] = {}
    for enrollment_id, at, *fact in (
        Outcome.objects.filter(enrollment__in=enrollments)
        .standing()
        .values_list("enrollment_id", "occurred_at", "activity_id", "is_success", "scaled")
    ):
        facts.setdefault(enrollment_id, []).append(Fact(*fact))
        last[enrollment_id] = max(at, last.get(enrollment_id, at))
    return {
        enrollment.pk: _reached(
            activities=activities.get(enrollment.course_version_id, []),
            facts=facts.get(enrollment.pk, []),
            last_at=last.get(enrollment.pk),
            maximum=enrollment.edition.scale_maximum,
            language=language,
        )
        for enrollment in enrollments
    }


def _reached(
    *,
    activities: Sequence[Activity],
    facts: Sequence[Fact],
    last_at: datetime | None,
    maximum: int,
    language: str,
) -> Reached:
    now = standing(requirements_of(activities), facts)
    required = [activity for activity in activities if activity.is_required]
    touched = [activity.key for activity in activities if activity.pk in now.tried]
    return Reached(
        required=len(required),
        required_done=len(required) - len(now.open_required),
        mark=None if now.scaled is None else mark_on_scale(now.scaled, maximum=maximum),
        last_at=last_at,
        furthest=touched[-1] if touched else "",
        next=next((activity.key for activity in required if activity.pk in now.open_required), ""),
        states={activity.key: _state(activity, now) for activity in activities},
        titles={activity.key: activity.title(language) for activity in activities},
    )


def _state(activity: Activity, now: Standing) -> ActivityState:
    if activity.pk in now.done:
        return ActivityState.DONE
    return ActivityState.TRIED if activity.pk in now.tried else ActivityState.TODO


def course_outline(
    *, enrollment: Enrollment, language: str, later: Set[tuple[int, str]] | None = None
) -> CourseOutline:
    """Return one enrollment's outline; the number of queries is constant."""
    return course_outlines(enrollments=[enrollment], language=language, later=later)[0]


def course_outlines(
    *,
    enrollments: Iterable[Enrollment],
    language: str,
    later: Set[tuple[int, str]] | None = None,
    facts: Mapping[int, Sequence[Fact]] | None = None,
) -> list[CourseOutline]:
    """Return the outlines of several enrollments with the same number of queries as for one.

    The enrollments come with `edition` and `course_version` selected. `later` is what the learners
    have set aside, `facts` what they did by enrollment, when the caller knows it already.
    """
    enrollments = list(enrollments)
    activities = activities_of(enrollment.course_version for enrollment in enrollments)
    if facts is None:
        facts = facts_of_each(enrollments)
    if later is None:
        later = set_aside(enrollments)
    return [
        _outline(
            enrollment=enrollment,
            version=enrollment.course_version,
            activities=activities.get(enrollment.course_version_id, []),
            facts=facts.get(enrollment.pk, []),
            later={key for pk, key in later if pk == enrollment.pk},
            language=language,
        )
        for enrollment in enrollments
    ]


def _outline(
    *,
    enrollment: Enrollment,
    version: CourseVersion,
    activities: Sequence[Activity],
    facts: Sequence[Fact],
    later: Set[str],
    language: str,
) -> CourseOutline:
    edition: Edition = enrollment.edition
    now = standing(requirements_of(activities), facts)
    best = best_scores(facts)
    by_key = {activity.key: activity for activity in activities}
    done = {activity.key for activity in activities if activity.pk in now.done}

    def address(activity: Activity) -> str:
        provider = provider_named(activity.provider)
        return provider.address(enrollment=enrollment.uuid, activity=activity.reference)

    def waits_for(activity: Activity) -> list[Awaited]:
        if activity.key in done:
            return []
        awaited = [by_key[key] for key in unmet(activity.opens_after, done)]
        return [Awaited(title=one.title(language), address=address(one)) for one in awaited]

    def line(activity: Activity) -> OutlineActivity:
        scaled = best.get(activity.pk)
        return OutlineActivity(
            key=activity.key,
            title=activity.title(language),
            minutes=activity.minutes,
            icon=provider_named(activity.provider).icon,
            is_required=activity.is_required,
            is_scored=activity.is_scored,
            state=_state(activity, now),
            mark=None if scaled is None else mark_on_scale(scaled, maximum=edition.scale_maximum),
            address=address(activity),
            is_set_aside=activity.key in later and activity.pk not in now.done,
            waits_for=waits_for(activity),
        )

    return CourseOutline(
        enrollment=enrollment,
        title=version.title(language),
        modules=[
            OutlineModule(
                key=module["key"],
                title=in_language(module["title"], language),
                activities=[line(by_key[key]) for key in module["activities"]],
            )
            for module in version.outline
        ],
        standing=now,
        mark=None
        if now.scaled is None
        else mark_on_scale(now.scaled, maximum=edition.scale_maximum),
    )
