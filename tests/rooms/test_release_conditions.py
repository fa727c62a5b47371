"""An activity that opens after others says so, and is refused at the door with the same words."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from assessments.attempts import start_attempt
from assessments.models import Attempt
from cms.actions import finish_lesson
from cms.models import LastPlace, LessonPage
from cms.models.parts import Opening
from tests.factories.cms import Written, edit, fresh, reading, written
from tests.factories.learning import (
    NOON,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    activity,
    do,
    failed,
    lesson,
    passed,
    quiz,
)
from training.accounts.models import User
from training.catalogue.actions import NeverOpens
from training.catalogue.models import Activity, CourseVersion
from training.enrollments.models import Enrollment
from training.learning.actions import record_outcome
from training.learning.queries import NotOpenYet, OutlineActivity, course_outline, require_open
from training.progress.rules import unmet

SENTENCE = "Opens when you have finished:"


def signed_in(person: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(person, backend="training.accounts.backends.Backend")
    return client


# --- The rule ----------------------------------------------------------------------------------

KEYS = [f"key-{number}" for number in range(6)]


@given(conditions=some.permutations(KEYS), done=some.frozensets(some.sampled_from(KEYS)))
def test_what_is_missing_is_what_is_not_done_in_order(
    conditions: list[str], done: frozenset[str]
) -> None:
    missing = unmet(conditions, done)
    assert set(missing) == set(conditions) - done
    assert missing == sorted(missing, key=conditions.index)
    assert unmet(conditions, done | set(conditions)) == []


# --- The record --------------------------------------------------------------------------------


def enrolled(*activities: Any) -> Enrollment:
    version = CourseVersionFactory(activities=list(activities))
    return EnrollmentFactory(edition=EditionFactory(course_version=version))


def line(enrollment: Enrollment, key: str) -> OutlineActivity:
    outline = course_outline(enrollment=enrollment, language="en")
    return next(line for line in outline.activities if line.key == key)


@pytest.mark.django_db
def test_the_outline_says_what_has_to_be_finished_first() -> None:
    final = replace(quiz(2), opens_after=["lesson-1", "quiz-1"])
    own = enrolled(lesson(1), quiz(1), final)
    shown = line(own, "quiz-2")
    assert shown.is_locked
    assert [one.title for one in shown.waits_for] == ["Lesson 1", "Quiz 1"]
    assert all(one.address for one in shown.waits_for)
    with pytest.raises(NotOpenYet):
        require_open(enrollment=own, activity=activity(own, "quiz-2"))
    do(own, "lesson-1")
    record_outcome(enrollment=own, activity=activity(own, "quiz-1"), reported=failed(scaled="0.2"))
    assert [one.title for one in line(own, "quiz-2").waits_for] == ["Quiz 1"]
    record_outcome(enrollment=own, activity=activity(own, "quiz-1"), reported=passed(scaled="0.9"))
    assert not line(own, "quiz-2").is_locked
    require_open(enrollment=own, activity=activity(own, "quiz-2"))


@pytest.mark.django_db
def test_what_has_not_opened_is_never_the_next_step_before_what_has() -> None:
    own = enrolled(
        lesson(1, is_required=False), replace(lesson(2), opens_after=["lesson-1"]), lesson(3)
    )
    outline = course_outline(enrollment=own, language="en")
    assert outline.next_activity is not None
    assert outline.next_activity.key == "lesson-3"


@pytest.mark.django_db
def test_what_is_done_stays_open() -> None:
    own = enrolled(lesson(1), replace(lesson(2), opens_after=["lesson-1"]))
    do(own, "lesson-2")
    assert not line(own, "lesson-2").is_locked
    require_open(enrollment=own, activity=activity(own, "lesson-2"))


@pytest.mark.django_db
def test_an_activity_never_waits_for_a_later_one() -> None:
    with pytest.raises(NeverOpens):
        CourseVersionFactory(activities=[replace(lesson(1), opens_after=["lesson-2"]), lesson(2)])
    with pytest.raises(NeverOpens):
        CourseVersionFactory(activities=[lesson(1), replace(lesson(2), opens_after=["lesson-2"])])


# --- Freezing ----------------------------------------------------------------------------------


def course() -> tuple[Written, CourseVersion]:
    """Return a course whose second lesson opens after the first, and the quiz after all required.

    The third lesson is optional.
    """
    made = written(lessons=3, quizzes=1)
    edit(made.lessons[1], made.author, opens_after=Opening.PREVIOUS)
    edit(made.lessons[2], made.author, is_required=False)
    edit(made.quiz_pages[0], made.author, opens_after=Opening.ALL_REQUIRED)
    made.approve()
    return made, made.publish()


def key(page: LessonPage) -> str:
    return str(page.translation_key)


@pytest.mark.django_db
def test_a_version_freezes_what_its_author_said() -> None:
    made, version = course()
    first, second, _third = made.lessons
    frozen = [activity.opens_after for activity in version.activities.order_by("order")]
    assert frozen == [[], [key(first)], [], [key(first), key(second)]]
    edit(fresh(second), made.author, opens_after=Opening.AT_ONCE)
    made.approve(second)
    later = made.publish()
    assert [one.opens_after for one in later.activities.order_by("order")][1] == []
    assert [one.opens_after for one in version.activities.order_by("order")][1] == [key(first)]


# --- The doors ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_lesson_that_has_not_opened_says_why_and_is_not_counted() -> None:
    made, version = course()
    own = reading(version)
    first, second = (key(page) for page in made.lessons[:2])
    client = signed_in(own.learner)
    address = reverse("cms:lesson", args=[own.uuid, second])
    page = client.get(address)
    assert page.status_code == 200
    told = page.content.decode()
    assert SENTENCE in told
    assert f'<a href="{reverse("cms:lesson", args=[own.uuid, first])}">' in told
    assert "A cada nombre, su verbo" not in told  # nothing of its text
    assert not LastPlace.objects.filter(enrollment=own, key=second).exists()
    done = client.post(reverse("cms:lesson_done", args=[own.uuid, second]))
    assert done["Location"] == address
    assert not own.outcomes.exists()
    with pytest.raises(NotOpenYet):
        finish_lesson(enrollment=own, activity=activity(own, second), at=NOON)
    client.post(reverse("cms:lesson_done", args=[own.uuid, first]))
    opened = client.get(address).content.decode()
    assert "A cada nombre, su verbo" in opened
    assert SENTENCE not in opened


@pytest.mark.django_db
def test_a_quiz_that_has_not_opened_begins_no_attempt_and_says_why() -> None:
    made, version = course()
    own = reading(version)
    client = signed_in(own.learner)
    test = Activity.objects.get(course_version=version, provider="assessments")
    address = reverse("assessments:quiz", args=[own.uuid, test.key])
    told = client.get(address).content.decode()
    assert SENTENCE in told
    start = reverse("assessments:start", args=[own.uuid, test.key])
    assert f'action="{start}"' not in told
    assert client.post(start)["Location"] == address
    with pytest.raises(NotOpenYet):
        start_attempt(enrollment=own, activity=test, actor=own.learner.actor, at=NOON)
    assert not Attempt.objects.exists()
    for page in made.lessons[:2]:
        client.post(reverse("cms:lesson_done", args=[own.uuid, key(page)]))
    assert f'action="{start}"' in client.get(address).content.decode()
    client.post(start)
    assert Attempt.objects.count() == 1


@pytest.mark.django_db
def test_the_course_page_of_a_learner_shows_the_reason_in_words() -> None:
    made, version = course()
    own = reading(version)
    page = signed_in(own.learner).get(reverse("portal:course", args=[own.uuid])).content.decode()
    assert page.count(SENTENCE) == 2
    assert "Not open yet" in page
    first = reverse("cms:lesson", args=[own.uuid, key(made.lessons[0])])
    assert f'{SENTENCE} <a href="{first}">' in page
