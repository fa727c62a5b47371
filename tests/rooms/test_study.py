"""What a learner keeps beside a lesson: nobody else's to read, and never lost without a word."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.provider import QuizProvider
from tests.factories.assessments import begun
from tests.factories.cms import edit, published, reading
from tests.factories.learning import (
    NOON,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    activity,
    do,
    lesson,
)
from training.accounts.models import User
from training.audit.models import Event
from training.enrollments.models import Enrollment
from training.kernel.activities import Part
from training.learning.queries import course_outline
from training.study.actions import StaleNote, add_bookmark, choose_at_notice, save_note
from training.study.models import Bookmark, Note, NoticeChoice
from training.study.queries import all_kept
from training.study.rules import LONGEST_NOTE

pytestmark = pytest.mark.django_db


def signed_in(learner: User) -> Client:
    client = Client()
    client.force_login(learner)
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def write(
    enrollment: Enrollment, words: str, *, key: str = "lesson-1", place: str = "", revision: int = 0
) -> Note:
    where = activity(enrollment, key)
    part = Part(place, key, where.version, place.title(), "en")
    return save_note(
        enrollment=enrollment,
        activity=where,
        part=part,
        words=words,
        revision=revision,
        at=NOON,
    )


def form(words: str = "", *, place: str = "", revision: int = 0, deed: str = "save") -> dict:
    return {"words": words, "place": place, "revision": revision, "deed": deed}


def heading_of(page: str) -> str:
    """Return the place that the lesson's first section heading offers."""
    start = page.index('name="place" value="') + len('name="place" value="')
    return page[start : page.index('"', start)]


# --- Notes -------------------------------------------------------------------------------------


def test_a_note_beside_a_section_comes_back_where_it_was_written() -> None:
    _course, version = published(lessons=1)
    enrollment = reading(version)
    client = signed_in(enrollment.learner)
    own = version.activities.get()
    address = f"/learn/{enrollment.uuid}/{own.key}/"
    page = text_of(client.get(address))
    place = heading_of(page)
    assert f'<h2 id="{place}">' in page
    assert "Only you can read your notes" in page
    saved = client.post(
        reverse("study:note", args=[enrollment.uuid, own.key]), form("¿Y el medio?", place=place)
    )
    assert saved["Location"] == f"{address}#{place}"
    assert "¿Y el medio?" in text_of(client.get(address))
    listed = text_of(client.get(reverse("study:notes")))
    assert f'href="{address}#{place}"' in listed
    assert "La conducta" in listed
    assert "¿Y el medio?" in listed


def test_each_reader_gets_fields_of_their_own() -> None:
    _course, version = published(lessons=1)
    own = version.activities.get()
    for enrollment, words in [(reading(version), "Hers"), (reading(version), "His")]:
        client = Client(enforce_csrf_checks=True)
        client.force_login(enrollment.learner)
        page = client.get(f"/learn/{enrollment.uuid}/{own.key}/").content.decode()
        note = reverse("study:note", args=[enrollment.uuid, own.key])
        fields = re.findall(r'<form class="stack-tight" method="post" action="([^"]+)"', page)
        assert set(fields) == {note}
        assert len(fields) == page.count('name="words"') > 1
        tokens = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        sent = form(words, place=heading_of(page)) | {"csrfmiddlewaretoken": tokens[-1]}
        assert len(set(tokens)) == 1
        assert client.post(note, sent).status_code == 302
        assert Note.objects.get(learner=enrollment.learner).words == words
        again = client.get(f"/learn/{enrollment.uuid}/{own.key}/").content.decode()
        assert again.count(f">{words}</textarea>") == 1
        assert 'action=""' not in again


def test_a_note_outlives_the_version_that_it_was_written_on() -> None:
    course, version = published(lessons=1)
    enrollment = reading(version)
    client = signed_in(enrollment.learner)
    own = version.activities.get()
    page = text_of(client.get(f"/learn/{enrollment.uuid}/{own.key}/"))
    place = heading_of(page)
    for where, words in [("", "Whole"), (place, "Beside the heading")]:
        client.post(
            reverse("study:note", args=[enrollment.uuid, own.key]), form(words, place=where)
        )
    body = [block for block in course.lessons[0].body.raw_data if block["type"] != "heading"]
    edit(course.lessons[0], course.author, title="Renamed", body=body)
    course.approve(course.lessons[0])
    later = course.publish(note="without a heading")
    Enrollment.objects.filter(pk=enrollment.pk).update(course_version=later)
    again = reading(later, learner=enrollment.learner)
    client.post(reverse("study:notice", args=[enrollment.uuid, own.key]), {"choice": "now"})
    for enrolled in (enrollment, again):
        page = text_of(client.get(f"/learn/{enrolled.uuid}/{own.key}/"))
        assert "Whole" in page
        assert "From an earlier version of this lesson" in page
        assert "Beside the heading" in page
    assert "Renamed" in text_of(client.get(reverse("study:notes")))


