"""Items and quizzes: what is translated, what is frozen, and what then never changes."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import DatabaseError, connection, models, transaction
from wagtail.fields import RichTextField, StreamField
from wagtail_localize.models import TranslationSource
from wagtail_localize.segments.extract import extract_segments
from wagtail_localize.segments.types import OverridableSegmentValue

from assessments.loading import save_item_draft, save_quiz_draft
from assessments.marking import Kind, mark
from assessments.models import Item, ItemVersion, Quiz, QuizVersion
from assessments.provider import QuizProvider
from assessments.publishing import (
    ItemIncomplete,
    ItemNeedsLawyer,
    ItemNotApproved,
    ItemTwice,
    QuizEmpty,
    QuizNotApproved,
)
from assessments.rules import item_problems
from assessments.snapshots import shape_of
from tests.factories.assessments import (
    TITLES,
    answer_all,
    approve,
    approved_item,
    approved_quiz,
    bank,
    begun,
    freeze,
    locale,
    option,
    right_answer,
    start,
    submitted,
    translated,
    unsaved_item,
)
from tests.factories.learning import LearnerFactory
from training.audit.queries import events_of
from training.kernel.activities import ActivityReference, provider_named

pytestmark = pytest.mark.django_db

DEMONSTRATION = Path(__file__).resolve().parents[2] / "cms/demonstration/course/items.yaml"


# --- translation ------------------------------------------------------------------------------


def full_item(kind: str) -> Item:
    """An item in which every text of its kind says something of its own."""
    return approved_item(kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_text_of_an_item_is_offered_to_translators_and_nothing_else(kind: str) -> None:
    item = full_item(kind)
    segments = extract_segments(item)
    strings = {segment.render_text() for segment in segments if hasattr(segment, "render_text")}
    options = [block.value for block in item.options]
    wrong = [block.value for block in item.wrong_numbers]
    texts = {
        item.stem.removeprefix("<p>").removesuffix("</p>"),
        item.feedback.removeprefix("<p>").removesuffix("</p>"),
        item.unit,
        item.number_feedback,
        *(value[part] for value in options for part in ("text", "feedback")),
        *(value["feedback"] for value in wrong),
    } - {""}
    assert strings == texts
    assert not any(isinstance(segment, OverridableSegmentValue) for segment in segments)


def test_every_field_of_an_item_is_declared_translated_or_synchronised() -> None:
    technical = {
        "id", "live", "has_unpublished_changes", "first_published_at", "last_published_at",
        "go_live_at", "expire_at", "expired", "live_revision", "latest_revision", "locked",
        "locked_at", "locked_by", "translation_key", "locale", "_revisions", "_workflow_states",
        "index_entries",
    }  # fmt: skip
    own = {
        field.name
        for field in Item._meta.get_fields()
        if isinstance(field, models.Field) and field.name not in technical
    }
    declared = {field.field_name: type(field).__name__ for field in Item.translatable_fields}
    assert set(declared) == own
    texts = {name for name, kind in declared.items() if kind == "TranslatableField"}
    assert texts == {"stem", "options", "unit", "number_feedback", "wrong_numbers", "feedback"}
    assert isinstance(Item._meta.get_field("stem"), RichTextField)
    assert isinstance(Item._meta.get_field("options"), StreamField)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_translation_keeps_the_identifiers_of_options_and_says_everything(kind: str) -> None:
    item = full_item(kind)
    row = translated(item)
    assert [block.id for block in row.options] == [block.id for block in item.options]
    assert [block.id for block in row.wrong_numbers] == [b.id for b in item.wrong_numbers]
    assert row.stem.startswith("<p>EN ")
    assert all(block.value["text"].startswith("EN ") for block in row.options)
    assert (row.kind, row.code, row.number) == (item.kind, item.code, item.number)


# --- freezing ---------------------------------------------------------------------------------


def test_a_version_holds_the_key_from_the_source_and_texts_by_language() -> None:
    item = approved_item(Kind.SINGLE)
    translated(item)
    frozen = freeze(approved_quiz([item])).items.get()
    assert set(frozen.texts) == {"es", "en"}
    assert [row["is_correct"] for row in frozen.structure["options"]] == [True, False, False]
    first = frozen.option_ids[0]
    assert frozen.texts["es"]["options"][first]["text"] == "uno"
    assert frozen.texts["en"]["options"][first] == {"text": "EN uno", "feedback": "Porque EN uno"}
    assert frozen.structure["citations"] == ["CP 129-A.1", "CP 129-A.3"]


def test_a_key_mended_in_spanish_is_mended_in_every_language() -> None:
    item = approved_item(Kind.SINGLE)
    translated(item)
    quiz = approved_quiz([item])
    old = freeze(quiz).items.get()
    item.options = [
        option(block.value["text"], is_correct=place == 1, key=block.id)
        for place, block in enumerate(item.options)
    ]
    approve(item)
    english = Item.objects.get(translation_key=item.translation_key, locale=locale("en"))
    assert english.options[0].value["is_correct"], "the translated row still has the old key"
    new = freeze(quiz).items.get()
    assert (old.number, new.number) == (1, 2)
    assert set(new.texts) == {"es", "en"}
    answer = new.option_ids[1]
    assert mark(kind=new.kind, structure=new.structure, answer=answer) == 1
    assert mark(kind=old.kind, structure=old.structure, answer=answer) == 0


def test_an_unapproved_translation_is_left_out_and_a_later_draft_does_not_replace_it() -> None:
    item = approved_item(Kind.SINGLE)
    translated(item, is_approved=False)
    quiz = approved_quiz([item])
    assert set(freeze(quiz).items.get().texts) == {"es"}
    row = approve(Item.objects.get(translation_key=item.translation_key, locale=locale("en")))
    approved = freeze(quiz).items.get()
    assert approved.texts["en"]["stem"] == row.stem
    source = TranslationSource.objects.get_for_instance(item)
    draft = source.translations.get(target_locale=locale("en"))
    segment = source.stringsegment_set.order_by("order").first()
    segment.string.translations.update(data="Unseen by any reviewer")
    draft.save_target(publish=False)  # wagtail-localize writes this over the row
    row.refresh_from_db()
    assert "Unseen" in row.stem
    assert freeze(quiz).items.get() == approved


def test_a_translation_that_lacks_an_option_waits_until_it_catches_up() -> None:
    item = approved_item(Kind.SINGLE)
    translated(item)
    quiz = approved_quiz([item])
    item.options = [*item.options.raw_data, option("cuatro")]
    approve(item)
    assert set(freeze(quiz).items.get().texts) == {"es"}


def test_unchanged_content_is_frozen_once() -> None:
    items = [approved_item(kind) for kind in Kind]
    quiz = approved_quiz(items)
    first = freeze(quiz)
    approve(items[0])  # approved again without a change
    approve(quiz)
    assert freeze(quiz) == first
    assert ItemVersion.objects.count() == len(items)
    assert len(events_of(first)) == 1


def test_changed_terms_make_a_new_version_of_the_quiz_and_none_of_its_items() -> None:
    item = approved_item()
    quiz = approved_quiz([item])
    first = freeze(quiz)
    quiz.cut_score = Decimal("0.8")
    approve(quiz)
    second = freeze(quiz)
    assert (first.number, second.number) == (1, 2)
    assert (first.cut_score, second.cut_score) == (Decimal("0.7"), Decimal("0.8"))
    assert ItemVersion.objects.count() == 1
    assert freeze(quiz, titles=TITLES | {"en": "Another title"}).number == 3


def test_a_draft_of_an_item_reaches_nobody() -> None:
    item = approved_item()
    quiz = approved_quiz([item])
    first = freeze(quiz)
    item.stem = "<p>¿Borrador?</p>"
    item.save_revision()
    quiz.attempts_allowed = 1
    quiz.save_revision()
    assert freeze(quiz) == first


def test_nothing_unapproved_is_frozen() -> None:
    draft = unsaved_item(code="borrador")
    draft.save()
    draft.save_revision()
    approved = approved_item()
    with pytest.raises(ItemNotApproved) as failure:
        freeze(approved_quiz([approved, draft]))
    assert failure.value.items == ["borrador"]
    quiz = Quiz(name="Draft", live=False)
    quiz.save()
    with pytest.raises(QuizNotApproved):
        freeze(quiz)
    assert not QuizVersion.objects.exists()
    assert not ItemVersion.objects.exists()


def test_a_quiz_that_cannot_be_asked_is_not_frozen() -> None:
    with pytest.raises(QuizEmpty):
        freeze(approved_quiz([]))
    item = approved_item()
    with pytest.raises(ItemTwice):
        freeze(approved_quiz([item, item]))
    with pytest.raises(ItemNeedsLawyer) as needs:
        freeze(approved_quiz([approved_item(code="dudoso", legal_points="L-04")]))
    assert needs.value.items == ["dudoso"]
    with pytest.raises(ItemIncomplete):
        freeze(approved_quiz([approved_item(options=[option("uno", is_correct=True)])]))


def test_an_item_deleted_by_its_author_keeps_serving_the_frozen_quiz() -> None:
    item = approved_item()
    quiz = approved_quiz([item])
    version = freeze(quiz)
    item.delete()
    quiz.delete()
    assert version.items.get().texts["es"]["stem"]
    with pytest.raises(Quiz.DoesNotExist):
        freeze(quiz)


# --- what never changes -----------------------------------------------------------------------


def test_a_later_edit_changes_no_past_attempt() -> None:
    attempt = begun(*(items := [approved_item(kind) for kind in Kind]))
    answer_all(attempt)
    before = submitted(attempt)
    paper = before.paper
    for item in items:
        item.stem = "<p>¿Otra cosa?</p>"
        item.options = [option("otra", is_correct=True), option("más")] if item.options else []
        item.number = Decimal(99) if item.number is not None else None
        approve(item)
    freeze(Quiz.objects.get())
    attempt.refresh_from_db()
    assert (attempt.paper, attempt.scaled) == (paper, Decimal(1))
    assert {response.item_version.number for response in attempt.responses.all()} == {1}
    again = start(attempt.enrollment, attempt.quiz_version)
    answer_all(again)
    assert submitted(again).scaled == 1, "the pinned version is served until the learner is moved"


@pytest.mark.parametrize("table", ["itemversion", "quizversion", "quizversionitem"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_versions_are_append_only_also_for_raw_sql(table: str, sql: str) -> None:
    freeze(approved_quiz([approved_item()]))
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(f"assessments_{table}"))


def test_the_provider_knows_frozen_quizzes_only() -> None:
    version = freeze(approved_quiz([approved_item()]))
    provider = provider_named("assessments")
    assert isinstance(provider, QuizProvider)
    reference = ActivityReference("assessments", version.key, 1)
    assert provider.digest(activity=reference) == version.digest
    with pytest.raises(LookupError):
        provider.digest(activity=ActivityReference("assessments", version.key, 2))


# --- loading ----------------------------------------------------------------------------------


def demonstration() -> list[dict[str, Any]]:
    return yaml.safe_load(DEMONSTRATION.read_text())


def test_the_demonstration_loads_as_drafts_in_both_languages_and_twice_is_once() -> None:
    locale("en")
    trainer = LearnerFactory()
    for _time in range(2):
        items = [save_item_draft(data=data, bank=bank(), user=trainer) for data in demonstration()]
    assert Item.objects.count() == 2 * len(items)
    assert not Item.objects.filter(live=True).exists()
    assert {item.kind for item in items} == set(Kind)
    for item, data in zip(items, demonstration(), strict=True):
        assert item_problems(shape_of(item)) == [], item.code
        english = Item.objects.get(translation_key=item.translation_key, locale=locale("en"))
        assert item.latest_revision.user == english.latest_revision.user == trainer
        assert bool(item.legal_points) == (data["review"] == "lawyer")
        spoken = [block.value["text"] for block in english.options]
        assert spoken == [" ".join(o["text"]["en"].split()) for o in data.get("options", [])]
        assert english.unit == data.get("numeric", {}).get("unit", {}).get("en", "")


def test_the_demonstration_can_be_frozen_and_its_key_earns_everything() -> None:
    locale("en")
    trainer = LearnerFactory()
    usable = [data for data in demonstration() if data["review"] == "none"]
    items = [save_item_draft(data=data, bank=bank(), user=trainer) for data in usable]
    quiz_data = {"key": "all", "name": "All", "cut_score": 0.7, "attempts": 2}
    quiz = save_quiz_draft(data=quiz_data, items=items, user=trainer)
    assert save_quiz_draft(data=quiz_data, items=items, user=trainer) == quiz
    for draft in [*Item.objects.all(), quiz]:
        approve(draft)
    version = freeze(quiz)
    assert [v.key for v in version.items.order_by("places__order")] == [
        item.translation_key for item in items
    ]
    for frozen in version.items.all():
        assert set(frozen.texts) == {"es", "en"}
        given = right_answer(frozen)
        answer: Any = given if frozen.kind == Kind.MULTIPLE else given[0]
        assert mark(kind=frozen.kind, structure=frozen.structure, answer=answer) == 1
