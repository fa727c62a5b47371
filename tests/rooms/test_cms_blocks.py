"""Blocks: each has a preview, and every text of it reaches the translators."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from wagtail.blocks import (
    CharBlock,
    ListBlock,
    RichTextBlock,
    StreamBlock,
    StructBlock,
    StructBlockValidationError,
    TextBlock,
)
from wagtail.fields import StreamField
from wagtail.models import TranslatableMixin
from wagtail_localize.segments import StringSegmentValue
from wagtail_localize.segments.extract import StreamFieldSegmentExtractor

from cms.blocks import LESSON_BLOCKS, CodeBlock
from cms.blocks.notes import Notes, top_level
from cms.building import lesson_fields
from cms.models import LessonPage
from tests.factories.cms import lesson_data

OURS = ("cms", "assessments")


def translatable_models() -> list[type[TranslatableMixin]]:
    return [
        model
        for model in apps.get_models()
        if issubclass(model, TranslatableMixin) and model._meta.app_label in OURS
    ]


@pytest.mark.parametrize("model", translatable_models(), ids=lambda model: model.__name__)
def test_a_translatable_model_says_what_is_translated(model: Any) -> None:
    assert "translatable_fields" in vars(model), "undeclared fields are offered to translators"
    declared = {field.field_name for field in model.translatable_fields}
    own = {
        field.name
        for field in model._meta.local_fields
        if field.editable and not field.auto_created and not field.primary_key
    }
    technical = {"live", "go_live_at", "expire_at", "locale", "translation_key", "locked"}
    technical |= {"latest_revision", "live_revision", "page_ptr", "locked_by", "locked_at"}
    technical |= {"has_unpublished_changes", "first_published_at", "last_published_at", "expired"}
    assert own - technical <= declared


def stream_fields() -> Iterator[tuple[str, StreamField]]:
    for model in translatable_models():
        for field in model._meta.get_fields():
            if isinstance(field, StreamField):
                yield f"{model.__name__}.{field.name}", field


def filled(block: Any) -> Any:
    """Return raw data of a block in which every text says something."""
    if isinstance(block, StructBlock):
        return {name: filled(child) for name, child in block.child_blocks.items()}
    if isinstance(block, ListBlock):
        return [{"type": "item", "value": filled(block.child_block), "id": "item"}]
    if isinstance(block, StreamBlock):
        return [
            {"type": name, "value": filled(child), "id": name}
            for name, child in block.child_blocks.items()
        ]
    if isinstance(block, RichTextBlock):
        return "<p>said</p>"
    if isinstance(block, CodeBlock):
        return "code"
    if isinstance(block, CharBlock | TextBlock):
        return "said"
    return None


def texts_in(block: Any) -> int:
    """Return how many texts of a block are written for readers."""
    if isinstance(block, StructBlock | StreamBlock):
        return sum(texts_in(child) for child in block.child_blocks.values())
    if isinstance(block, ListBlock):
        return texts_in(block.child_block)
    return isinstance(block, CharBlock | TextBlock | RichTextBlock) and not isinstance(
        block, CodeBlock
    )


@pytest.mark.parametrize(("name", "field"), list(stream_fields()), ids=list(dict(stream_fields())))
def test_every_text_of_every_block_is_offered_to_translators(name: str, field: Any) -> None:
    block = field.stream_block
    value = block.to_python(filled(block))
    segments = [
        segment
        for segment in StreamFieldSegmentExtractor(field).handle_stream_block(value)
        if isinstance(segment, StringSegmentValue)
    ]
    assert len(segments) == texts_in(block) > 0


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "block"), LESSON_BLOCKS, ids=list(dict(LESSON_BLOCKS)))
def test_every_block_has_a_face_in_the_panel_of_blocks(name: str, block: Any) -> None:
    block.set_name(name)
    assert block.is_previewable
    assert block.get_description()
    assert block.meta.icon != "placeholder"
    value = block.get_preview_value()
    context = block.get_preview_context(value) | {
        "request": RequestFactory().get("/"),
        "bound_block": block.bind(value),
        "block_def": block,
    }
    html = render_to_string(block.get_preview_template(value, context), context)
    first = next(text for text in flat(block.meta.preview_value) if len(text) > 10)
    assert first.split(">")[1].split("<")[0] in html if first.startswith("<") else first in html


def flat(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from flat(item)
    elif isinstance(value, list):
        for item in value:
            yield from flat(item)


def test_a_table_has_as_many_cells_as_columns() -> None:
    block = dict(LESSON_BLOCKS)["comparison_table"]
    value = block.to_python(
        {"caption": "C", "columns": ["a", "b"], "rows": [{"cells": ["1", "2", "3"]}]}
    )
    with pytest.raises(StructBlockValidationError):
        block.clean(value)


def test_notes_number_citations_in_the_order_of_the_text() -> None:
    notes = Notes(["a", "b"])
    with translation.override("en"):
        marked = notes.plain("x < y [[b]]")
    assert marked == 'x &lt; y<a class="ref" href="#note-1" aria-label="Note 1">1</a>'
    notes.rich("<p>[[a]] [[b]] [[unknown]]</p>")
    assert notes.numbers == {"b": 1, "a": 2}
    assert notes.take() == ["b", "a"]
    assert notes.take() == []


@pytest.mark.parametrize(
    ("html", "pieces"),
    [
        ("<p>a</p><ul><li>b</li><li>c</li></ul>", ["<p>a</p>", "<ul><li>b</li><li>c</li></ul>"]),
        ("<p>a<br/>b &amp; c</p> <p>d</p>", ["<p>a<br/>b &amp; c</p>", "<p>d</p>"]),
        ("bare <b>text</b>", ["bare", "<b>text</b>"]),
        ("", []),
    ],
)
def test_top_level_elements_are_cut_without_loss(html: str, pieces: list[str]) -> None:
    assert list(top_level(html)) == pieces


@pytest.mark.django_db
def test_a_text_that_refers_to_nothing_is_refused() -> None:
    page = LessonPage(**lesson_fields(lesson_data(1, citations=[]), "es"))
    with pytest.raises(ValidationError) as refusal:
        page.clean()
    assert "cp-129-a" in str(refusal.value.message_dict["body"])


@pytest.mark.django_db
def test_two_citations_with_one_identifier_are_refused() -> None:
    citations = lesson_data(1)["citations"]
    page = LessonPage(**lesson_fields(lesson_data(1, citations=citations + citations[:1]), "es"))
    with pytest.raises(ValidationError) as refusal:
        page.clean()
    assert "citations" in refusal.value.message_dict