def test_two_windows_do_not_overwrite_each_other_silently() -> None:
    enrollment = EnrollmentFactory()
    client = signed_in(enrollment.learner)
    address = reverse("study:note", args=[enrollment.uuid, "lesson-1"])
    first = client.post(f"{address}save/", form("from the first window"))
    assert first.json()["revision"] == 1
    same = client.post(f"{address}save/", form("from the first window"))
    assert same.json()["revision"] == 1, "the same words again are no conflict"
    second = client.post(f"{address}save/", form("from the second window"))
    assert second.status_code == 409
    assert second.json()["revision"] == 1
    assert "from the first window" in second.json()["html"]
    page = client.post(address, form("from the <second> window"))
    assert page.status_code == 409
    assert "from the first window" in text_of(page)
    assert "from the &lt;second&gt; window" in text_of(page)
    assert Note.objects.get().words == "from the first window"
    client.post(address, form("both", revision=1))
    assert Note.objects.get().words == "both"
    client.post(address, form("", revision=2))
    with pytest.raises(StaleNote):
        write(enrollment, "on the emptied one", revision=2)


def test_a_note_that_is_too_long_is_explained_and_given_back() -> None:
    enrollment = EnrollmentFactory()
    client = signed_in(enrollment.learner)
    address = reverse("study:note", args=[enrollment.uuid, "lesson-1"])
    words = "x" * (LONGEST_NOTE + 1)
    refused = client.post(address, form(words))
    assert refused.status_code == 422
    assert "it may have 20000 characters" in text_of(refused)
    assert words in text_of(refused)
    assert "too long" in client.post(f"{address}save/", form(words)).json()["problem"]
    assert not Note.objects.exists()


def test_a_place_that_the_provider_does_not_know_is_not_found() -> None:
    enrollment = EnrollmentFactory()
    client = signed_in(enrollment.learner)
    address = reverse("study:note", args=[enrollment.uuid, "lesson-1"])
    assert client.post(address, form("x", place="third")).status_code == 404
    assert client.post(address, form("x", revision=-1)).status_code == 400
    assert not Note.objects.exists()


def test_a_note_leaves_no_trace_for_anybody_else() -> None:
    enrollment = EnrollmentFactory()
    before = Event.objects.count()
    write(enrollment, "mine alone")
    add_bookmark(
        enrollment=enrollment,
        activity=activity(enrollment, "lesson-1"),
        part=Part("", "lesson-1", 1, "", "en"),
        at=NOON,
    )
    assert Event.objects.count() == before
    other = signed_in(EnrollmentFactory().learner)
    assert "mine alone" not in text_of(other.get(reverse("study:notes")))
    assert "mine alone" not in text_of(other.get(reverse("study:download")))


# --- Bookmarks and the list --------------------------------------------------------------------


def test_a_bookmark_is_set_with_what_was_being_written_and_taken_away() -> None:
    enrollment = EnrollmentFactory()
    client = signed_in(enrollment.learner)
    address = reverse("study:note", args=[enrollment.uuid, "lesson-1"])
    for _impatience in range(2):
        client.post(address, form("half a thought", place="first", deed="bookmark"))
    assert Bookmark.objects.get().place_words == "First"
    assert Note.objects.get().words == "half a thought"
    page = text_of(client.get(reverse("study:notes")))
    assert "bookmarked" in page
    client.post(address, form("half a thought", place="first", revision=1, deed="remove-bookmark"))
    assert not Bookmark.objects.exists()


def test_notes_are_found_without_accents_and_downloaded() -> None:
    enrollment = EnrollmentFactory()
    client = signed_in(enrollment.learner)
    write(enrollment, "La captación y el medio", place="first")
    write(enrollment, "Plazos", key="lesson-2")
    found = text_of(client.get(reverse("study:notes"), {"q": "CAPTACION medio"}))
    assert "La captación y el medio" in found
    assert "Plazos" not in found
    assert "No note of yours has the words" in text_of(
        client.get(reverse("study:notes"), {"q": "<nothing>"})
    )
    file = client.get(reverse("study:download"))
    assert file["Content-Type"] == "text/plain; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="my-notes.txt"'
    lines = file.content.decode().splitlines()
    assert lines.index("Lesson 1 · First") < lines.index("La captación y el medio")
    assert lines.index("La captación y el medio") < lines.index("Lesson 2")


