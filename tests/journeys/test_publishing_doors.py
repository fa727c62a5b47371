"""Every way in which Wagtail and wagtail-localize publish, tried by a trainer and by a superuser.

Behind each door stands an unapproved text; whatever happens, it must not become live.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Revision
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield
from wagtail_localize.models import LocaleSynchronization, Translation

from assessments.models import Item, Quiz
from cms import building
from cms.models import CoursePage, GlossaryTerm, LessonPage, ModulePage, StandardPage
from cms.models.parts import NotApproved
from tests.factories import assessments
from tests.factories.cms import (
    Written,
    both,
    edit,
    fresh,
    in_admin,
    published,
    term,
    term_data,
    written,
)
from tests.factories.people import PersonFactory
from training.accounts.models import User
from training.accounts.roles import Role
from training.catalogue.models import CourseVersion

pytestmark = pytest.mark.django_db

Enter = Callable[[Written], Client]
Committed = Callable[[], AbstractContextManager[Any]]


@pytest.fixture(params=["trainer", "superuser"])
def enter(request: pytest.FixtureRequest, client: Client, settings: Any) -> Enter:
    """Let the trainer who wrote the course, or a superuser, into the admin."""

    def entered(course: Written) -> Client:
        person: User = course.author
        if request.param == "superuser":
            person = PersonFactory(is_superuser=True)
        return in_admin(client, person, settings)

    return entered


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Committed:
    """Run what waits for the commit: wagtail-localize publishes only then."""
    return partial(django_capture_on_commit_callbacks, execute=True)


@pytest.fixture
def course() -> Written:
    return written(lessons=1)


@pytest.fixture
def translated() -> Written:
    return written(lessons=1, is_translated=True)


def nothing_is_live() -> bool:
    pages = Page.objects.filter(depth__gt=2)
    return not (
        pages.filter(live=True).exists()
        or pages.filter(live_revision__isnull=False).exists()
        or Item.objects.filter(live=True).exists()
        or Quiz.objects.filter(live=True).exists()
        or GlossaryTerm.objects.filter(live=True).exists()
    )


def lesson_form(**more: Any) -> dict[str, Any]:
    return (
        nested_form_data(
            {
                "title": "Publicada por la puerta",
                "slug": "publicada",
                "objective": "Pasar",
                "minutes": 10,
                "is_required": "on",
                "body": streamfield([]),
                "citations": streamfield([]),
                "comments": inline_formset([]),
                "seo_title": "",
                "search_description": "",
            }
        )
        | more
    )


# --- Pages ------------------------------------------------------------------------------------


def test_the_publish_button_of_the_editor(enter: Enter, course: Written) -> None:
    client = enter(course)
    lesson = course.lessons[0]
    response = client.post(
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        lesson_form(**{"action-publish": "action-publish"}),
    )
    assert response.status_code == 302
    assert fresh(lesson).get_latest_revision_as_object().title == "Publicada por la puerta"
    assert nothing_is_live()


def test_creating_and_publishing_in_one_go(enter: Enter, course: Written) -> None:
    client = enter(course)
    response = client.post(
        reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", course.module.pk]),
        lesson_form(**{"action-publish": "action-publish"}),
    )
    assert response.status_code == 302
    assert LessonPage.objects.filter(slug="publicada").exists()
    assert nothing_is_live()


def test_publishing_an_earlier_revision(enter: Enter, course: Written) -> None:
    client = enter(course)
    lesson = edit(course.lessons[0], course.author, objective="Otra")
    earliest = Revision.objects.for_instance(lesson).order_by("pk").first()
    assert earliest is not None
    client.post(
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        lesson_form(**{"action-publish": "action-publish", "revision": earliest.pk}),
    )
    assert nothing_is_live()


def test_scheduling(enter: Enter, course: Written) -> None:
    client = enter(course)
    lesson = course.lessons[0]
    past = timezone.now() - timedelta(minutes=1)
    client.post(
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        lesson_form(go_live_at=past.strftime("%Y-%m-%d %H:%M"), **{"action-publish": "yes"}),
    )
    assert fresh(lesson).get_latest_revision_as_object().go_live_at is None
    Revision.objects.for_instance(lesson).update(approved_go_live_at=past)
    with pytest.raises(NotApproved):
        call_command("publish_scheduled")
    assert nothing_is_live()


@pytest.mark.parametrize("deed", ["publish", "unpublish"])
def test_bulk_actions(enter: Enter, deed: str) -> None:
    course, _version = published(lessons=1)
    edit(course.lessons[0], course.author, objective="Sin aprobar")
    client = enter(course)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", deed])
    client.post(
        f"{address}?id={course.lessons[0].pk}&id={course.course.pk}",
        {"include_descendants": "on"},
    )
    lesson = fresh(course.lessons[0])
    assert lesson.live
    assert lesson.live_revision.content["objective"] == "Descomponer un relato."


def test_unpublishing_a_page(enter: Enter) -> None:
    course, _version = published(lessons=1)
    client = enter(course)
    client.post(reverse("wagtailadmin_pages:unpublish", args=[course.course.pk]))
    assert fresh(course.course).live


@pytest.mark.parametrize("how", [{"publish_copies": "on"}, {"alias": "on"}])
def test_copies_that_are_live_at_once(enter: Enter, how: dict[str, str]) -> None:
    course, _version = published(lessons=1)
    before = Page.objects.filter(live=True).count()
    client = enter(course)
    client.post(
        reverse("wagtailadmin_pages:copy", args=[course.course.pk]),
        {
            "new_title": "Copia",
            "new_slug": "copia",
            "new_parent_page": course.course.get_parent().pk,
            "copy_subpages": "on",
        }
        | how,
    )
    assert Page.objects.filter(live=True).count() == before
    assert client.get("/es/copia/").status_code == 404


def test_a_page_of_text_waits_too(enter: Enter, course: Written) -> None:
    page = building.create_standard_page(
        fresh(course.course).get_parent().specific,
        {"title": both("Acerca de"), "lede": both("Quiénes"), "body": both("<p>Texto</p>")},
        course.author,
    )
    client = enter(course)
    client.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        nested_form_data(
            {
                "title": "Acerca de",
                "slug": "acerca-de",
                "body": rich_text("<p>Sin leer</p>"),
                "comments": inline_formset([]),
                "action-publish": "yes",
            }
        ),
    )
    assert client.get("/es/acerca-de/").status_code == 404
    course.approve(page)
    assert StandardPage.objects.get(pk=page.pk).live


# --- wagtail-localize -------------------------------------------------------------------------


def test_the_publish_button_of_the_translation_editor(
    enter: Enter, translated: Written, committed: Committed
) -> None:
    client = enter(translated)
    with committed():
        for text in translated.texts[len(translated.texts) // 2 :]:
            client.post(reverse("wagtailadmin_pages:edit", args=[text.pk]), {"action": "publish"})
    assert nothing_is_live()


def test_publishing_while_synchronising(
    enter: Enter, translated: Written, committed: Committed
) -> None:
    client = enter(translated)
    with committed():
        for translation in Translation.objects.all():
            client.post(
                reverse("wagtail_localize:update_translations", args=[translation.source.pk]),
                {"publish_translations": "on"},
            )
    assert nothing_is_live()


def test_translating_a_published_page_publishes_no_untranslated_text(
    enter: Enter, committed: Committed
) -> None:
    course, _version = published(lessons=1)
    client = enter(course)
    english = building.Locale.objects.get(language_code="en")
    with committed():
        response = client.post(
            reverse("wagtail_localize:submit_page_translation", args=[course.course.pk]),
            {"locales": [english.pk], "include_subtree": "on"},
        )
    assert response.status_code == 302
    assert CoursePage.objects.filter(locale=english).exists()
    assert LessonPage.objects.filter(locale=english).exists()
    assert not Page.objects.filter(locale=english, depth__gt=2, live=True).exists()


@pytest.mark.parametrize("door", ["convert_to_alias", "stop_translation"])
def test_a_translation_cannot_be_cut_loose(enter: Enter, door: str) -> None:
    course, _version = published(lessons=1, is_translated=True)
    english = course.english(course.lessons[0])
    translation = Translation.objects.get(
        source__object_id=english.translation_key, target_locale=english.locale
    )
    pk = english.pk if door == "convert_to_alias" else translation.pk
    enter(course).post(reverse(f"wagtail_localize:{door}", args=[pk]))
    translation.refresh_from_db()
    assert translation.enabled
    assert fresh(english).alias_of is None


def test_aliases_made_by_synchronising_a_language_show_nothing_unread(enter: Enter) -> None:
    course, _version = published(lessons=1)
    locales = {locale.language_code: locale for locale in building.Locale.objects.all()}
    LocaleSynchronization.objects.create(locale=locales["en"], sync_from=locales["es"])
    alias = Page.objects.get(translation_key=course.course.translation_key, locale=locales["en"])
    assert enter(course).get(alias.get_url()).status_code == 404


# --- Questions and quizzes --------------------------------------------------------------------


@pytest.fixture
def item(course: Written) -> Item:
    draft = assessments.unsaved_item()
    draft.save()
    draft.save_revision(user=course.author)
    return draft


def test_the_publish_button_of_a_quiz(enter: Enter, course: Written, item: Item) -> None:
    client = enter(course)
    form = nested_form_data(
        {
            "name": "Directo",
            "items": streamfield([("item", item.pk)]),
            "cut_score": "0.7",
            "attempts_allowed": 3,
            "minutes": 30,
            "feedback": "each-attempt",
            "action-publish": "action-publish",
        }
    )
    response = client.post(reverse("wagtailsnippets_assessments_quiz:add"), form)
    assert response.status_code == 302, response.context["form"].errors
    quiz = Quiz.objects.get(name="Directo")
    assert nothing_is_live()
    client.post(reverse("wagtailsnippets_assessments_quiz:edit", args=[quiz.pk]), form)
    assert nothing_is_live()


def test_the_translation_editor_of_a_question(
    enter: Enter, course: Written, item: Item, committed: Committed
) -> None:
    client = enter(course)
    english = assessments.translated(item, is_approved=False)
    address = reverse("wagtailsnippets_assessments_item:edit", args=[english.pk])
    with committed():
        client.post(address, {"action": "publish"})
    assert nothing_is_live()


def test_unpublishing_a_question(enter: Enter, course: Written, item: Item) -> None:
    course.approve(item)
    client = enter(course)
    client.post(reverse("wagtailsnippets_assessments_item:unpublish", args=[item.pk]))
    item.refresh_from_db()
    assert item.live


# --- The glossary -----------------------------------------------------------------------------


@pytest.fixture
def word(course: Written) -> GlossaryTerm:
    return building.create_term(term_data(), course.author)


def term_form(**more: Any) -> dict[str, Any]:
    return {
        "term": "Consentimiento",
        "code": "consentimiento",
        "definition": "Sin leer",
        "provision": "CP 129-A",
    } | more


def test_the_publish_button_of_a_term(enter: Enter, course: Written) -> None:
    client = enter(course)
    form = term_form(**{"action-publish": "action-publish"})
    response = client.post(reverse("wagtailsnippets_cms_glossaryterm:add"), form)
    assert response.status_code == 302, response.context["form"].errors
    word = GlossaryTerm.objects.get(code="consentimiento")
    assert nothing_is_live()
    client.post(reverse("wagtailsnippets_cms_glossaryterm:edit", args=[word.pk]), form)
    assert nothing_is_live()


def test_an_earlier_revision_and_a_schedule_of_a_term(
    enter: Enter, course: Written, word: GlossaryTerm
) -> None:
    client = enter(course)
    edit(word, course.author, definition="Otra")
    earliest = Revision.objects.for_instance(word).order_by("pk").first()
    assert earliest is not None
    client.post(
        reverse("wagtailsnippets_cms_glossaryterm:edit", args=[word.pk]),
        term_form(**{"action-publish": "action-publish", "revision": earliest.pk}),
    )
    past = timezone.now() - timedelta(minutes=1)
    Revision.objects.for_instance(word).update(approved_go_live_at=past)
    with pytest.raises(NotApproved):
        call_command("publish_scheduled")
    assert nothing_is_live()


def test_the_translation_editor_of_a_term(
    enter: Enter, course: Written, word: GlossaryTerm, committed: Committed
) -> None:
    client = enter(course)
    told = GlossaryTerm(**building.term_fields(term_data(), "en"))
    english = building.translate(word, told, language="en", user=course.author)
    address = reverse("wagtailsnippets_cms_glossaryterm:edit", args=[english.pk])
    with committed():
        client.post(address, {"action": "publish"})
    assert nothing_is_live()


def test_unpublishing_a_term(enter: Enter, course: Written) -> None:
    word = term(course.author, course.reviewer)
    client = enter(course)
    client.post(reverse("wagtailsnippets_cms_glossaryterm:unpublish", args=[word.pk]))
    assert fresh(word).live


def test_nobody_approves_a_term_of_their_own(enter: Enter, course: Written) -> None:
    client = enter(course)
    client.post(reverse("wagtailsnippets_cms_glossaryterm:add"), term_form())
    word = GlossaryTerm.objects.get(code="consentimiento")
    building.submit_for_review(word, course.author)
    state = fresh(word).current_workflow_task_state
    client.post(
        reverse(
            "wagtailsnippets_cms_glossaryterm:workflow_action", args=[word.pk, "approve", state.pk]
        )
    )
    assert nothing_is_live()


# --- Publishing a course version --------------------------------------------------------------


def test_the_one_door_that_is_open(enter: Enter, translated: Written) -> None:
    client = enter(translated)
    address = reverse("cms_publish_course_version", args=[translated.course.pk])
    refused = client.post(address, {"note": "v1"})
    assert refused.status_code == 200
    assert not CourseVersion.objects.exists()
    translated.approve()
    assert client.get(address).status_code == 200
    assert not CourseVersion.objects.exists(), "looking publishes nothing"
    assert client.post(address, {"note": "v1"}).status_code == 302
    version = CourseVersion.objects.get()
    assert version.change_note == "v1"


@pytest.mark.parametrize("role", ["reviewer", "coordinator", "registrar"])
def test_other_roles_do_not_publish(role: str, client: Client, settings: Any) -> None:
    course = written(lessons=1)
    course.approve()
    person = course.reviewer if role == "reviewer" else PersonFactory(roles=[Role(role)])
    in_admin(client, person, settings)
    client.post(reverse("cms_publish_course_version", args=[course.course.pk]), {"note": ""})
    assert not CourseVersion.objects.exists()


def test_everything_is_sent_for_review_with_one_button(
    translated: Written, client: Client, settings: Any
) -> None:
    in_admin(client, translated.author, settings)
    address = reverse("cms_publish_course_version", args=[translated.course.pk])
    client.post(address, {"send": "yes"})
    assert all(fresh(page).workflow_in_progress for page in translated.texts)
    in_admin(client, translated.reviewer, settings)
    for page in translated.texts:
        state = fresh(page).current_workflow_task_state
        client.post(
            reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
        )
    assert translated.publish().number == 1


def test_a_trainer_cannot_approve_by_any_address(
    course: Written, client: Client, settings: Any
) -> None:
    lesson = course.lessons[0]
    course.author.groups.add(*course.reviewer.groups.all())
    in_admin(client, course.author, settings)
    client.post(reverse("cms_publish_course_version", args=[course.course.pk]), {"send": "yes"})
    state = fresh(lesson).current_workflow_task_state
    for address in (
        reverse("wagtailadmin_pages:workflow_action", args=[lesson.pk, "approve", state.pk]),
        reverse("wagtailadmin_pages:confirm_workflow_cancellation", args=[lesson.pk]),
    ):
        client.post(address)
    client.post(
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        lesson_form(**{"action-workflow-action": "yes", "workflow-action-name": "approve"}),
    )
    assert not fresh(lesson).live
    assert fresh(lesson).workflow_in_progress


# --- Trees ------------------------------------------------------------------------------------


def test_a_translated_tree_refuses_to_be_changed(enter: Enter) -> None:
    course, _version = published(lessons=2, is_translated=True)
    client = enter(course)
    english = course.english(course.lessons[0])
    module, root = english.get_parent(), course.english(course.course)

    def shape() -> list[tuple[str, str]]:
        return list(Page.objects.order_by("path").values_list("path", "slug"))

    before = shape()
    client.post(
        reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", module.pk]), lesson_form()
    )
    client.post(reverse("wagtailadmin_pages:delete", args=[english.pk]))
    client.post(reverse("wagtailadmin_pages:move_confirm", args=[english.pk, root.pk]))
    client.post(reverse("wagtailadmin_pages:move_confirm", args=[course.lessons[0].pk, module.pk]))
    client.post(reverse("wagtailadmin_pages:set_page_position", args=[english.pk]) + "?position=1")
    client.post(
        reverse("wagtailadmin_pages:copy", args=[english.pk]),
        {"new_title": "C", "new_slug": "c", "new_parent_page": module.pk},
    )
    client.post(
        reverse("wagtailadmin_pages:copy", args=[course.lessons[0].pk]),
        {"new_title": "C", "new_slug": "c", "new_parent_page": module.pk},
    )
    for deed, form in (("delete", {}), ("move", {"chooser": root.pk})):
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", deed])
        client.post(f"{address}?id={english.pk}", form)
    assert shape() == before


def test_translations_follow_a_reorder_a_move_and_a_deletion(enter: Enter) -> None:
    course, _version = published(lessons=3, is_translated=True)
    client = enter(course)
    first, second, third = course.lessons
    address = reverse("wagtailadmin_pages:set_page_position", args=[third.pk])
    client.post(f"{address}?position=0")

    def order(parent: Any) -> list[Any]:
        return [page.translation_key for page in fresh(parent).get_children()]

    english_module = course.english(course.module)
    expected = [third.translation_key, first.translation_key, second.translation_key]
    assert order(course.module) == expected
    assert order(english_module) == expected

    other = building.create_module(fresh(course.course), {"title": both("Módulo 2")}, course.author)
    told = ModulePage(**building.module_fields({"title": both("Módulo 2")}, "en"))
    english_other = building.translate(other, told, language="en", user=course.author)
    client.post(reverse("wagtailadmin_pages:move_confirm", args=[first.pk, other.pk]))
    assert order(other) == order(english_other) == [first.translation_key]

    client.post(reverse("wagtailadmin_pages:delete", args=[second.pk]))
    assert order(course.module) == order(english_module) == [third.translation_key]

    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    client.post(f"{bulk}?id={third.pk}")
    assert order(course.module) == order(english_module) == []


def test_nobody_deletes_the_front_page(enter: Enter, course: Written) -> None:
    home = course.course.get_parent()
    enter(course).post(reverse("wagtailadmin_pages:delete", args=[home.pk]))
    assert Page.objects.filter(pk=home.pk).exists()
