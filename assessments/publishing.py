"""Freeze approved items and quizzes into versions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from assessments.models import Item, ItemVersion, Quiz, QuizVersion, QuizVersionItem
from assessments.rules import item_problems
from assessments.snapshots import Snapshot, shape_of, structure_of, texts_of
from training.audit.actions import Actor, record_event


class NotReady(Exception):
    """Something keeps a quiz from being published; `items` names the questions concerned."""

    def __init__(self, quiz: Quiz, items: Sequence[str] = ()) -> None:
        super().__init__(f"{quiz}: {', '.join(items)}" if items else str(quiz))
        self.quiz = quiz
        self.items = list(items)


class QuizNotApproved(NotReady):
    """The quiz itself has no approved version."""


class QuizEmpty(NotReady):
    """The quiz asks nothing."""


class ItemNotApproved(NotReady):
    """Questions that nobody approved, or that are gone, stand in the quiz."""


class ItemNeedsLawyer(NotReady):
    """Questions with points that a lawyer has not settled stand in the quiz."""


class ItemIncomplete(NotReady):
    """Questions that cannot be asked as they are stand in the quiz."""


class ItemTwice(NotReady):
    """The same question stands twice in the quiz."""


@transaction.atomic
def freeze_quiz(
    *,
    quiz: Quiz,
    titles: Mapping[str, str],
    introductions: Mapping[str, str],
    source_language: str,
    at: datetime,
    actor: Actor,
) -> QuizVersion:
    """Freeze the approved state of a quiz and its items; unchanged content is frozen once.

    Raise a NotReady that names the questions concerned when the quiz cannot be published.
    """
    approved = Quiz.objects.select_for_update().get(pk=quiz.pk)
    if approved.live_revision_id is None:
        raise QuizNotApproved(quiz)
    approved = approved.live_revision.as_object()
    keys = approved.item_keys
    if not keys:
        raise QuizEmpty(quiz)
    sources = _sources(quiz=approved, keys=keys, language=source_language)
    translations = _translations(keys=keys, source_language=source_language)
    versions = [
        freeze_item(source=sources[key], translations=translations.get(key, []), at=at)
        for key in keys
    ]
    terms: dict[str, Any] = {
        "cut_score": approved.cut_score,
        "attempts_allowed": approved.attempts_allowed,
        "shuffle_items": approved.shuffle_items,
        "shuffle_options": approved.shuffle_options,
        "feedback": approved.feedback,
        "minutes": approved.minutes,
    }
    content = {
        "source_language": source_language,
        "titles": dict(titles),
        "introductions": dict(introductions),
    }
    digest = _digest(
        content
        | terms
        | {"cut_score": f"{approved.cut_score:.4f}", "items": [v.digest for v in versions]}
    )
    key = str(quiz.key)
    latest = QuizVersion.objects.filter(key=key).order_by("-number").first()
    if latest is not None and latest.digest == digest:
        return latest
    version = QuizVersion.objects.create(
        key=key,
        number=latest.number + 1 if latest else 1,
        digest=digest,
        frozen_at=at,
        frozen_by_uuid=actor.uuid,
        frozen_by_name=actor.name,
        **content,
        **terms,
    )
    QuizVersionItem.objects.bulk_create(
        QuizVersionItem(quiz_version=version, item_version=item_version, order=order)
        for order, item_version in enumerate(versions)
    )
    record_event(
        actor=actor,
        verb="quiz-version.published",
        record=version,
        at=at,
        detail={"key": key, "number": version.number, "digest": digest},
    )
    return version


def freeze_item(*, source: Item, translations: Sequence[Item], at: datetime) -> ItemVersion:
    """Freeze an item: structure from its source, texts from it and its translations.

    The caller holds the lock on the source's row.
    """
    structure = structure_of(source)
    languages = {source.locale.language_code: _told(source, source)} | {
        translation.locale.language_code: _told(source, translation) for translation in translations
    }
    texts = {language: told for language, told in languages.items() if told is not None}
    digest = _digest({"kind": source.kind, "structure": structure, "texts": texts})
    latest = ItemVersion.objects.filter(key=source.translation_key).order_by("-number").first()
    if latest is not None and latest.digest == digest:
        return latest
    return ItemVersion.objects.create(
        key=source.translation_key,
        number=latest.number + 1 if latest else 1,
        kind=source.kind,
        source_language=source.locale.language_code,
        structure=structure,
        texts=texts,
        digest=digest,
        frozen_at=at,
    )


def _sources(*, quiz: Quiz, keys: Sequence[UUID], language: str) -> dict[UUID, Item]:
    """Return the approved source items by key, their rows locked; raise what keeps any away."""
    rows = {
        row.translation_key: row
        for row in Item.objects.select_for_update(of=("self",))
        .filter(translation_key__in=keys, locale__language_code=language)
        .select_related("live_revision", "locale")
        .order_by("pk")
    }
    gone = [str(key) for key in keys if key not in rows]
    unapproved = [row.code for row in rows.values() if row.live_revision_id is None]
    if gone or unapproved:
        raise ItemNotApproved(quiz, unapproved + gone)
    if len(set(keys)) != len(keys):
        raise ItemTwice(quiz, sorted({rows[key].code for key in keys if keys.count(key) > 1}))
    items = {key: approved_state(row) for key, row in rows.items()}
    if undecided := [item.code for item in items.values() if item.legal_points.strip()]:
        raise ItemNeedsLawyer(quiz, undecided)
    if incomplete := [item.code for item in items.values() if item_problems(shape_of(item))]:
        raise ItemIncomplete(quiz, incomplete)
    return items


def _translations(*, keys: Sequence[UUID], source_language: str) -> dict[UUID, list[Item]]:
    """Return the approved translations of items, by key, languages in a fixed order."""
    found: dict[UUID, list[Item]] = {}
    for row in (
        Item.objects.filter(translation_key__in=keys, live_revision__isnull=False)
        .exclude(locale__language_code=source_language)
        .select_related("live_revision", "locale")
        .order_by("locale__language_code")
    ):
        found.setdefault(row.translation_key, []).append(approved_state(row))
    return found


def approved_state(row: Item) -> Item:
    """Return an item as it was last approved.

    Not the row: wagtail-localize writes a draft translation over it. The live revision stays.
    """
    return row.live_revision.as_object()


def _told(source: Item, spoken: Item) -> Snapshot | None:
    """Return the texts of an item in one language; None where some of its options have none.

    Texts that lag behind the source would be shown beside a newer key: the source's are read
    instead until the translation catches up.
    """
    texts = texts_of(spoken)
    wanted = texts_of(source)
    kept = {part: {k: texts[part].get(k) for k in wanted[part]} for part in ("options", "wrong")}
    if any(text is None for part in kept.values() for text in part.values()):
        return None
    return texts | kept


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
