"""What learners do by themselves on their own pages."""

from datetime import datetime

from django.db import transaction

from training.accounts.models import User
from training.audit.actions import record_event
from training.enrollments.actions import enroll
from training.enrollments.models import Edition, Enrollment


@transaction.atomic
def enroll_oneself(*, learner: User, edition: Edition, name: str, at: datetime) -> Enrollment:
    """Enroll a learner in an open edition and keep the name for the next one.

    Repeating it returns the first enrollment. Raise `EnrollmentClosed` when the edition does not
    take learners now.
    """
    enrollment, _is_new = enroll(
        learner=learner, edition=edition, name_on_certificate=name, actor=learner.actor, at=at
    )
    kept = User.objects.filter(pk=learner.pk, certificate_name="").update(certificate_name=name)
    if kept:
        record_event(actor=learner.actor, verb="person.certificate-name-set", record=learner, at=at)
    return enrollment
