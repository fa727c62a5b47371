"""The learner's own pages: their own and nobody else's, whatever the state of a course."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from tests.factories.learning import (
    NOON,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
    activity,
    do,
    do_all,
    failed,
    lesson,
    quiz,
)
from training.accounts.models import Post, User
from training.audit.actions import SYSTEM
from training.audit.models import Event
from training.certificates.actions import revoke
from training.certificates.documents import attach_pdf
from training.certificates.models import Certificate
from training.enrollments.models import Enrollment
from training.enrollments.places import withdraw
from training.institutions.models import Institution
from training.learning.actions import record_outcome
from training.portal import errors

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner() -> User:
    return LearnerFactory(language="en")


@pytest.fixture
def client(learner: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(learner)
    return client


def page(client: Client, name: str, *args: Any, status: int = 200) -> str:
    response = client.get(reverse(f"portal:{name}", args=args))
    assert response.status_code == status, response.headers
    return " ".join(response.content.decode().split())


# --- Whose pages -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["courses", "record", "certificates"])
def test_a_visitor_is_asked_to_sign_in(name: str) -> None:
    response = Client().get(reverse(f"portal:{name}"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["course", "name", "certificate_pdf", "enroll"])
def test_a_visitor_learns_nothing_of_an_address(name: str) -> None:
    response = Client().get(reverse(f"portal:{name}", args=[uuid4()]))
    assert response.status_code == 302


def test_another_learners_pages_do_not_exist(client: Client) -> None:
    other = EnrollmentFactory(completed=True)
    certificate = Certificate.objects.get()
    for name, uuid in [
        ("course", other.uuid),
        ("name", other.uuid),
        ("certificate_pdf", certificate.uuid),
    ]:
        assert "We did not find this page" in page(client, name, uuid, status=404)
    renamed = client.post(reverse("portal:name", args=[other.uuid]), {"name": "Ana Flores"})
    assert renamed.status_code == 404
    other.refresh_from_db()
    assert other.name_on_certificate == other.learner.display_name
    for name in ("courses", "record", "certificates"):
        assert certificate.number not in page(client, name)


@pytest.mark.parametrize("name", ["course", "name", "certificate_pdf", "enroll"])
def test_what_nobody_has_is_not_found(client: Client, name: str) -> None:
    assert "We did not find this page" in page(client, name, uuid4(), status=404)


# --- My courses --------------------------------------------------------------------------------


def test_without_courses_the_page_leads_to_them(client: Client) -> None:
    text = page(client, "courses")
    assert "You are not enrolled in any course yet" in text
    assert 'href="/"' in text


def test_the_next_step_is_one_sentence_and_one_button(client: Client, learner: User) -> None:
    enrollment = EnrollmentFactory(learner=learner)
    text = page(client, "courses")
    assert "Begin “Foundations of trafficking” with “Lesson 1”, 45 minutes." in text
    do(enrollment, "lesson-1")
    text = page(client, "courses")
    assert "Go on in “Foundations of trafficking” with “Lesson 2”, 45 minutes." in text
    assert f'href="/test/{enrollment.uuid}/lesson-2/"' in text
    assert "1 of 3 done" in text
    assert text.count('class="button"') == 1


def test_the_most_urgent_course_comes_first(client: Client, learner: User) -> None:
    today = timezone.localdate()
    urgent = EditionFactory(ends_on=today + timedelta(days=3))
    hurried = EnrollmentFactory(learner=learner, edition=urgent)
    EnrollmentFactory(learner=learner, at=NOON + timedelta(days=1))
    text = page(client, "courses")
    assert f'href="/test/{hurried.uuid}/lesson-1/"' in text
    assert "in 3 days, " in text
    assert "23:59" in text


def test_in_spanish_the_deadline_is_said_in_words_too(client: Client, learner: User) -> None:
    EnrollmentFactory(learner=learner, edition__ends_on=timezone.localdate() + timedelta(days=3))
    client.cookies["django_language"] = "es"
    text = page(client, "courses")
    assert "Lección 1" in text


def test_a_mark_that_is_short_names_the_test_to_take_again(client: Client, learner: User) -> None:
    version = CourseVersionFactory(activities=[lesson(1), quiz(1), quiz(2)])
    enrollment = EnrollmentFactory(learner=learner, edition__course_version=version)
    do(enrollment, "lesson-1")
    do(enrollment, "quiz-1", scaled="0.75")
    do(enrollment, "quiz-2", scaled="0.6")
    text = page(client, "courses")
    assert "your mark is 13.50 and 14 is needed: take “Quiz 2” again." in text
    assert f'href="/test/{enrollment.uuid}/quiz-2/"' in text
    assert "only the mark is short" in page(client, "course", enrollment.uuid)


def test_a_completed_course_shows_its_certificate_as_a_picture(
    client: Client, learner: User
) -> None:
    EnrollmentFactory(learner=learner, completed=True)
    text = page(client, "courses")
    certificate = Certificate.objects.get()
    assert "Next step" not in text
    assert "Completed" in text
    assert text.count(certificate.number) >= 2
    assert reverse("portal:certificate_pdf", args=[certificate.uuid]) in text


@pytest.mark.parametrize("name", ["courses", "record", "certificates"])
def test_a_page_costs_as_many_queries_for_five_courses_as_for_one(
    client: Client, learner: User, name: str
) -> None:
    counts = []
    for size in (1, 4):
        for _ in range(size):
            EnrollmentFactory(learner=learner, completed=True)
            do(EnrollmentFactory(learner=learner), "lesson-1")
        cache.clear()
        page(client, name)
        with CaptureQueriesContext(connection) as queries:
            page(client, name)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 11


# --- One course --------------------------------------------------------------------------------


def test_a_course_says_what_the_certificate_still_asks_for(client: Client, learner: User) -> None:
    enrollment = EnrollmentFactory(learner=learner)
    record_outcome(
        enrollment=enrollment,
        activity=activity(enrollment, "quiz-1"),
        reported=failed(scaled="0.55"),
    )
    text = page(client, "course", enrollment.uuid)
    assert 'Quiz 1</a>, <span class="num">best mark so far 11' in text
    assert "<li>2 lessons</li>" in text
    assert "Mark so far: 11 of 20; 14 is needed." in text
    assert "Not passed yet" in text
    assert "María Ñahui Quispe" in text


def test_a_course_that_awaits_approval_says_so(client: Client, learner: User) -> None:
    enrollment = EnrollmentFactory(learner=learner, edition__approval=True, completed=True)
    text = page(client, "course", enrollment.uuid)
    assert "a registrar approves each certificate" in text
    assert "Certificate awaiting approval" in text


def test_a_revoked_certificate_is_told_with_its_reason(client: Client, learner: User) -> None:
    enrollment = EnrollmentFactory(learner=learner, completed=True)
    revoke(
        certificate=Certificate.objects.get(),
        actor=SYSTEM,
        at=NOON,
        reason_public="Issued to another person",
        reason_internal="Complaint 12",
    )
    for name, args in [("course", [enrollment.uuid]), ("record", []), ("certificates", [])]:
        text = page(client, name, *args)
        assert "Issued to another person" in text
        assert "Complaint 12" not in text


def test_somebody_withdrawn_keeps_the_record_and_has_no_next_step(
    client: Client, learner: User
) -> None:
    enrollment = EnrollmentFactory(learner=learner)
    do(enrollment, "lesson-1")
    withdraw(enrollment=enrollment, actor=SYSTEM, at=NOON, reason="Transfer")
    text = page(client, "course", enrollment.uuid)
    assert "Next step" not in text
    assert "/test/" not in text
    assert "What you did stays in your record" in text
    assert "Lesson 1" in page(client, "record")


# --- Enrolling ---------------------------------------------------------------------------------


def test_enrolling_confirms_the_name_and_opens_the_first_activity(
    client: Client, learner: User
) -> None:
    edition = EditionFactory()
    address = reverse("portal:enroll", args=[edition.uuid])
    assert 'value="María Ñahui Quispe"' in page(client, "enroll", edition.uuid)
    response = client.post(address, {"name": " María  Ñahui de la Cruz "})
    enrollment = Enrollment.objects.get()
    assert response.headers["Location"] == f"/test/{enrollment.uuid}/lesson-1/"
    assert enrollment.name_on_certificate == "María Ñahui de la Cruz"
    assert enrollment.learner == learner
    learner.refresh_from_db()
    assert learner.certificate_name == "María Ñahui Quispe"


def test_enrolling_twice_leads_to_the_same_place(client: Client) -> None:
    edition = EditionFactory()
    address = reverse("portal:enroll", args=[edition.uuid])
    places = [client.post(address, {"name": "Ana Flores"}).headers["Location"] for _ in range(2)]
    places.append(client.get(address).headers["Location"])
    assert len(set(places)) == 1
    assert Enrollment.objects.count() == 1
    assert Event.objects.filter(verb="enrollment.created").count() == 1


def test_a_name_that_was_never_set_is_kept_for_the_next_course() -> None:
    learner = LearnerFactory(certificate_name="", display_name="Ana Flores")
    client = Client()
    client.force_login(learner)
    edition = EditionFactory()
    assert 'value="Ana Flores"' in page(client, "enroll", edition.uuid)
    client.post(reverse("portal:enroll", args=[edition.uuid]), {"name": "Ana Flores Rojas"})
    learner.refresh_from_db()
    assert learner.certificate_name == "Ana Flores Rojas"
    assert Event.objects.filter(verb="person.certificate-name-set").count() == 1


@pytest.mark.parametrize("typed", ["", "Ana", "Ana Flores 3", "<script>x</script> y"])
def test_a_name_that_cannot_be_printed_is_sent_back(client: Client, typed: str) -> None:
    edition = EditionFactory()
    response = client.post(reverse("portal:enroll", args=[edition.uuid]), {"name": typed})
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    assert "<script>x" not in response.content.decode()
    assert not Enrollment.objects.exists()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("by_list", "the coordination enrolls the participants from a list"),
        ("not_yet", "has not opened yet"),
        ("closed", "has closed"),
    ],
)
def test_a_closed_edition_says_why_and_what_to_do(client: Client, state: str, reason: str) -> None:
    edition = EditionFactory(**{state: True})
    text = page(client, "enroll", edition.uuid, status=409)
    assert reason in text
    posted = client.post(reverse("portal:enroll", args=[edition.uuid]), {"name": "Ana Flores"})
    assert posted.status_code == 409
    assert not Enrollment.objects.exists()


def test_who_is_enrolled_may_come_back_after_the_doors_closed(
    client: Client, learner: User
) -> None:
    enrollment = EnrollmentFactory(learner=learner, edition__closed=True)
    response = client.get(reverse("portal:enroll", args=[enrollment.edition.uuid]))
    assert response.headers["Location"] == f"/test/{enrollment.uuid}/lesson-1/"


# --- The name ----------------------------------------------------------------------------------


def test_the_name_may_change_until_the_course_is_completed(client: Client, learner: User) -> None:
    enrollment = EnrollmentFactory(learner=learner)
    address = reverse("portal:name", args=[enrollment.uuid])
    client.post(address, {"name": "María Ñahui Rojas"})
    enrollment.refresh_from_db()
    assert enrollment.name_on_certificate == "María Ñahui Rojas"
    do_all(enrollment)
    response = client.post(address, {"name": "Other Person"}, follow=True)
    assert "The name was settled when you completed the course." in response.content.decode()
    enrollment.refresh_from_db()
    assert enrollment.name_on_certificate == "María Ñahui Rojas"
    assert "<form class=" not in page(client, "name", enrollment.uuid)


# --- Record and certificates -------------------------------------------------------------------


def test_the_record_holds_posts_outcomes_marks_and_certificates(
    client: Client, learner: User
) -> None:
    Post.objects.create(
        person=learner,
        role=Post.Role.JUDGE,
        institution=Institution.objects.create(
            code="csj", names={"es": "Corte Superior", "en": "Superior Court"}, kind="court"
        ),
        valid_from=NOON.date() - timedelta(days=400),
    )
    enrollment = EnrollmentFactory(learner=learner)
    record_outcome(
        enrollment=enrollment,
        activity=activity(enrollment, "quiz-1"),
        reported=failed(scaled="0.2"),
    )
    do_all(enrollment, scaled="0.85")
    text = page(client, "record")
    for shown in ("Judge", "Superior Court", "Not passed", "Passed", "17 of 20"):
        assert shown in text
    assert Certificate.objects.get().number in text


def test_a_certificate_without_a_file_asks_for_patience(client: Client, learner: User) -> None:
    EnrollmentFactory(learner=learner, completed=True)
    address = reverse("portal:certificate_pdf", args=[Certificate.objects.get().uuid])
    response = client.get(address)
    assert "is being prepared" in response.content.decode()
    assert response.headers["Refresh"] == "4"
    assert "no-store" in response.headers["Cache-Control"]


def test_a_certificate_is_downloaded_under_its_number(client: Client, learner: User) -> None:
    EnrollmentFactory(learner=learner, completed=True)
    certificate = Certificate.objects.get()
    attach_pdf(certificate_id=certificate.pk)
    response = client.get(reverse("portal:certificate_pdf", args=[certificate.uuid]))
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert response.headers["Content-Type"] == "application/pdf"
    assert f'filename="{certificate.number}.pdf"' in response.headers["Content-Disposition"]
    assert "private" in response.headers["Cache-Control"]


# --- Doors and errors --------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_root_leads_to_the_visitors_language(language: str) -> None:
    response = Client().get("/", headers={"accept-language": language})
    assert response.headers["Location"] == f"/{language}/"
    assert {"Cookie", "Accept-Language"} <= set(response.headers["Vary"].split(", "))


def test_a_server_error_is_told_without_the_database(
    rf: RequestFactory, django_assert_num_queries: Any
) -> None:
    request = rf.get("/my/")
    with django_assert_num_queries(0), translation.override("en"):
        response = errors.server_error(request)
    assert response.status_code == 500
    assert "Something failed on our side" in response.content.decode()


def test_a_form_without_its_token_says_what_was_kept_and_leads_back(learner: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    client.force_login(learner)
    address = reverse("portal:enroll", args=[EditionFactory().uuid])
    for referer, back in [
        (f"http://testserver{address}", f"http://testserver{address}"),
        ("http://evil.example/", "/"),
    ]:
        response = client.post(address, {"name": "Ana Flores"}, headers={"referer": referer})
        assert response.status_code == 403
        assert f'class="button" href="{back}"' in response.content.decode()
    assert not Enrollment.objects.exists()
