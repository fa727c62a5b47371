"""Applying to an edition, and being answered."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from training.accounts.mail import absolute
from training.accounts.models import User
from training.audit.actions import record_event
from training.enrollments.actions import EnrollmentClosed, NameMissing
from training.enrollments.models import (
    Application,
    ApplicationState,
    Cohort,
    Edition,
    Enrollment,
    Wait,
)
from training.enrollments.places import Seat, lock_edition, place_of, take_place, tell


class MotiveMissing(Exception):
    """An application says why somebody wants to take part."""


class SuperiorMissing(Exception):
    """The edition asks which superior supports an application."""


class AlreadyIn(Exception):
    """The person is enrolled in the edition, or waits for a place."""


class AlreadyAnswered(Exception):
    """Somebody answered the application before."""


class AnswerMissing(Exception):
    """An application is declined with a reason, which the applicant reads."""


@transaction.atomic
def apply(
    *,
    learner: User,
    edition: Edition,
    name_on_certificate: str,
    motive: str,
    superior: str,
    at: datetime,
) -> tuple[Application, bool]:
    """Apply once; return the application and whether it is new.

    Raise EnrollmentClosed when the edition takes no applications now. After an answer somebody may
    apply again.
    """
    edition = lock_edition(edition.pk)
    open_application = Application.objects.of(learner).undecided().filter(edition=edition).first()
    if open_application is not None:
        return open_application, False
    if Enrollment.objects.of(learner).filter(edition=edition).exists():
        raise AlreadyIn(edition.code)
    if Wait.objects.of(learner).waiting().filter(edition=edition).exists():
        raise AlreadyIn(edition.code)
    taking = Edition.objects.taking_at(at).filter(entry=Edition.Entry.APPLICATION)
    if not taking.filter(pk=edition.pk).exists():
        raise EnrollmentClosed(edition.code)
    name = " ".join(name_on_certificate.split())
    if not name:
        raise NameMissing(edition.code)
    if not motive.strip():
        raise MotiveMissing(edition.code)
    if edition.asks_for_superior and not superior.strip():
        raise SuperiorMissing(edition.code)
    application = Application.objects.create(
        learner=learner,
        edition=edition,
        name_on_certificate=name,
        motive=motive.strip(),
        superior=superior.strip(),
        applied_at=at,
    )
    record_event(actor=learner.actor, verb="application.submitted", record=application, at=at)
    return application, True


@transaction.atomic
def accept(
    *,
    application: Application,
    decided_by: User,
    at: datetime,
    cohort: Cohort | None = None,
    answer: str = "",
) -> Seat:
    """Accept an application: enroll the applicant or put them on the waiting list, and tell them.

    Raise AlreadyAnswered when somebody answered it before.
    """
    edition = lock_edition(application.edition_id)
    _answer(application, ApplicationState.ACCEPTED, decided_by=decided_by, at=at, answer=answer)
    learner = application.learner
    seat = take_place(
        learner=learner,
        edition=edition,
        cohort=cohort,
        name_on_certificate=application.name_on_certificate,
        actor=decided_by.actor,
        at=at,
        by_hand=True,
    )
    if seat.enrollment is not None:
        tell(
            learner=learner,
            template="emails/application_accepted",
            edition=edition,
            at=at,
            answer=answer,
            url=absolute(reverse("portal:course", args=[seat.enrollment.uuid])),
        )
    elif seat.wait is not None:
        tell(
            learner=learner,
            template="emails/application_waits",
            edition=edition,
            at=at,
            answer=answer,
            place=place_of(seat.wait),
            url=absolute(reverse("portal:courses")),
        )
    return seat


@transaction.atomic
def decline(*, application: Application, decided_by: User, at: datetime, answer: str) -> None:
    """Decline an application with a reason for the applicant, and tell them."""
    if not answer.strip():
        raise AnswerMissing(str(application.uuid))
    _answer(application, ApplicationState.DECLINED, decided_by=decided_by, at=at, answer=answer)
    tell(
        learner=application.learner,
        template="emails/application_declined",
        edition=application.edition,
        at=at,
        answer=answer.strip(),
        url=absolute(reverse("portal:courses")),
    )


def _answer(
    application: Application,
    state: ApplicationState,
    *,
    decided_by: User,
    at: datetime,
    answer: str,
) -> None:
    moved = (
        Application.objects.undecided()
        .filter(pk=application.pk)
        .order_by()
        .update(state=state, decided_by=decided_by, decided_at=at, answer=answer.strip())
    )
    if not moved:
        raise AlreadyAnswered(str(application.uuid))
    record_event(
        actor=decided_by.actor,
        verb=f"application.{state.value}",
        record=application,
        at=at,
        reason=answer.strip(),
    )
