"""Read what a learner has reached."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db.models import QuerySet

from training.catalogue.models import Activity
from training.compiled import CompiledQuery, Slot
from training.enrollments.models import Enrollment
from training.progress.models import Outcome
from training.progress.rules import Fact, Requirement, Standing, standing


def requirements_of(activities: Sequence[Activity]) -> list[Requirement]:
    """Return activities as the rules see them."""
    return [
        Requirement(
            activity_id=activity.pk,
            is_required=activity.is_required,
            is_scored=activity.is_scored,
            weight=activity.weight,
        )
        for activity in activities
    ]


def _facts(**which: Any) -> "QuerySet[Outcome, tuple[Any, ...]]":
    rows = Outcome.objects.filter(**which).standing()
    return rows.values_list("enrollment_id", "activity_id", "is_success", "scaled")


_facts_of_one: Final[CompiledQuery[tuple[Any, ...]]] = CompiledQuery(
    lambda: _facts(enrollment=Slot("enrollment"))
)


def facts_of(enrollment: Enrollment) -> list[Fact]:
    """Return the outcomes of an enrollment that stand, in one query."""
    return facts_of_each([enrollment]).get(enrollment.pk, [])


def facts_of_each(enrollments: Iterable[Enrollment]) -> dict[int, list[Fact]]:
    """Return the outcomes of enrollments that stand, by the enrollment's key, in one query."""
    keys = [enrollment.pk for enrollment in enrollments]
    one = len(keys) == 1
    rows = _facts_of_one.all(enrollment=keys[0]) if one else _facts(enrollment__in=keys)
    found: dict[int, list[Fact]] = {}
    for enrollment, *fact in rows:
        found.setdefault(enrollment, []).append(Fact(*fact))
    return found


def standing_of(enrollment: Enrollment) -> Standing:
    """Return what a learner has reached in the pinned version, in two queries."""
    activities = list(Activity.objects.filter(course_version_id=enrollment.course_version_id))
    return standing(requirements_of(activities), facts_of(enrollment))
