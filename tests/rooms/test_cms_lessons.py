"""A learner's way through lessons, and the public pages of a course."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from cms.actions import EnrollmentLeft, finish_lesson
from cms.models import LastPlace, LessonPage
from cms.provider import LessonProvider
from tests.factories.cms import edit, fresh, published, reading, written
from tests.factories.learning import NOON, EditionFactory, LearnerFactory
from training.audit.actions import SYSTEM
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment, EnrollmentState
from training.enrollments.places import withdraw
from training.kernel.activities import ActivityReference
from training.progress.models import Outcome

pytestmark = pytest.mark.django_db


def address(enrollment: Enrollment, page: LessonPage, deed: str = "") -> str:
    return f"/learn/{enrollment.uuid}/{page.translation_key}/{deed}"


def speak(client: Client, language: str) -> None:
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language


def test_a_learner_reads_the_lesson_with_its_notes_and_its_place(client: Client) -> None:
    course, version = published(lessons=2)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    html = client.get(address(enrollment, course.lessons[0])).content.decode()
    assert "<h1>Lección 1</h1>" in html
    assert 'id="note-1"' in html
    assert 'href="#note-2"' in html
    assert "Presenta un caso inventado." in html
    assert "Lección 2" in html
    assert 'aria-current="page"' in html
    assert "style=" not in html
    assert "onclick" not in html


def test_done_continue_records_it_once_and_goes_on(client: Client) -> None:
    course, version = published(lessons=2)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    first, second = course.lessons
    for _impatience in range(2):
        response = client.post(address(enrollment, first, "done/"))
        assert response.headers["Location"] == address(enrollment, second)
    outcome = Outcome.objects.get()
    assert outcome.source == f"cms:lesson:{enrollment.uuid}:{first.translation_key}:v1"
    assert outcome.evidence == LessonProvider().digest(
        activity=ActivityReference("cms", str(first.translation_key), 1)
    )
    last = client.post(address(enrollment, second, "done/"))
    assert last.headers["Location"] == f"/my/courses/{enrollment.uuid}/"
    enrollment.refresh_from_db()
    assert enrollment.state == EnrollmentState.COMPLETED


@pytest.mark.parametrize("deed", ["", "done/"])
def test_somebody_else_s_enrollment_is_not_found(client: Client, deed: str) -> None:
    course, version = published(lessons=1)
    enrollment = reading(version)
    client.force_login(LearnerFactory())
    method = client.post if deed else client.get
    assert method(address(enrollment, course.lessons[0], deed)).status_code == 404
    assert client.get(f"/learn/{enrollment.uuid}/").status_code == 404
    assert not Outcome.objects.exists()


def test_a_lesson_of_another_version_is_not_found(client: Client) -> None:
    _course, version = published(lessons=1)
    other, _version = published(lessons=1)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    assert client.get(address(enrollment, other.lessons[0])).status_code == 404


def test_a_visitor_signs_in_first(client: Client) -> None:
    course, version = published(lessons=1)
    response = client.get(address(reading(version), course.lessons[0]))
    assert response.status_code == 302
    assert "/accounts/login/" in response.headers["Location"]


def test_the_language_changes_in_the_middle_and_nothing_is_lost(client: Client) -> None:
    course, version = published(lessons=2, is_translated=True)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    first = course.lessons[0]
    spanish = client.get(address(enrollment, first)).content.decode()
    assert "<h1>Lección 1</h1>" in spanish
    client.post(address(enrollment, first, "done/"))

    here = address(enrollment, first)
    switched = client.post("/language/", {"language": "en", "next": here})
    assert switched.headers["Location"] == here
    english = client.get(here).content.decode()
    assert "<h1>EN Lección 1</h1>" in english
    assert "EN Resumen de cp-129-a" in english
    assert "is-done" in english, "what was done in Spanish is done"


def test_what_is_not_translated_is_shown_in_its_own_language_and_said(client: Client) -> None:
    course, version = published(lessons=1)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    speak(client, "en")
    html = client.get(address(enrollment, course.lessons[0])).content.decode()
    assert '<h1 lang="es">Lección 1</h1>' in html
    assert "has not been translated yet" in html


def test_whoever_left_still_reads_but_is_not_counted(client: Client) -> None:
    course, version = published(lessons=2)
    enrollment = reading(version)
    withdraw(enrollment=enrollment, actor=SYSTEM, at=NOON, reason="moved")
    client.force_login(enrollment.learner)
    html = client.get(address(enrollment, course.lessons[0])).content.decode()
    assert address(enrollment, course.lessons[0], "done/") not in html
    client.post(address(enrollment, course.lessons[0], "done/"))
    enrollment.refresh_from_db()
    activity = Activity.objects.filter(course_version=version).first()
    assert activity is not None
    with pytest.raises(EnrollmentLeft):
        finish_lesson(enrollment=enrollment, activity=activity, at=NOON)
    assert not Outcome.objects.exists()


def test_any_device_goes_on_where_the_learner_was(client: Client) -> None:
    course, version = published(lessons=3)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    resume = f"/learn/{enrollment.uuid}/"
    first, second, third = course.lessons
    assert client.get(resume).headers["Location"] == address(enrollment, first)
    client.get(address(enrollment, second))
    other_device = Client()
    other_device.force_login(enrollment.learner)
    assert other_device.get(resume).headers["Location"] == address(enrollment, second)
    client.post(address(enrollment, second, "done/"))
    assert other_device.get(resume).headers["Location"] == address(enrollment, first)
    client.get(address(enrollment, third))
    assert LastPlace.objects.get().key == str(third.translation_key)


@pytest.mark.parametrize("lessons", [2, 6])
def test_a_page_costs_the_same_however_long_the_course(
    client: Client, lessons: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    course, version = published(lessons=lessons)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    here = address(enrollment, course.lessons[0])
    client.get(here)  # the place is remembered
    with django_assert_num_queries(6):  # one of them for the lines to call beside its notice
        response = client.get(here)
    assert len(response.content) < 60_000


def test_lessons_have_no_mark_and_a_digest() -> None:
    provider = LessonProvider()
    assert not provider.is_scored
    with pytest.raises(LookupError):
        provider.digest(activity=ActivityReference("cms", "nowhere", 1))


# --- Public pages -----------------------------------------------------------------------------


def test_the_public_reads_what_was_published_never_a_draft(client: Client) -> None:
    course, version = published(lessons=1)
    EditionFactory(course_version=version)
    page = fresh(course.course)
    edit(page, course.author, summary="Borrador")
    html = client.get(page.get_url()).content.decode()
    assert "Un curso de prueba." in html
    assert "Borrador" not in html
    assert "Calificar" in html
    assert "Rosa Huamán" in html
    assert "Lección 1" in html
    assert "/my/enroll/" in html


def test_what_is_kept_of_a_course_gives_way_to_what_is_published_next(client: Client) -> None:
    course, _version = published(lessons=1, is_translated=True)
    address = fresh(course.course).get_url()

    def told(at: str = address) -> str:
        response = client.get(at)
        assert response.status_code == 200
        return str(response.content.decode())

    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", told()) == token.sub("", told()), "the second time from what is kept"
    edit(course.course, course.author, summary="Otro resumen.", slug="otro-curso")
    edit(course.lessons[0], course.author, title="Otra lección")
    assert "Un curso de prueba." in told()
    course.approve(course.course)
    course.approve(course.lessons[0])
    course.publish(note="new words")
    assert client.get(address).status_code == 404, "it has a new address"
    page = fresh(course.course)
    for _ in range(2):
        text = told(page.get_url())
        assert "Otro resumen." in text
        assert "Otra lección" in text
    english = told(fresh(course.english(course.course)).get_url())
    assert "EN Un curso de prueba." in english
    assert f'value="{page.get_url()}"' in english, "the switch of languages follows"
    type(page).objects.filter(pk=page.pk).update(live=False)
    assert client.get(page.get_url()).status_code == 404


def test_a_course_that_is_not_published_is_not_found(client: Client) -> None:
    course = written(lessons=1)
    assert client.get(course.course.get_url()).status_code == 404
    # a copy that somebody made live without any review
    page = fresh(course.course)
    page.live = True
    page.save()
    assert client.get(page.get_url()).status_code == 404


def test_closed_editions_are_not_offered(client: Client) -> None:
    course, version = published(lessons=1)
    EditionFactory(course_version=version, enrollment_closes_at=timezone.now() - timedelta(days=1))
    EditionFactory(course_version=version, by_list=True)
    html = client.get(fresh(course.course).get_url()).content.decode()
    assert "/my/enroll/" not in html


def test_who_is_enrolled_is_led_on(client: Client) -> None:
    course, version = published(lessons=1)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    html = client.get(fresh(course.course).get_url()).content.decode()
    assert f"/learn/{enrollment.uuid}/" in html
    assert "/my/enroll/" not in html


@pytest.mark.parametrize("place", ["module", "lesson"])
def test_pages_inside_a_course_lead_to_the_course(client: Client, place: str) -> None:
    course, _version = published(lessons=1)
    inside: Any = course.module if place == "module" else course.lessons[0]
    response = client.get(fresh(inside).get_url())
    assert response.status_code == 302
    assert response.headers["Location"] == fresh(course.course).get_url()


def test_the_front_page_lists_courses_in_its_language(client: Client) -> None:
    course, _version = published(lessons=1, is_translated=True)
    assert course.course.title in client.get("/es/").content.decode()
    assert f"EN {course.course.title}" in client.get("/en/").content.decode()


def test_only_pictures_of_the_media_folder_are_public(client: Client, settings: Any) -> None:
    folder = settings.MEDIA_ROOT
    for name in ("lessons/a.svg", "certificates/b.pdf"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kept")
    served = client.get("/media/lessons/a.svg")
    assert served.status_code == 200
    assert b"".join(served.streaming_content) == b"kept"
    served.close()
    assert client.get("/media/certificates/b.pdf").status_code == 404
    assert client.get("/media/lessons/..%2Fcertificates%2Fb.pdf").status_code == 404
