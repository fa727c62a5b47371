"""Enroll learners, confirm their names, complete and withdraw."""

from datetime import datetime

from django.db import transaction

from training.accounts.models import User
from training.audit.actions import Actor, record_event
from training.enrollments.models import LIFECYCLE, Cohort, Edition, Enrollment, EnrollmentState


class EnrollmentClosed(Exception):
    """The edition does not take this learner now."""


class NameMissing(Exception):
    """The learner has not said how the name shall stand on the certificate."""


class NameSettled(Exception):
    """The course is completed: the name may only be corrected by a registrar."""


def enroll(
    *,
    learner: User,
    edition: Edition,
    name_on_certificate: str,
    actor: Actor,
    at: datetime,
    cohort: Cohort | None = None,
    by_hand: bool = False,
) -> tuple[Enrollment, bool]:
    """Enroll a learner once; return the enrollment and whether it is new.

    Learners enroll themselves in open editions within their dates; staff do it `by_hand` at any
    time. A second call returns the first enrollment. Nobody looks for a place here: whoever asks
    for one goes through `places.take_place`.
    """
    name = " ".join(name_on_certificate.split())
    if not name:
        raise NameMissing(edition.code)
    if not by_hand and not Edition.objects.open_at(at).filter(pk=edition.pk).exists():
        raise EnrollmentClosed(edition.code)
    with transaction.atomic():
        enrollment, is_new = Enrollment.objects.get_or_create(
            learner=learner,
            edition=edition,
            defaults={
                "cohort": cohort,
                "course_version_id": edition.course_version_id,
                "name_on_certificate": name,
                "name_confirmed_at": at,
                "enrolled_at": at,
            },
        )
        if is_new:
            record_event(actor=actor, verb="enrollment.created", record=enrollment, at=at)
    return enrollment, is_new


@transaction.atomic
def confirm_name(*, enrollment: Enrollment, name: str, actor: Actor, at: datetime) -> None:
    """Set the name as it shall be printed, while the course is not completed."""
    name = " ".join(name.split())
    if not name:
        raise NameMissing(enrollment.edition.code)
    moved = Enrollment.objects.filter(pk=enrollment.pk, state=EnrollmentState.ACTIVE).update(
        name_on_certificate=name, name_confirmed_at=at
    )
    if not moved:
        raise NameSettled(enrollment.edition.code)
    record_event(actor=actor, verb="enrollment.name-confirmed", record=enrollment, at=at)


def complete(*, enrollment: Enrollment, at: datetime, actor: Actor) -> bool:
    """Complete an enrollment; true exactly once, for whoever moved it."""
    moved = Enrollment.objects.filter(
        pk=enrollment.pk, state__in=LIFECYCLE.sources(EnrollmentState.COMPLETED)
    ).update(state=EnrollmentState.COMPLETED, completed_at=at)
    if moved:
        record_event(actor=actor, verb="enrollment.completed", record=enrollment, at=at)
    return moved == 1
