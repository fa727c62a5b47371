"""What learners do with lessons."""

from datetime import datetime

from cms.models import LastPlace
from cms.provider import LessonProvider
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment, EnrollmentState
from training.learning.actions import record_outcome
from training.learning.queries import require_open
from training.progress.models import Outcome
from training.progress.rules import Reported


class EnrollmentLeft(Exception):
    """The learner has left the edition: its lessons are only read."""


def finish_lesson(*, enrollment: Enrollment, activity: Activity, at: datetime) -> Outcome:
    """Report a lesson as done; a second time returns the first outcome.

    Raise EnrollmentLeft when the learner has been withdrawn, NotOpenYet while something else has to
    be finished first.
    """
    if enrollment.state == EnrollmentState.WITHDRAWN:
        raise EnrollmentLeft(str(enrollment.uuid))
    require_open(enrollment=enrollment, activity=activity)
    return record_outcome(
        enrollment=enrollment,
        activity=activity,
        reported=Reported(
            source=f"cms:lesson:{enrollment.uuid}:{activity.key}:v{activity.version}",
            occurred_at=at,
            is_success=True,
            evidence=LessonProvider().digest(activity=activity.reference),
        ),
    )


def remember_place(*, enrollment: Enrollment, key: str, at: datetime, known: str | None) -> None:
    """Remember the activity that a learner opened last; it costs a write only when it changes.

    `known` is the key that is remembered so far.
    """
    if known != key:
        LastPlace.objects.update_or_create(
            enrollment=enrollment, defaults={"key": key, "opened_at": at}
        )
