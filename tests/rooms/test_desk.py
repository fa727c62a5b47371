"""The administrators' desk: who may do what, and what it leaves in the record."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.learning import (
    NOON,
    ApplicationFactory,
    CohortFactory,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    InstitutionFactory,
    LearnerFactory,
    NominationFactory,
    activity,
    do,
    failed,
)
from training.accounts.actions import create_person
from training.accounts.models import Invitation, Post, User
from training.accounts.roles import Role
from training.audit.models import Event
from training.audit.queries import events_of
from training.certificates.models import Certificate
from training.enrollments.models import Cohort, Edition, Enrollment, Wait
from training.learning.actions import issue_certificate, record_outcome

pytestmark = pytest.mark.django_db


def member(role: Role) -> tuple[User, Client]:
    """Return somebody of a role, signed in where a second factor is not asked."""
    person = create_person(
        email=f"{role.value}@example.org",
        display_name=role.value.title(),
        at=NOON,
        roles=[role],
        language="en",
        is_demonstration=True,
    )
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return person, client


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.DEMONSTRATION = True


@pytest.fixture
def registrar() -> Client:
    return member(Role.REGISTRAR)[1]


@pytest.fixture
def coordinator() -> Client:
    return member(Role.COORDINATOR)[1]


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, response.headers
    return " ".join(response.content.decode().split())


# --- Who may -----------------------------------------------------------------------------------

AUDITORS = {Role.REGISTRAR, Role.SYSTEM_ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER}
DOORS = {
    "desk:learners": {Role.REGISTRAR, Role.COORDINATOR},
    "desk:learners_results": {Role.REGISTRAR, Role.COORDINATOR},
    "desk:person": {Role.REGISTRAR, Role.COORDINATOR},
    "desk:enrollments": {Role.REGISTRAR, Role.COORDINATOR},
    "desk:enrollments_results": {Role.REGISTRAR, Role.COORDINATOR},
    "desk:progress": {Role.REGISTRAR, Role.COORDINATOR},
    "desk:progress_results": {Role.REGISTRAR, Role.COORDINATOR},
    "desk:cohorts": {Role.REGISTRAR, Role.COORDINATOR, Role.TRAINER},
    "desk:cohorts_results": {Role.REGISTRAR, Role.COORDINATOR, Role.TRAINER},
    "desk:cohort": {Role.REGISTRAR},  # others: the cohorts that they guide
    "desk:exports": set(Role),
    "desk:awaiting": {Role.REGISTRAR},
    "desk:awaiting_results": {Role.REGISTRAR},
    "desk:issue": {Role.REGISTRAR},
    "desk:revoke": {Role.REGISTRAR},
    "edition:index": {Role.REGISTRAR, Role.COORDINATOR},
    "edition:add": {Role.COORDINATOR},
    "edition:edit": {Role.COORDINATOR},
    "cohort:index": {Role.REGISTRAR, Role.COORDINATOR},
    "cohort:add": {Role.COORDINATOR},
    "cohort:edit": {Role.COORDINATOR},
    "cohort:members": {Role.REGISTRAR, Role.COORDINATOR},
    "cohort:nominations": {Role.COORDINATOR},
    "cohort:nomination": {Role.COORDINATOR},
    "cohort:nomination_template": {Role.COORDINATOR},
    "desk:applications": {Role.COORDINATOR},
    "desk:applications_results": {Role.COORDINATOR},
    "desk:application": {Role.COORDINATOR},
    "audit:index": AUDITORS,
    "audit:inspect": AUDITORS,
}


@pytest.mark.parametrize("role", list(Role))
def test_each_door_opens_to_its_roles_alone(role: Role) -> None:
    enrollment = EnrollmentFactory(completed=True)
    waiting = EnrollmentFactory(edition__approval=True, completed=True)
    cohort = CohortFactory()
    args = {
        "desk:person": [enrollment.learner.uuid],
        "desk:cohort": [cohort.uuid],
        "desk:issue": [waiting.uuid],
        "desk:revoke": [Certificate.objects.get().uuid],
        "edition:edit": [enrollment.edition.pk],
        "cohort:edit": [cohort.pk],
        "cohort:members": [cohort.pk],
        "audit:inspect": [Event.objects.first().pk],
        "desk:application": [ApplicationFactory().uuid],
        "cohort:nominations": [cohort.pk],
        "cohort:nomination": [cohort.pk, NominationFactory(cohort=cohort).uuid],
        "cohort:nomination_template": ["csv"],
    }
    _person, client = member(role)
    opened = {
        name
        for name in DOORS
        if client.get(reverse(name, args=args.get(name, []))).status_code == 200
    }
    assert opened == {name for name, roles in DOORS.items() if role in roles}


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.REGISTRAR)])
def test_only_a_registrar_decides_about_certificates(role: Role | None) -> None:
    EnrollmentFactory(completed=True)
    waiting = EnrollmentFactory(edition__approval=True, completed=True)
    client = Client()
    if role is None:
        client.force_login(LearnerFactory())
    else:
        client = member(role)[1]
    reasons = {"reason": "x", "reason_public": "x"}
    certificate = Certificate.objects.get()
    client.post(reverse("desk:revoke", args=[certificate.uuid]), reasons)
    client.post(reverse("desk:issue", args=[waiting.uuid]), reasons)
    certificate.refresh_from_db()
    assert not certificate.is_revoked
    assert Certificate.objects.count() == 1


def test_nothing_is_deleted_here(registrar: Client) -> None:
    for name in ("edition", "cohort", "audit"):
        response = registrar.get(reverse(f"{name}:index") + "delete/1/")
        assert response.status_code == 404
    assert registrar.get(reverse("audit:index") + "edit/1/").status_code == 404


# --- Learners and their records ----------------------------------------------------------------


def test_learners_are_found_by_name_address_and_document(registrar: Client) -> None:
    LearnerFactory(
        display_name="Rosa Quispe",
        certificate_name="",
        email="rosa@example.org",
        document_country="PE",
        document_type="dni",
        document_number="40000001",
    )
    LearnerFactory(display_name="Juan Flores", certificate_name="", email="juan@example.org")
    for typed in ("quispe", "rosa@", "40000001"):
        found = page(registrar, "desk:learners", q=typed)
        assert "Rosa Quispe" in found
        assert "Juan Flores" not in found
    member(Role.TRAINER)
    everybody = page(registrar, "desk:learners")
    assert "Juan Flores" in everybody
    assert "trainer@example.org" not in everybody


def test_learners_are_filtered_by_what_they_are_in(registrar: Client) -> None:
    cohort = CohortFactory()
    inside = EnrollmentFactory(
        edition=cohort.edition, cohort=cohort, learner__display_name="Rosa Quispe"
    )
    outside = EnrollmentFactory(learner__display_name="Juan Flores")
    court = InstitutionFactory(names={"es": "Corte", "en": "Court"})
    today = timezone.localdate()
    posts = [(inside, None), (outside, today - timedelta(days=1))]
    for enrollment, until in posts:
        Post.objects.create(
            person=enrollment.learner,
            role=Post.Role.JUDGE,
            institution=court,
            valid_from=today - timedelta(days=900),
            valid_to=until,
        )
    filters = {"edition": cohort.edition_id, "cohort": cohort.pk, "institution": court.pk}
    for name, value in filters.items():
        found = page(registrar, "desk:learners", **{name: str(value)})
        assert "Rosa Quispe" in found, name
        assert "Juan Flores" not in found, name


def test_the_list_of_learners_costs_as_many_queries_for_many_as_for_few(
    registrar: Client,
) -> None:
    counts = []
    for size in (2, 6):
        for _ in range(size):
            EnrollmentFactory(completed=True)
        cache.clear()
        page(registrar, "desk:learners")
        with CaptureQueriesContext(connection) as queries:
            page(registrar, "desk:learners")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_record_costs_as_many_queries_for_many_courses_as_for_one(registrar: Client) -> None:
    learner, counts = LearnerFactory(), []
    for size in (1, 3):
        for _ in range(size):
            EnrollmentFactory(learner=learner, completed=True)
        page(registrar, "desk:person", learner.uuid)
        with CaptureQueriesContext(connection) as queries:
            page(registrar, "desk:person", learner.uuid)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_record_shows_all_of_one_person_and_nothing_of_another(registrar: Client) -> None:
    enrollment = EnrollmentFactory(completed=True, name_on_certificate="Ana Flores Rojas")
    other = EnrollmentFactory(learner__display_name="Juan Flores", completed=True)
    text = page(registrar, "desk:person", enrollment.learner.uuid)
    own, foreign = (
        Certificate.objects.get(enrollment=which).number for which in (enrollment, other)
    )
    for shown in (own, "Ana Flores Rojas", "3 of 3 done (100 %)", "20 of 20; 14 is needed"):
        assert shown in text
    for deed in ("Enrolled", "Course completed", "Certificate issued"):
        assert f"<td>{deed}</td>" in text
    assert foreign not in text
    assert registrar.get(reverse("desk:person", args=[uuid4()])).status_code == 404


def test_a_record_shows_a_mark_that_failed(registrar: Client) -> None:
    enrollment = EnrollmentFactory()
    do(enrollment, "lesson-1")
    record_outcome(
        enrollment=enrollment,
        activity=activity(enrollment, "quiz-1"),
        reported=failed(scaled="0.4"),
    )
    text = page(registrar, "desk:person", enrollment.learner.uuid)
    assert "1 of 3 done (33 %)" in text
    assert "8, not passed" in text.replace("8.00", "8")


# --- Deciding ----------------------------------------------------------------------------------


def test_a_completed_course_waits_until_a_registrar_issues(registrar: Client) -> None:
    waiting = EnrollmentFactory(
        edition__approval=True, completed=True, learner__display_name="Rosa Quispe"
    )
    EnrollmentFactory(completed=True, learner__display_name="Juan Flores")
    listed = page(registrar, "desk:awaiting")
    assert "Rosa Quispe" in listed
    assert "Juan Flores" not in listed
    assert "1 completed course awaits its certificate." in page(registrar, "wagtailadmin_home")
    address = reverse("desk:issue", args=[waiting.uuid])
    assert registrar.post(address, {"reason": " "}).status_code == 200
    assert not waiting.certificates.exists()
    registrar.post(address, {"reason": "Acta 7-2026"})
    event = events_of(waiting.certificates.get()).get(verb="certificate.issued")
    assert (event.reason, event.actor_role) == ("Acta 7-2026", "registrar")
    assert "Rosa Quispe" not in page(registrar, "desk:awaiting")
    again = registrar.post(address, {"reason": "Acta 8"}, follow=True)
    assert "a certificate of this course stands" in again.content.decode()
    assert waiting.certificates.count() == 1


def test_a_course_that_is_not_completed_earns_nothing_by_hand(registrar: Client) -> None:
    enrollment = EnrollmentFactory()
    address = reverse("desk:issue", args=[enrollment.uuid])
    answer = registrar.post(address, {"reason": "a favour"}, follow=True)
    assert "the course is not completed" in answer.content.decode()
    assert not Certificate.objects.exists()


def test_revoking_needs_a_public_reason_and_keeps_the_note_inside(registrar: Client) -> None:
    enrollment = EnrollmentFactory(completed=True)
    certificate = Certificate.objects.get()
    address = reverse("desk:revoke", args=[certificate.uuid])
    assert certificate.number in page(registrar, "desk:revoke", certificate.uuid)
    refused = registrar.post(address, {"reason_public": "  ", "reason_internal": "x"})
    assert refused.status_code == 200
    certificate.refresh_from_db()
    assert not certificate.is_revoked
    registrar.post(
        address,
        {"reason_public": "Issued to another person", "reason_internal": "Complaint 12"},
    )
    certificate.refresh_from_db()
    assert certificate.revocation_reason == "Issued to another person"
    assert events_of(certificate).get(verb="certificate.revoked").reason == "Complaint 12"
    again = registrar.post(address, {"reason_public": "again"}, follow=True)
    assert "was revoked before" in again.content.decode()
    assert registrar.get(address).status_code == 302
    assert "Its certificate was revoked" in page(registrar, "desk:awaiting")
    reissued = issue_certificate(
        enrollment=enrollment, actor=enrollment.learner.actor, at=NOON, reason="corrected"
    )
    assert reissued.number != certificate.number


def test_the_dashboard_counts_only_what_its_reader_may_decide(coordinator: Client) -> None:
    EnrollmentFactory(edition__approval=True, completed=True)
    for number in range(2):
        Invitation.objects.create(
            email=f"late-{number}@example.org",
            language="es",
            token_digest=str(number),
            invited_at=timezone.now() - timedelta(days=20),
            expires_at=timezone.now() - timedelta(days=number + 1),
        )
    text = page(coordinator, "wagtailadmin_home")
    assert "2 invitations expired without an answer." in text
    assert "awaits its certificate" not in text
    for noise in ("upgrade", "what's new", "editor guide"):
        assert noise not in text.lower()


# --- Editions ----------------------------------------------------------------------------------


def edition_form(edition: Edition | None = None, **changes: Any) -> dict[str, Any]:
    """Return an edition's form as a browser sends it."""
    version = edition.course_version if edition else CourseVersionFactory()
    issuer = edition.issuer_set.get().institution if edition else InstitutionFactory()
    return {
        "code": edition.code if edition else "NEW-1",
        "course_version": version.pk,
        "names_es": "Edición nueva",
        "names_en": "",
        "mode": "self-paced",
        "entry": "open",
        "enrollment_opens_at": "2026-11-01 08:00",
        "enrollment_closes_at": "2026-12-01 08:00",
        "starts_on": "2026-11-10",
        "ends_on": "2026-12-20",
        "scale_maximum": "20",
        "cut_score": "14",
        "hours_asynchronous": "5",
        "hours_synchronous": "0",
        "hours_assessed": "0",
        "academic_hour_minutes": "45",
        "issuing": "automatic",
        "series": "TIP",
        "place": "Lima",
        "issuers-TOTAL_FORMS": "2",
        "issuers-INITIAL_FORMS": "0",
        "issuers-0-institution": "",
        "issuers-1-institution": issuer.pk,
        "issuers-1-part": "issuer",
        "signatories-TOTAL_FORMS": "1",
        "signatories-INITIAL_FORMS": "0",
        "signatories-0-name": "Rosa Huamán",
        "signatories-0-post_es": "Directora",
        "signatories-0-institution_es": "Escuela",
    } | changes


