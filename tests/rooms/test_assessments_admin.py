"""Questions and quizzes in the Wagtail admin: written, judged, found; published by nobody."""

from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from assessments.marking import Kind
from assessments.models import Item, Quiz
from tests.factories.assessments import (
    approved_item,
    approved_quiz,
    bank,
    translated,
    unsaved_item,
)
from tests.factories.cms import in_admin, trainer

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(client: Client, settings: Any) -> Client:
    """A trainer in the admin, in English."""
    return in_admin(client, trainer(language="en"), settings)


def address(name: str, obj: Any = None, model: str = "item") -> str:
    return reverse(f"wagtailsnippets_assessments_{model}:{name}", args=[obj.pk] if obj else [])


def item_data(**changes: Any) -> dict[str, Any]:
    """Return what the form of a well-formed single choice sends."""
    options = changes.pop("options", [("uno", True), ("dos", False)])
    fields = {
        "bank": bank().pk,
        "code": "nueva",
        "kind": "single",
        "stem": rich_text("<p>¿Pregunta nueva?</p>"),
        "options": streamfield(
            [
                ("option", {"text": text, "is_correct": right, "feedback": ""})
                for text, right in options
            ]
        ),
        "number": "",
        "tolerance": "0",
        "unit": "",
        "number_feedback": "",
        "wrong_numbers": streamfield([]),
        "feedback": rich_text("<p>Explicación.</p>"),
        "competence": "C1",
        "bloom": "apply",
        "difficulty": "2",
        "points": "1",
        "citations": "CP 129-A.1",
        "legal_points": "",
        "reviewed_by": "",
        "check_by": "",
    }
    data: dict[str, Any] = nested_form_data(fields | changes)
    return data


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def errors(response: Any) -> str:
    """Return what the page says is wrong; streams are told it through an attribute."""
    page = BeautifulSoup(response.content, "html.parser")
    told = [error.get_text(" ") for error in page.select(".error-message")]
    told += [str(block["data-w-block-arguments-value"]) for block in page.select("[data-block]")]
    return " ".join(told)


# --- questions --------------------------------------------------------------------------------


def test_a_trainer_writes_a_draft(author: Client) -> None:
    response = author.post(address("add"), item_data())
    item = Item.objects.get()
    assert response.url == address("edit", item)
    assert not item.live
    draft = item.get_latest_revision_as_object()
    assert [block.value["is_correct"] for block in draft.options] == [True, False]
    assert draft.latest_revision.user.display_name == "Tina"
    assert all(block.id for block in draft.options)


def test_an_unfinished_draft_can_be_kept(author: Client) -> None:
    author.post(address("add"), item_data(options=[]))
    assert Item.objects.get().code == "nueva"


@pytest.mark.parametrize(
    ("changes", "explanation"),
    [
        ({"options": [("uno", True), ("dos", True)]}, "Mark exactly one option as right."),
        ({"options": [("uno", False), ("dos", False)]}, "Mark exactly one option as right."),
        ({"options": [("uno", True)]}, "Give at least two options."),
        ({"options": [("uno", True), ("Uno ", False)]}, "Two options say the same."),
        ({"kind": "multiple", "options": [("a", True), ("b", True)]}, "All options are right"),
        ({"kind": "multiple", "options": [("a", False), ("b", False)]}, "Mark at least one"),
        ({"kind": "numeric"}, "A question that asks for a number has no options"),
        ({"kind": "numeric", "options": []}, "Give the right number."),
        ({"number": "3"}, "Only a question that asks for a number has one"),
        ({"options": []}, "Give at least two options."),
        ({"options": []}, "Mark exactly one option as right."),
        (
            {"kind": "true_false", "options": [("a", True), ("b", False), ("c", False)]},
            "True or false has exactly two options",
        ),
    ],
)
def test_what_cannot_be_asked_is_explained_before_review(
    author: Client, changes: dict[str, Any], explanation: str
) -> None:
    data = item_data(**changes) | {"action-submit": "Submit"}
    response = author.post(address("add"), data)
    assert response.status_code == 200
    assert explanation in errors(response)
    assert not Item.objects.exists()


def test_a_well_formed_question_goes_to_review_and_is_not_published(author: Client) -> None:
    author.post(address("add"), item_data() | {"action-submit": "Submit"})
    item = Item.objects.get()
    assert item.current_workflow_state is not None
    assert not item.live


def test_nobodys_role_may_publish_questions_or_quizzes(author: Client) -> None:
    for model in ("item", "quiz"):
        publish = Permission.objects.get(
            content_type__app_label="assessments", codename=f"publish_{model}"
        )
        assert not Group.objects.filter(permissions=publish).exists()


def test_a_trainer_who_asks_to_publish_does_not(author: Client) -> None:
    author.post(address("add"), item_data() | {"action-publish": "Publish"})
    assert not Item.objects.filter(live=True).exists()
    item = approved_item()
    before = item.stem
    data = item_data(stem=rich_text("<p>¿Cambiada?</p>")) | {"action-publish": "Publish"}
    author.post(address("edit", item), data)
    author.post(address("unpublish", item))
    item.refresh_from_db()
    assert (item.live, item.stem) == (True, before)


