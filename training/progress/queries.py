"""Read what a learner has reached."""

from collections.abc import Sequence

from training.catalogue.models import Activity
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


def facts_of(enrollment: Enrollment) -> list[Fact]:
    """Return the outcomes of an enrollment that stand, in one query."""
    rows = Outcome.objects.filter(enrollment=enrollment).standing()
    return [Fact(*row) for row in rows.values_list("activity_id", "is_success", "scaled")]


def standing_of(enrollment: Enrollment) -> Standing:
    """Return what a learner has reached in the pinned version, in two queries."""
    activities = list(Activity.objects.filter(course_version_id=enrollment.course_version_id))
    return standing(requirements_of(activities), facts_of(enrollment))