def test_an_edition_is_made_with_its_issuers_and_signatories(coordinator: Client) -> None:
    coordinator.post(reverse("edition:add"), edition_form())
    edition = Edition.objects.get(code="NEW-1")
    assert edition.titles == {"es": "Edición nueva"}
    assert edition.issuer_set.get().part == "issuer"
    assert edition.signatories == [
        {"name": "Rosa Huamán", "post": {"es": "Directora"}, "institution": {"es": "Escuela"}}
    ]
    assert events_of(edition).get().verb == "edition.created"
    assert "Rosa Huamán" in page(coordinator, "edition:edit", edition.pk)
    assert "NEW-1" in page(coordinator, "edition:index")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"ends_on": "2026-11-09"}, "The edition ends before it starts."),
        ({"enrollment_closes_at": "2026-10-01 08:00"}, "Enrollment closes before it opens."),
        ({"cut_score": "21"}, "The mark needed to pass lies between 0 and 20."),
        ({"hours_asynchronous": "0"}, "A certificate names the hours of the course"),
        ({"issuers-1-institution": ""}, "Name at least one institution"),
        ({"issuers-1-part": "co-organiser"}, "Name at least one institution"),
        ({"signatories-0-post_es": ""}, "Say in which capacity the person signs."),
        ({"signatories-0-name": ""}, "Say who signs."),
        ({"code": ""}, "This field is required."),
    ],
)
def test_a_bad_edition_is_explained_and_not_stored(
    coordinator: Client, changes: dict[str, str], complaint: str
) -> None:
    response = coordinator.post(reverse("edition:add"), edition_form(**changes))
    assert response.status_code == 200
    assert complaint in response.content.decode()
    assert not Edition.objects.exists()


