"""Applying to an edition: what is typed, who answers, and what the applicant reads."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.learning import (
    ApplicationFactory,
    CohortFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
)
from tests.rooms.test_desk import member, page
from tests.rooms.test_enrollments_places import browser, full_cohort
from training.accounts.models import OutgoingMail, User
from training.accounts.roles import Role
from training.audit.queries import events_of
from training.enrollments.actions import EnrollmentClosed
from training.enrollments.applications import AlreadyAnswered, AlreadyIn, accept, apply, decline
from training.enrollments.models import Application, Enrollment, Wait

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.DEMONSTRATION = True


@pytest.fixture
def coordinator() -> Client:
    return member(Role.COORDINATOR)[1]


TYPED = {"name": "Ana Flores Rojas", "motive": "I judge such cases.", "superior": "Dr. Salas"}


def send(client: Client, application: Application, **fields: str) -> str:
    address = reverse("desk:application", args=[application.uuid])
    return client.post(address, fields, follow=True).content.decode()


# --- The applicant -----------------------------------------------------------------------------


def test_who_applies_sees_the_state_and_then_the_answer() -> None:
    edition = EditionFactory(by_application=True, asks_for_superior=True)
    learner = LearnerFactory(language="en")
    client = browser(learner)
    address = reverse("portal:enroll", args=[edition.uuid])
    assert "Superior who supports your application" in client.get(address).content.decode()
    text = client.post(address, TYPED, follow=True).content.decode()
    assert "Your application was sent" in text
    assert "Awaiting an answer" in text
    application = Application.objects.get()
    assert (application.motive, application.superior) == ("I judge such cases.", "Dr. Salas")
    assert events_of(application).get().verb == "application.submitted"
    assert not Enrollment.objects.exists()
    client.post(address, TYPED)
    assert Application.objects.count() == 1
    decline(
        application=application,
        decided_by=member(Role.COORDINATOR)[0],
        at=timezone.now(),
        answer="The places are for judges of Loreto.",
    )
    text = client.get(reverse("portal:courses")).content.decode()
    assert "Not accepted" in text
    assert "The places are for judges of Loreto." in text
    again = client.post(address, TYPED, follow=True).content.decode()
    assert "Your application was sent" in again


@pytest.mark.parametrize("missing", ["name", "motive", "superior"])
def test_nothing_typed_is_lost_on_an_error(missing: str) -> None:
    edition = EditionFactory(by_application=True, asks_for_superior=True)
    response = browser(LearnerFactory(language="en")).post(
        reverse("portal:enroll", args=[edition.uuid]), TYPED | {missing: ""}
    )
    assert response.status_code == 422
    text = response.content.decode()
    for name, value in TYPED.items():
        assert (value in text) is (name != missing), name
    assert not Application.objects.exists()


def test_a_superior_is_asked_for_only_where_the_edition_says_so() -> None:
    edition = EditionFactory(by_application=True)
    client = browser(LearnerFactory(language="en"))
    address = reverse("portal:enroll", args=[edition.uuid])
    assert "Superior" not in client.get(address).content.decode()
    client.post(address, {"name": TYPED["name"], "motive": TYPED["motive"]})
    assert Application.objects.get().superior == ""


@pytest.mark.parametrize("state", ["closed", "not_yet"])
def test_outside_its_dates_an_edition_takes_no_applications(state: str) -> None:
    edition = EditionFactory(by_application=True, **{state: True})
    address = reverse("portal:enroll", args=[edition.uuid])
    response = browser(LearnerFactory()).post(address, TYPED)
    assert response.status_code == 409
    with pytest.raises(EnrollmentClosed):
        applied(edition)


def test_by_nomination_only_nobody_applies() -> None:
    with pytest.raises(EnrollmentClosed):
        applied(EditionFactory(by_list=True))
    with pytest.raises(EnrollmentClosed):
        applied(EditionFactory())


def applied(edition: Any, learner: User | None = None) -> Application:
    application, _is_new = apply(
        learner=learner or LearnerFactory(),
        edition=edition,
        name_on_certificate="Ana Flores",
        motive="I judge such cases.",
        superior="",
        at=timezone.now(),
    )
    return application


def test_who_is_in_needs_no_application() -> None:
    enrollment = EnrollmentFactory(edition=EditionFactory(by_application=True))
    with pytest.raises(AlreadyIn):
        applied(enrollment.edition, enrollment.learner)


def test_my_courses_cost_as_many_queries_for_many_applications_as_for_one() -> None:
    learner, counts = LearnerFactory(), []
    client = browser(learner)
    for size in (1, 3):
        for _ in range(size):
            ApplicationFactory(learner=learner)
        client.get(reverse("portal:courses"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("portal:courses"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- The coordinator ---------------------------------------------------------------------------


def test_an_accepted_applicant_is_enrolled_and_told(coordinator: Client) -> None:
    application = ApplicationFactory(learner__language="en", learner__email="ana@example.org")
    cohort = CohortFactory(edition=application.edition)
    assert "1 application awaits an answer." in page(coordinator, "wagtailadmin_home")
    assert "I judge such cases." in page(coordinator, "desk:application", application.uuid)
    text = send(coordinator, application, accept="1", answer="Welcome.")
    assert "Accepted: enrolled" in text
    enrollment = Enrollment.objects.get()
    assert (enrollment.cohort, enrollment.name_on_certificate) == (cohort, "Ana Flores Rojas")
    mail = OutgoingMail.objects.get(to="ana@example.org")
    assert mail.subject == "Your application was accepted"
    assert "Welcome." in mail.text
    event = events_of(application).first()
    assert (event.verb, event.reason) == ("application.accepted", "Welcome.")
    shown = page(coordinator, "desk:application", application.uuid)
    assert 'name="accept"' not in shown


def test_an_accepted_applicant_waits_when_all_places_are_taken(coordinator: Client) -> None:
    cohort = full_cohort(edition=EditionFactory(by_application=True))
    application = ApplicationFactory(
        edition=cohort.edition, learner__language="en", learner__email="ana@example.org"
    )
    text = send(coordinator, application, accept="1", cohort=str(cohort.pk))
    assert "number 1 on the waiting list" in text
    assert Wait.objects.get().cohort == cohort
    assert "You are number 1 on the waiting list" in OutgoingMail.objects.get().text


def test_a_declined_applicant_reads_the_reason(coordinator: Client) -> None:
    application = ApplicationFactory(learner__language="en")
    refused = send(coordinator, application, decline="1", answer="  ")
    assert "Say why you decline" in refused
    assert not OutgoingMail.objects.exists()
    send(coordinator, application, decline="1", answer="Only judges of Loreto.")
    application.refresh_from_db()
    assert (application.state, application.answer) == ("declined", "Only judges of Loreto.")
    assert "Only judges of Loreto." in OutgoingMail.objects.get().text
    assert not Enrollment.objects.exists()


def test_an_application_is_answered_once(coordinator: Client) -> None:
    application = ApplicationFactory()
    person = User.objects.get(email="coordinator@example.org")
    accept(application=application, decided_by=person, at=timezone.now())
    with pytest.raises(AlreadyAnswered):
        decline(application=application, decided_by=person, at=timezone.now(), answer="no")
    assert "answered this application before you" in send(
        coordinator, application, decline="1", answer="no"
    )
    assert OutgoingMail.objects.count() == 1


def test_the_queue_shows_what_waits_first_and_costs_the_same_for_many(
    coordinator: Client,
) -> None:
    person, counts = User.objects.get(email="coordinator@example.org"), []
    answered = ApplicationFactory(learner__display_name="Answered Before")
    decline(application=answered, decided_by=person, at=timezone.now(), answer="no")
    ApplicationFactory(learner__display_name="Waits Now")
    text = page(coordinator, "desk:applications")
    assert text.index("Waits Now") < text.index("Answered Before")
    for size in (2, 6):
        for _ in range(size):
            ApplicationFactory(edition=answered.edition)
        page(coordinator, "desk:applications")
        with CaptureQueriesContext(connection) as queries:
            page(coordinator, "desk:applications")
        counts.append(len(queries))
    assert counts[0] == counts[1]
