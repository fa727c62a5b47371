"""Append outcomes. Only `training.learning` calls this, holding the enrollment's lock."""

from training.catalogue.models import Activity
from training.enrollments.models import Enrollment
from training.progress.models import Outcome
from training.progress.rules import Reported


class SourceConflict(Exception):
    """A source has already reported another fact under the same name."""


class ForeignActivity(Exception):
    """The activity is not part of the course version that the learner studies."""


def append_outcome(
    *, enrollment: Enrollment, activity: Activity, reported: Reported
) -> tuple[Outcome, bool]:
    """Append a fact once by its source; return it and whether it is new.

    Raise SourceConflict when the source reported something else, ForeignActivity when the
    activity stands in another version.
    """
    if activity.course_version_id != enrollment.course_version_id:
        raise ForeignActivity(f"{activity} in enrollment {enrollment.uuid}")
    known = Outcome.objects.filter(source=reported.source).first()
    if known is not None:
        same = (known.enrollment_id, known.activity_id, known.evidence, known.is_success) == (
            enrollment.pk,
            activity.pk,
            reported.evidence,
            reported.is_success,
        )
        if not same:
            raise SourceConflict(reported.source)
        return known, False
    superseded = (
        Outcome.objects.get(source=reported.supersedes, enrollment=enrollment, activity=activity)
        if reported.supersedes
        else None
    )
    outcome = Outcome.objects.create(
        enrollment=enrollment,
        activity=activity,
        source=reported.source,
        is_success=reported.is_success,
        scaled=reported.scaled,
        occurred_at=reported.occurred_at,
        evidence=reported.evidence,
        supersedes=superseded,
    )
    return outcome, True