def test_the_version_is_fixed_once_somebody_studies_it(coordinator: Client) -> None:
    enrollment = EnrollmentFactory()
    edition = enrollment.edition
    newer = CourseVersionFactory(course=edition.course_version.course)
    form = edition_form(edition, course_version=newer.pk)
    coordinator.post(reverse("edition:edit", args=[edition.pk]), form)
    edition.refresh_from_db()
    assert edition.course_version_id == enrollment.course_version_id


def test_without_learners_the_version_may_change(coordinator: Client) -> None:
    edition = EditionFactory()
    newer = CourseVersionFactory(course=edition.course_version.course)
    form = edition_form(edition, course_version=newer.pk)
    coordinator.post(reverse("edition:edit", args=[edition.pk]), form)
    edition.refresh_from_db()
    assert edition.course_version == newer


def test_a_cut_score_changes_under_learners_only_with_a_reason(coordinator: Client) -> None:
    edition = EnrollmentFactory().edition
    address = reverse("edition:edit", args=[edition.pk])
    refused = coordinator.post(address, edition_form(edition, cut_score="13"))
    assert "say why the rules by which they are judged change" in refused.content.decode()
    edition.refresh_from_db()
    assert edition.cut_score == 14
    coordinator.post(address, edition_form(edition, cut_score="13", reason="Resolution 9"))
    edition.refresh_from_db()
    assert edition.cut_score == 13
    event = events_of(edition).get(verb="edition.changed")
    assert event.reason == "Resolution 9"
    assert event.detail["changes"]["cut_score"] == ["14", "13"]


