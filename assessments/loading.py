"""Write items and quizzes from data, as drafts, the way the admin does.

The English texts go through wagtail-localize (a translation source, one translated string a
segment, a saved target), not through a bare copy: so trainers find them in the translation editor,
"sync" keeps working, and the draft carries its translator's name for the rule of two persons.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from wagtail.models import Locale
from wagtail_localize.models import (
    String,
    StringSegment,
    StringTranslation,
    Translation,
    TranslationSource,
)
from wagtail_localize.segments import StringSegmentValue
from wagtail_localize.segments.extract import extract_segments

from assessments.marking import Kind
from assessments.models import Bank, Item, Quiz
from training.accounts.models import User

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:judicial-training:assessments")


def stable_key(kind: str, key: str) -> UUID:
    """Return the identifier that a key of the data always has, e.g. of `item` q01-elements."""
    return uuid5(_NAMESPACE, f"{kind}:{key}")


@transaction.atomic
def save_item_draft(*, data: Mapping[str, Any], bank: Bank, user: User) -> Item:
    """Save an item's draft in the source language, and its translations' drafts; return the source.

    The first language of the stem is the source. An item that exists already is returned as it
    is: a second load overwrites nothing.
    """
    languages = list(data["stem"])
    key = stable_key("item", data["key"])
    source_locale = Locale.objects.get(language_code=languages[0])
    known = Item.objects.filter(translation_key=key, locale=source_locale).first()
    if known is not None:
        return known
    item = _item(data, language=languages[0], bank=bank)
    item.translation_key = key
    item.locale = source_locale
    item.live = False
    item.save()
    item.save_revision(user=user, clean=True)
    for language in languages[1:]:
        save_translation_draft(
            item=item,
            spoken=_item(data, language=language, bank=bank),
            language=language,
            user=user,
        )
    return item


def save_translation_draft(*, item: Item, spoken: Item, language: str, user: User) -> Item:
    """Save a translation's draft from an unsaved item that says the same in another language."""
    locale = Locale.objects.get(language_code=language)
    source, _ = TranslationSource.update_or_create_from_instance(item)
    translation, _ = Translation.objects.get_or_create(source=source, target_locale=locale)
    for theirs, ours in _pairs(item, spoken):
        _translate(source=source, locale=locale, theirs=theirs, ours=ours, user=user)
    translation.save_target(user=user, publish=False)
    return Item.objects.get(translation_key=item.translation_key, locale=locale)


def _pairs(item: Item, spoken: Item) -> list[tuple[StringSegmentValue, StringSegmentValue]]:
    """Return the translatable strings of two items that say the same, side by side."""
    theirs, ours = (
        [segment for segment in extract_segments(each) if isinstance(segment, StringSegmentValue)]
        for each in (item, spoken)
    )
    if [segment.path for segment in theirs] != [segment.path for segment in ours]:
        raise ValueError(f"the texts of {item.code} do not match between its languages")
    return list(zip(theirs, ours, strict=True))


def _translate(
    *,
    source: TranslationSource,
    locale: Locale,
    theirs: StringSegmentValue,
    ours: StringSegmentValue,
    user: User,
) -> None:
    segment = StringSegment.objects.select_related("context").get(
        source=source,
        context__path=theirs.path,
        string=String.from_value(source.locale, theirs.string),
        order=theirs.order,
    )
    StringTranslation.objects.update_or_create(
        translation_of_id=segment.string_id,
        locale=locale,
        context=segment.context,
        defaults={
            "data": ours.string.data,
            "translation_type": StringTranslation.TRANSLATION_TYPE_MANUAL,
            "last_translated_by": user,
            "updated_at": timezone.now(),
        },
    )


def _item(data: Mapping[str, Any], *, language: str, bank: Bank) -> Item:
    """Return an unsaved item that speaks one language, its blocks as in every language."""
    number = data.get("numeric") or {}
    return Item(
        bank=bank,
        code=data["key"],
        kind=Kind(data["kind"]).value,
        stem=_paragraph(data["stem"], language),
        options=[
            {
                "type": "option",
                "id": str(stable_key("option", f"{data['key']}:{place}")),
                "value": {
                    "text": _text(option["text"], language),
                    "is_correct": option["correct"],
                    "feedback": _text(option.get("feedback"), language),
                },
            }
            for place, option in enumerate(data.get("options", []))
        ],
        number=Decimal(str(number["value"])) if number else None,
        tolerance=Decimal(str(number.get("tolerance", 0))),
        unit=_text(number.get("unit"), language),
        number_feedback=_text(number.get("feedback"), language),
        wrong_numbers=[
            {
                "type": "wrong",
                "id": str(stable_key("wrong", f"{data['key']}:{place}")),
                "value": {
                    "value": str(wrong["value"]),
                    "feedback": _text(wrong["feedback"], language),
                },
            }
            for place, wrong in enumerate(number.get("wrong", []))
        ],
        feedback=_paragraph(data.get("feedback"), language),
        competence=data.get("competence", ""),
        bloom=data.get("bloom", ""),
        difficulty=data.get("difficulty", Item.Difficulty.MEDIUM),
        citations="\n".join(data.get("citations", [])),
        legal_points=_legal_points(data),
    )


def _legal_points(data: Mapping[str, Any]) -> str:
    """Return the points for a lawyer, one a line."""
    points = data.get("lawyer_points", [])
    return points if isinstance(points, str) else "\n".join(str(point) for point in points)


def _text(texts: Mapping[str, str] | None, language: str) -> str:
    return " ".join((texts or {}).get(language, "").split())


def _paragraph(texts: Mapping[str, str] | None, language: str) -> str:
    text = _text(texts, language)
    return f"<p>{escape(text)}</p>" if text else ""


@transaction.atomic
def save_quiz_draft(*, data: Mapping[str, Any], items: Sequence[Item], user: User) -> Quiz:
    """Save a quiz's draft; an existing one is returned as it is.

    `data` has `key`, `name`, and optionally `cut_score`, `attempts`, `minutes`, `shuffle` and
    `feedback`.
    """
    key = stable_key("quiz", data["key"])
    known = Quiz.objects.filter(key=key).first()
    if known is not None:
        return known
    quiz = Quiz(
        key=key,
        name=data["name"],
        items=[
            {
                "type": "item",
                "id": str(stable_key("place", f"{data['key']}:{item.translation_key}")),
                "value": str(item.translation_key),
            }
            for item in items
        ],
        cut_score=Decimal(str(data.get("cut_score", "0.7"))),
        attempts_allowed=data.get("attempts", 3),
        minutes=data.get("minutes", 30),
        shuffle_items=data.get("shuffle", True),
        shuffle_options=data.get("shuffle", True),
        feedback=data.get("feedback", "each-attempt"),
        live=False,
    )
    quiz.save()
    quiz.save_revision(user=user, clean=True)
    return quiz
