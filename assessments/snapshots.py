"""Read an item into what a version keeps of it: its structure, and its texts in one language.

The two never meet: the structure is read from the source language only, so that one question
cannot have two keys. An item comes as anything that has its fields: models know this file.
"""

from decimal import Decimal
from typing import Any

from assessments.marking import Kind
from assessments.rules import ItemShape

Snapshot = dict[str, Any]


def structure_of(item: Any) -> Snapshot:
    """Return what decides the mark, and what the item is about."""
    structure: Snapshot = {
        "points": _plain(item.points),
        "competence": item.competence,
        "bloom": item.bloom,
        "difficulty": item.difficulty,
        "citations": item.provisions,
    }
    if item.kind == Kind.NUMERIC:
        structure["number"] = {
            "value": _plain(item.number),
            "tolerance": _plain(item.tolerance),
            "wrong": [
                {"id": block.id, "value": _plain(block.value["value"])}
                for block in item.wrong_numbers
            ],
        }
    else:
        structure["options"] = [
            {"id": block.id, "is_correct": bool(block.value["is_correct"])}
            for block in item.options
        ]
    return structure


def texts_of(item: Any) -> Snapshot:
    """Return what is read, in the item's language; options and mistakes by their identifiers."""
    return {
        "stem": item.stem,
        "feedback": item.feedback,
        "unit": item.unit,
        "number_feedback": item.number_feedback,
        "options": {
            block.id: {"text": block.value["text"], "feedback": block.value["feedback"] or ""}
            for block in item.options
        },
        "wrong": {block.id: block.value["feedback"] or "" for block in item.wrong_numbers},
    }


def shape_of(item: Any) -> ItemShape:
    """Return what `rules.item_problems` judges."""
    return ItemShape(
        kind=item.kind,
        texts=[block.value["text"] or "" for block in item.options],
        right=[bool(block.value["is_correct"]) for block in item.options],
        has_number=item.number is not None,
        has_stem=bool(item.stem.strip()),
    )


def _plain(number: Decimal | None) -> str:
    """Return a number without trailing zeros, so that one number has one text."""
    if number is None:
        return "0"
    text = format(Decimal(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
