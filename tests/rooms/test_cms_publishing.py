"""What a course version freezes, and that nothing moves it afterwards."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from wagtail.images import get_image_model
from wagtail.models import Page

from assessments.models import QuizVersion
from cms import building, publishing
from cms.material import Notice
from cms.models import Approval, LessonPage, LessonVersion
from cms.publishing import CannotPublish, Change, preview_of_publication
from tests.factories.cms import (
    approved,
    both,
    edit,
    fresh,
    lesson_data,
    published,
    reading,
    reviewed_quiz,
    written,
)
from training.catalogue.models import Activity, Course, CourseVersion
from training.institutions.models import Country

pytestmark = pytest.mark.django_db


def texts(notices: list[Notice]) -> str:
    return " | ".join(notice.text for notice in notices)


def test_a_version_freezes_texts_order_and_weights_in_both_languages() -> None:
    course, version = published(lessons=2, quizzes=1, is_translated=True)
    assert version.number == 1
    assert version.titles == {"es": course.course.title, "en": f"EN {course.course.title}"}
    assert version.syllabus == {"es": ["Módulo 1"], "en": ["EN Módulo 1"]}
    assert [module["title"]["en"] for module in version.outline] == ["EN Módulo 1"]
    activities = list(Activity.objects.filter(course_version=version))
    assert [activity.provider for activity in activities] == ["cms", "cms", "assessments"]
    assert [activity.key for activity in activities] == [
        *(str(page.translation_key) for page in course.lessons),
        str(course.quiz_pages[0].quiz.key),
    ]
    assert [activity.weight for activity in activities] == [0, 0, 1]
    quiz = QuizVersion.objects.get(key=activities[2].key)
    assert quiz.titles == both("Cuestionario 1")


def test_a_frozen_lesson_has_numbered_notes_and_clean_html() -> None:
    _course, _version = published(lessons=1)
    text = LessonVersion.objects.get().texts["es"]
    assert [(c["key"], c["number"]) for c in text["citations"]] == [
        ("cp-129-b", 1),
        ("cp-129-a", 2),
    ]
    first, second = text["body"][:2]
    assert first["notes"] == ["cp-129-b"]
    assert second["notes"] == ["cp-129-a"]
    assert second["block"]["html"].count('href="#note-1"') == 1
    assert "[[" not in first["block"]["html"] + second["block"]["html"]
    assert text["review"]["by"] == "Rita"


def test_an_author_s_markup_cannot_carry_a_script_into_a_lesson() -> None:
    course = written(lessons=0)
    data = lesson_data(
        1,
        body=[
            {"type": "text", **both('<p onclick="x()">a<script>x()</script></p>')},
            {
                "type": "steps",
                **{
                    code: {"title": "T", "steps": [{"title": "a", "text": "<b>"}] * 2}
                    for code in ("es", "en")
                },
            },
        ],
    )
    course.texts.append(building.create_lesson(course.module, data, course.author))
    course.approve()
    course.publish()
    body = LessonVersion.objects.get().texts["es"]["body"]
    assert body[0]["block"]["html"] == "<p>a</p>"
    assert body[1]["block"]["steps"][0]["html"] == "&lt;b&gt;"


@pytest.mark.parametrize("deed", ["edit", "unpublish", "delete"])
def test_learners_keep_the_pinned_version_whatever_happens_to_the_page(
    deed: str, client: Any
) -> None:
    course, version = published(lessons=2)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    address = f"/learn/{enrollment.uuid}/{course.lessons[0].translation_key}/"
    before = client.get(address)
    assert "Descomponer un relato." in before.content.decode()

    if deed == "edit":
        edit(course.lessons[0], course.author, objective="Otra cosa")
        course.approve(course.lessons[0])
        assert course.publish().number == 2
    elif deed == "unpublish":
        fresh(course.lessons[0]).unpublish()
        assert not fresh(course.lessons[0]).live
    else:
        fresh(course.course).delete()
        assert not LessonPage.objects.exists()

    after = client.get(address)
    assert after.status_code == 200
    assert "Descomponer un relato." in after.content.decode()
    assert "Otra cosa" not in after.content.decode()


def test_a_new_edition_gets_the_new_text() -> None:
    course, _first = published(lessons=1)
    edit(course.lessons[0], course.author, objective="Otra cosa")
    course.approve(course.lessons[0])
    second = course.publish()
    numbers = LessonVersion.objects.values_list("number", "texts__es__objective")
    assert list(numbers) == [(1, "Descomponer un relato."), (2, "Otra cosa")]
    assert Activity.objects.get(course_version=second).version == 2


def test_what_did_not_change_is_not_frozen_again() -> None:
    course, _first = published(lessons=2, quizzes=1)
    edit(course.lessons[0], course.author, minutes=50)
    course.approve(course.lessons[0])
    course.publish()
    assert LessonVersion.objects.filter(key=course.lessons[0].translation_key).count() == 2
    assert LessonVersion.objects.filter(key=course.lessons[1].translation_key).count() == 1
    assert QuizVersion.objects.count() == 1


def test_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    course = approved(lessons=2)
    second = course.lessons[1].pk
    freeze = publishing.freeze_lesson

    def failing(lesson: Any, **kwargs: Any) -> LessonVersion:
        if lesson.page.pk == second:
            raise RuntimeError("the disk is full")
        return freeze(lesson, **kwargs)

    monkeypatch.setattr(publishing, "freeze_lesson", failing)
    with pytest.raises(RuntimeError):
        course.publish()
    assert not LessonVersion.objects.exists()
    assert not CourseVersion.objects.exists()
    assert not Course.objects.exists()
    assert not Page.objects.filter(pk__in=[page.pk for page in course.texts], live=True).exists()


def test_publishing_makes_the_approved_drafts_live_together() -> None:
    course = approved(lessons=2, is_translated=True)
    assert not any(fresh(page).live for page in course.texts)
    course.publish()
    assert all(fresh(page).live for page in course.texts)


def test_an_unapproved_lesson_that_is_required_stands_in_the_way() -> None:
    course = written(lessons=2)
    course.approve(course.course, course.module, course.lessons[0])
    with pytest.raises(CannotPublish) as refusal:
        course.publish()
    assert [problem.page.pk for problem in refusal.value.problems] == [course.lessons[1].pk]
    assert not CourseVersion.objects.exists()


def test_an_unapproved_lesson_that_is_optional_is_left_out() -> None:
    course = written(lessons=2)
    page = fresh(course.lessons[1])
    page.is_required = False
    page.save()
    course.approve(course.course, course.module, course.lessons[0])
    version = course.publish()
    assert [a.key for a in version.activities.all()] == [str(course.lessons[0].translation_key)]


def test_a_draft_newer_than_the_approval_is_left_out_and_said() -> None:
    course = approved(lessons=1)
    edit(course.lessons[0], course.author, objective="Sin aprobar")
    publication = preview_of_publication(course.course)
    assert publication.can_be_published
    assert course.lessons[0].pk in [warning.page.pk for warning in publication.warnings]
    course.publish()
    assert LessonVersion.objects.get().texts["es"]["objective"] == "Descomponer un relato."


def test_a_question_that_nobody_approved_stands_in_the_way() -> None:
    course = written(lessons=1, quizzes=1)
    course.approve()
    item = course.quiz_pages[0].quiz.live_revision.as_object().items[0].value
    item.stem = "<p>¿Otra pregunta?</p>"
    item.save_revision(user=course.author).publish()  # a door that somebody left open
    publication = preview_of_publication(course.course)
    assert item.code in texts(publication.problems)
    with pytest.raises(CannotPublish):
        course.publish()


def test_a_translation_that_lags_behind_is_left_out() -> None:
    course, _first = published(lessons=1, is_translated=True)
    edit(course.lessons[0], course.author, objective="Otra cosa")
    course.approve(course.lessons[0])
    course.publish()
    latest = LessonVersion.objects.order_by("number").last()
    assert latest is not None
    assert list(latest.texts) == ["es"]


def test_a_missing_language_is_a_warning() -> None:
    course = approved(lessons=1)
    publication = preview_of_publication(course.course)
    assert publication.can_be_published
    assert [line.missing_languages for line in publication.activities] == [["en"]]


def test_a_country_without_its_pack_stands_in_the_way() -> None:
    course = approved(lessons=1)
    Country.objects.all().delete()
    with pytest.raises(CannotPublish, match="PE"):
        course.publish()


def test_only_the_tree_of_the_source_language_is_published() -> None:
    course = approved(lessons=1, is_translated=True)
    course.course = course.english(course.course)
    with pytest.raises(CannotPublish):
        course.publish()


def test_the_author_sees_beforehand_what_changes_and_whom_it_affects() -> None:
    course, version = published(lessons=3, quizzes=1)
    reading(version)
    first, second, third = course.lessons
    edit(first, course.author, minutes=10)
    course.approve(first)
    fresh(second).delete()
    building.create_lesson(course.module, lesson_data(9), course.author)
    new = LessonPage.objects.get(title="Lección 9")
    course.approve(new)

    publication = preview_of_publication(fresh(course.course))
    changes = {line.title: line.change for line in publication.activities}
    assert changes == {
        first.title: Change.CHANGED,
        second.title: Change.REMOVED,
        third.title: Change.UNCHANGED,
        "Lección 9": Change.ADDED,
        "Cuestionario 1": Change.UNCHANGED,
    }
    assert [(a.version, a.learners) for a in publication.affected] == [(1, 1)]
    assert LessonVersion.objects.count() == 3, "looking freezes nothing"
    assert course.publish().number == 2


def test_a_reorder_is_noticed() -> None:
    course, _version = published(lessons=3)
    last = fresh(course.lessons[2])
    last.move(fresh(course.lessons[0]), pos="left")
    publication = preview_of_publication(course.course)
    moved = [line.title for line in publication.activities if line.change is Change.MOVED]
    assert moved == [last.title]
    version = course.publish()
    assert [a.order for a in version.activities.all()] == [0, 1, 2]
    assert version.activities.first().key == str(last.translation_key)


def test_publishing_twice_without_a_change_is_refused_beforehand() -> None:
    course, _version = published(lessons=1)
    assert not preview_of_publication(course.course).can_be_published


def test_a_quiz_can_stand_in_two_courses() -> None:
    course, _version = published(lessons=1)
    quiz = reviewed_quiz(course)
    place = building.create_quiz_page(
        course.module, {"title": both("Prueba"), "introduction": both("Lea.")}, quiz, course.author
    )
    course.approve(place)
    assert course.publish().activities.filter(provider="assessments").count() == 1


@pytest.mark.parametrize("model", [LessonVersion, Approval])
@pytest.mark.parametrize("verb", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
def test_what_is_frozen_resists_raw_sql(model: Any, verb: str) -> None:
    published(lessons=1)
    table = model._meta.db_table
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table=table))
    assert model.objects.exists()


def test_a_picture_survives_its_deletion_from_the_library() -> None:
    course = written(lessons=0)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"></svg>'
    image = get_image_model().objects.create(
        title="elements", file=ContentFile(svg, name="elements.svg"), width=60, height=40
    )
    block = {
        "type": "image",
        "file": "elements.svg",
        **{code: {"alt": f"{code} Tres figuras", "caption": ""} for code in ("es", "en")},
    }
    course.texts.append(
        building.create_lesson(
            course.module, lesson_data(1, body=[block]), course.author, {"elements.svg": image}
        )
    )
    course.approve()
    course.publish()
    image.file.delete(save=False)
    image.delete()
    kept = LessonVersion.objects.get().texts["es"]["body"][0]["block"]
    assert (kept["width"], kept["height"], kept["alt"]) == (60, 40, "es Tres figuras")
    with default_storage.open(kept["file"]) as file:
        assert file.read() == svg
