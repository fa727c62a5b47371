"""What learners do by themselves on their own pages."""

from datetime import datetime

from django.db import transaction

from training.accounts.models import User
from training.audit.actions import record_event
from training.enrollments.applications import apply
from training.enrollments.models import Application, Edition
from training.enrollments.places import Seat, take_place


@transaction.atomic
def enroll_oneself(*, learner: User, edition: Edition, name: str, at: datetime) -> Seat:
    """Give a learner a place in an open edition, or on its waiting list; keep the name.

    Repeating it returns what the first call gave. Raise `EnrollmentClosed` when the edition
    does not take learners now.
    """
    seat = take_place(
        learner=learner, edition=edition, name_on_certificate=name, actor=learner.actor, at=at
    )
    _keep_name(learner, name, at=at)
    return seat


@transaction.atomic
def apply_oneself(
    *, learner: User, edition: Edition, name: str, motive: str, superior: str, at: datetime
) -> Application:
    """Apply for an edition and keep the name; repeating it returns the open application.

    Raise `EnrollmentClosed` when the edition takes no applications now, `AlreadyIn` when the
    learner needs none.
    """
    application, _is_new = apply(
        learner=learner,
        edition=edition,
        name_on_certificate=name,
        motive=motive,
        superior=superior,
        at=at,
    )
    _keep_name(learner, name, at=at)
    return application


def _keep_name(learner: User, name: str, *, at: datetime) -> None:
    kept = User.objects.filter(pk=learner.pk, certificate_name="").update(certificate_name=name)
    if kept:
        record_event(actor=learner.actor, verb="person.certificate-name-set", record=learner, at=at)