def test_questions_are_found_by_what_they_are(author: Client) -> None:
    approved_item(Kind.SINGLE, code="q-una", competence="C1", stem="<p>¿Qué es captación?</p>")
    approved_item(Kind.NUMERIC, code="q-dos", competence="C4", stem="<p>¿Cuántos años?</p>")
    unsaved_item(code="q-tres", competence="C4", stem="<p>¿Qué es acogida?</p>").save()

    call_command("update_index", verbosity=0)

    def listed(**query: str) -> set[str]:
        page = author.get(address("list"), query)
        assert page.status_code == 200
        return {code for code in ("q-una", "q-dos", "q-tres") if code in words(page)}

    assert listed() == {"q-una", "q-dos", "q-tres"}
    assert listed(kind="numeric") == {"q-dos"}
    assert listed(competence="C4") == {"q-dos", "q-tres"}
    assert listed(state="draft") == {"q-tres"}
    assert listed(state="approved") == {"q-una", "q-dos"}
    assert listed(q="captación") == {"q-una"}
    assert listed(q="acogida", competence="C4", state="draft") == {"q-tres"}
    item = Item.objects.get(code="q-una")
    item.save_revision()
    item.refresh_from_db()
    item.stem = "<p>¿Y ahora?</p>"
    item.save_revision()
    assert listed(state="changed") == {"q-una"}


def test_the_list_costs_the_same_for_few_and_for_many(author: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert author.get(address("list")).status_code == 200
        return len(captured)

    for _number in range(3):
        approved_item()
    cost()
    few = cost()
    for _number in range(12):
        approved_item()
    assert cost() == few


@pytest.mark.parametrize("kind", list(Kind))
def test_the_preview_shows_the_question_and_its_explanation(author: Client, kind: str) -> None:
    item = approved_item(kind)
    data = item_data(kind=kind) if kind == Kind.SINGLE else {}
    preview = reverse("wagtailsnippets_assessments_item:preview_on_edit", args=[item.pk])
    if data:
        assert author.post(preview, data).json()["is_valid"]
    page = author.get(preview)
    assert page.status_code == 200
    if data:
        assert "¿Pregunta nueva?" in words(page)
        assert "Explicación." in words(page)
        assert len(BeautifulSoup(page.content, "html.parser").select("input[type=radio]")) == 2


def test_a_translation_offers_texts_only(author: Client) -> None:
    item = approved_item(Kind.SINGLE)
    row = translated(item)
    page = author.get(address("edit", row))
    assert page.status_code == 200
    html = page.content.decode()
    assert "Porque EN uno" in html
    assert "is_correct" not in html
    assert "single choice" not in words(page)


# --- quizzes ----------------------------------------------------------------------------------


def quiz_data(items: list[Item], **changes: Any) -> dict[str, Any]:
    fields = {
        "name": "Cuestionario",
        "items": streamfield([("item", item.pk) for item in items]),
        "cut_score": "0.7",
        "attempts_allowed": "3",
        "minutes": "30",
        "shuffle_items": "on",
        "shuffle_options": "on",
        "feedback": "each-attempt",
    }
    data: dict[str, Any] = nested_form_data(fields | changes)
    return data


def test_a_quiz_refers_to_questions_by_the_key_that_languages_share(author: Client) -> None:
    item = approved_item()
    row = translated(item)
    author.post(address("add", model="quiz"), quiz_data([item, row]))
    quiz = Quiz.objects.get().get_latest_revision_as_object()
    assert quiz.item_keys == [item.translation_key, item.translation_key]
    assert [block.value for block in quiz.items] == [item, item]
    assert author.get(address("edit", quiz, model="quiz")).status_code == 200


@pytest.mark.parametrize(
    ("times", "explanation"),
    [(0, "A quiz needs at least one question."), (2, "The same question stands twice: q-una.")],
)
def test_a_quiz_that_cannot_be_asked_is_explained_before_review(
    author: Client, times: int, explanation: str
) -> None:
    items = [approved_item(code="q-una")] * times
    data = quiz_data(items) | {"action-submit": "Submit"}
    response = author.post(address("add", model="quiz"), data)
    assert response.status_code == 200
    assert explanation in errors(response)


def test_a_trainer_does_not_publish_a_quiz(author: Client) -> None:
    quiz = approved_quiz([approved_item()])
    data = quiz_data([approved_item()], cut_score="0.1") | {"action-publish": "Publish"}
    author.post(address("edit", quiz, model="quiz"), data)
    author.post(address("unpublish", quiz, model="quiz"))
    quiz.refresh_from_db()
    assert (quiz.live, quiz.cut_score) == (True, Decimal("0.7"))


def test_the_list_of_quizzes_and_banks_opens(author: Client) -> None:
    approved_quiz([approved_item()])
    assert "Quiz" in words(author.get(address("list", model="quiz")))
    assert "Fundamentos" in words(author.get(address("list", model="bank")))
