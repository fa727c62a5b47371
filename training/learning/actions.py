"""Use cases that cross rooms: enroll, record an outcome, complete a course, issue a certificate."""

from datetime import datetime

from django.db import transaction

from training.audit.actions import SYSTEM, Actor
from training.catalogue.models import Activity
from training.certificates import actions as certificates
from training.certificates.models import Certificate
from training.enrollments.actions import complete
from training.enrollments.models import Edition, Enrollment, EnrollmentState
from training.progress.actions import append_outcome
from training.progress.models import Outcome
from training.progress.queries import standing_of
from training.progress.rules import Reported, Standing, is_satisfied


class NotCompleted(Exception):
    """A certificate was asked for a course that the learner has not completed."""


@transaction.atomic
def record_outcome(*, enrollment: Enrollment, activity: Activity, reported: Reported) -> Outcome:
    """Add a fact to the record; complete the course and issue its certificate if it is earned.

    The enrollment is locked, so that two last facts reported together cannot miss each other.
    Safe to repeat: a source is recorded once, a course completed once, a certificate issued once.
    """
    locked = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    outcome, is_new = append_outcome(enrollment=locked, activity=activity, reported=reported)
    if is_new and locked.state == EnrollmentState.ACTIVE:
        complete_if_satisfied(locked, at=reported.occurred_at)
    return outcome


def complete_if_satisfied(enrollment: Enrollment, *, at: datetime) -> None:
    """Complete a locked enrollment whose facts are enough, and issue its certificate."""
    edition = Edition.objects.get(pk=enrollment.edition_id)
    standing = standing_of(enrollment)
    if not course_is_satisfied(standing, edition):
        return
    if complete(enrollment=enrollment, at=at, actor=SYSTEM) and (
        edition.issuing == Edition.Issuing.AUTOMATIC
    ):
        certificates.issue(
            enrollment=enrollment, scaled=standing.scaled, actor=SYSTEM, at=at, reason=""
        )


def course_is_satisfied(standing: Standing, edition: Edition) -> bool:
    """Say whether a standing completes the course under an edition's scale and cut score."""
    return is_satisfied(standing, scale_maximum=edition.scale_maximum, cut_score=edition.cut_score)


@transaction.atomic
def issue_certificate(
    *, enrollment: Enrollment, actor: Actor, at: datetime, reason: str
) -> Certificate:
    """Issue by hand what a completed course has earned; raise NotCompleted before that.

    Raise `certificates.AlreadyIssued` while another certificate of the enrollment stands.
    """
    locked = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    if locked.state != EnrollmentState.COMPLETED:
        raise NotCompleted(str(locked.uuid))
    return certificates.issue(
        enrollment=locked,
        scaled=standing_of(locked).scaled,
        actor=actor,
        at=at,
        reason=reason,
    )