# --- Cohorts -----------------------------------------------------------------------------------


def send_list(client: Client, cohort: Cohort, *lines: str) -> str:
    address = reverse("cohort:members", args=[cohort.pk])
    response = client.post(address, {"addresses": "\n".join(lines)}, follow=True)
    return " ".join(response.content.decode().split())


def test_a_list_enrolls_everybody_on_it(coordinator: Client) -> None:
    cohort = CohortFactory()
    LearnerFactory(email="ana@example.org", certificate_name="Ana Flores")
    LearnerFactory(email="luis@example.org", certificate_name="", display_name="Luis Rojas")
    text = send_list(coordinator, cohort, "Ana@Example.org ", "", "luis@example.org")
    assert "2 learners enrolled." in text
    names = cohort.enrollments.order_by("name_on_certificate").values_list(
        "name_on_certificate", flat=True
    )
    assert list(names) == ["Ana Flores", "Luis Rojas"]


def test_a_list_with_mistakes_enrolls_nobody_and_names_each_line(coordinator: Client) -> None:
    cohort = CohortFactory(capacity=2)
    waiting = LearnerFactory(email="b@example.org")
    Wait.objects.create(
        learner=waiting, edition=cohort.edition, name_on_certificate="Luis", since=NOON
    )
    elsewhere = CohortFactory(edition=cohort.edition)
    for email in ("a@example.org", "gone@example.org"):
        LearnerFactory(email=email, is_active=email != "gone@example.org")
    EnrollmentFactory(edition=cohort.edition, cohort=cohort, learner__email="in@example.org")
    EnrollmentFactory(edition=cohort.edition, cohort=elsewhere, learner__email="else@example.org")
    text = send_list(
        coordinator,
        cohort,
        "a@example.org",
        "A@example.org",
        "nobody@example.org",
        "",
        "in@example.org",
        "else@example.org",
        "gone@example.org",
        "b@example.org",
    )
    assert "Nobody was enrolled: 6 lines have a mistake." in text
    for complaint in (
        "Line 2, A@example.org: it stands in the list twice.",
        "Line 3, nobody@example.org: nobody has an account with this address",
        "Line 5, in@example.org: is in this cohort already.",
        "Line 6, else@example.org: is in another cohort of this edition.",
        "Line 7, gone@example.org: the account is not active.",
        "Line 8, b@example.org: is on the waiting list already.",
    ):
        assert complaint in text
    assert cohort.enrollments.count() == 1