def test_a_lesson_that_left_the_course_keeps_its_note() -> None:
    enrollment = EnrollmentFactory()
    write(enrollment, "kept", key="lesson-2")
    course = enrollment.course_version.course
    later = CourseVersionFactory(course=course, activities=[lesson(1)])
    Enrollment.objects.filter(pk=enrollment.pk).update(course_version=later)
    page = text_of(signed_in(enrollment.learner).get(reverse("study:notes")))
    assert "Not part of the course any more" in page
    assert "kept" in page
    assert "lesson-2" not in page, "nothing leads there"


def test_the_list_costs_as_many_queries_for_many_notes_as_for_one() -> None:
    counts = []
    learner = EnrollmentFactory().learner
    for size in (1, 6):
        for _ in range(size):
            enrollment = EnrollmentFactory(learner=learner)
            for place in ("", "first", "second"):
                write(enrollment, f"note at {place}", place=place)
        with CaptureQueriesContext(connection) as queries:
            kept = all_kept(learner=learner, language="en")
        counts.append(len(queries))
    assert sum(len(course.lines) for course in kept) == 21
    assert counts[0] == counts[1]


# --- Content notices ---------------------------------------------------------------------------


def test_a_lesson_with_a_notice_opens_with_it_and_waits_for_an_answer() -> None:
    _course, version = published(lessons=2)
    enrollment = reading(version, has_read_notices=False)
    country = version.course.country
    country.notices = {"support_lines": [{"names": {"en": "Line 100"}, "number": "100"}]}
    country.save()
    client = signed_in(enrollment.learner)
    first, second = version.activities.all()
    address = f"/learn/{enrollment.uuid}/{first.key}/"
    opened = text_of(client.get(address))
    assert "Presenta un caso inventado." in opened
    assert "Line 100" in opened
    assert "A cada nombre, su verbo" not in opened, "nothing of the text is sent before the answer"
    assert f"{address}done/" not in opened
    notice = reverse("study:notice", args=[enrollment.uuid, first.key])
    later = client.post(notice, {"choice": "later"})
    assert later["Location"] == f"/learn/{enrollment.uuid}/{second.key}/"
    for page in (f"/learn/{enrollment.uuid}/{second.key}/", f"/my/courses/{enrollment.uuid}/"):
        assert "to come back to" in text_of(client.get(page))
    assert "A cada nombre, su verbo" not in text_of(client.get(address)), "it asks again"
    assert client.post(notice, {"choice": "now"})["Location"] == address
    assert "A cada nombre, su verbo" in text_of(client.get(address))
    assert "to come back to" not in text_of(client.get(f"/my/courses/{enrollment.uuid}/"))
    assert client.post(notice, {"choice": "never"}).status_code == 400


def test_the_last_lesson_put_off_leads_to_the_course() -> None:
    _course, version = published(lessons=1)
    enrollment = reading(version, has_read_notices=False)
    own = version.activities.get()
    answer = signed_in(enrollment.learner).post(
        reverse("study:notice", args=[enrollment.uuid, own.key]), {"choice": "later"}
    )
    assert answer["Location"] == f"/my/courses/{enrollment.uuid}/"


def test_what_is_put_off_comes_next_only_after_everything_else() -> None:
    enrollment = EnrollmentFactory()

    def next_key() -> str | None:
        todo = course_outline(enrollment=enrollment, language="en").next_activity
        return todo and todo.key

    choose_at_notice(
        enrollment=enrollment,
        activity=activity(enrollment, "lesson-1"),
        choice=NoticeChoice.Choice.LATER,
        at=NOON,
    )
    assert next_key() == "lesson-2"
    do(enrollment, "lesson-2")
    do(enrollment, "quiz-1")
    assert next_key() == "lesson-1"
    do(enrollment, "lesson-1")
    outline = course_outline(enrollment=enrollment, language="en")
    assert not any(line.is_set_aside for line in outline.activities)


# --- Places of other providers -----------------------------------------------------------------


def test_a_quiz_tells_only_of_questions_that_stood_on_the_learner_s_paper() -> None:
    attempt = begun()
    asked = attempt.paper[0]["item_version"]
    other = EnrollmentFactory(edition=EditionFactory(course_version=CourseVersionFactory()))

    def part(enrollment: UUID, name: object) -> Part:
        return QuizProvider().part(
            enrollment=enrollment,
            activity=attempt.activity.reference,
            name=str(name),
            language="en",
        )

    found = part(attempt.enrollment.uuid, asked)
    assert found.words.startswith("¿Pregunta")
    assert found.language == "es"
    for enrollment, name in [
        (other.uuid, asked),
        (attempt.enrollment.uuid, asked + 1000),
        (attempt.enrollment.uuid, "x"),
    ]:
        with pytest.raises(LookupError):
            part(enrollment, name)