def test_who_enrolled_alone_joins_the_cohort_with_the_record(coordinator: Client) -> None:
    cohort = CohortFactory()
    enrollment = EnrollmentFactory(edition=cohort.edition, learner__email="ana@example.org")
    do(enrollment, "lesson-1")
    assert "1 learner enrolled." in send_list(coordinator, cohort, "ana@example.org")
    enrollment.refresh_from_db()
    assert enrollment.cohort == cohort
    assert Enrollment.objects.count() == 1
    assert events_of(enrollment).filter(verb="enrollment.joined-cohort").count() == 1


def test_a_cohort_is_made_and_keeps_the_places_that_are_taken(coordinator: Client) -> None:
    edition = EditionFactory()
    form = {"edition": edition.pk, "code": "LIM-1", "name": "Lima 1", "capacity": "10"}
    form |= {"quotas-TOTAL_FORMS": "0", "quotas-INITIAL_FORMS": "0"}
    coordinator.post(reverse("cohort:add"), form)
    cohort = Cohort.objects.get(code="LIM-1")
    assert events_of(cohort).get().verb == "cohort.created"
    for _ in range(9):
        EnrollmentFactory(edition=edition, cohort=cohort)
    refused = coordinator.post(reverse("cohort:edit", args=[cohort.pk]), form | {"capacity": "8"})
    assert "9 places are taken." in refused.content.decode()
    assert "9 / 10" in page(coordinator, "cohort:index")


# --- The audit ---------------------------------------------------------------------------------


def test_events_are_found_by_deed_doer_and_day(registrar: Client) -> None:
    EnrollmentFactory(learner__display_name="Rosa Quispe", completed=True)
    for query, shown in [
        ({"verb": "certificate.issued"}, "certificate.issued"),
        ({"actor": "Quispe"}, "enrollment.created"),
        ({"record_kind": "certificates.certificate"}, "certificate.issued"),
        ({"at_from": NOON.date().isoformat(), "at_to": NOON.date().isoformat()}, "enrollment."),
        ({"q": "completed"}, "enrollment.completed"),
    ]:
        assert shown in page(registrar, "audit:index_results", **query)
    none = page(registrar, "audit:index_results", at_to="2020-01-01")
    assert "certificate.issued" not in none


def test_an_event_shows_its_detail(registrar: Client) -> None:
    EnrollmentFactory(completed=True)
    event = Event.objects.get(verb="certificate.issued")
    assert Certificate.objects.get().number in page(registrar, "audit:inspect", event.pk)
