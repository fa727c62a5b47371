"""Situations of quizzes: approved items, frozen quizzes, learners in the middle of an attempt."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from wagtail.models import Locale

from assessments.attempts import in_paper_order, save_response, start_attempt, submit_attempt
from assessments.loading import save_translation_draft
from assessments.marking import Kind, right_options
from assessments.models import Attempt, Bank, Item, ItemVersion, Quiz, QuizVersion
from assessments.publishing import freeze_quiz
from tests.factories.learning import (
    NOON,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
)
from training.accounts.models import User
from training.audit.actions import SYSTEM
from training.catalogue.actions import ActivityDraft
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment
from training.kernel.activities import ActivityReference

_numbers = count(1)
TITLES = {"es": "Cuestionario del módulo 1", "en": "Module 1 quiz"}


def locale(language: str) -> Locale:
    """Return the locale of a language."""
    return Locale.objects.get_or_create(language_code=language)[0]


def bank() -> Bank:
    """Return the bank of the tests."""
    return Bank.objects.get_or_create(name="Fundamentos")[0]


def option(text: str, *, is_correct: bool = False, key: str | None = None) -> dict[str, Any]:
    """Return an option as a StreamField takes it, with a reason of its own."""
    return {
        "type": "option",
        "id": key or str(uuid4()),
        "value": {"text": text, "is_correct": is_correct, "feedback": f"Porque {text}"},
    }


def unsaved_item(kind: str = Kind.SINGLE, language: str = "es", **fields: Any) -> Item:
    """Return a well-formed item of a kind, not saved yet."""
    number = next(_numbers)
    by_kind: dict[str, dict[str, Any]] = {
        Kind.SINGLE: {"options": [option("uno", is_correct=True), option("dos"), option("tres")]},
        Kind.MULTIPLE: {
            "options": [
                option("uno", is_correct=True),
                option("dos", is_correct=True),
                option("tres"),
                option("cuatro"),
            ]
        },
        Kind.TRUE_FALSE: {"options": [option("Verdadero"), option("Falso", is_correct=True)]},
        Kind.NUMERIC: {
            "number": Decimal("1.5"),
            "tolerance": Decimal("0.1"),
            "unit": "años",
            "number_feedback": "Un año y medio.",
            "wrong_numbers": [
                {
                    "type": "wrong",
                    "id": str(uuid4()),
                    "value": {"value": "2", "feedback": "Redondeó."},
                }
            ],
        },
    }
    return Item(
        **{
            "bank": bank(),
            "locale": locale(language),
            "code": f"item-{number}",
            "kind": kind,
            "stem": f"<p>¿Pregunta {number}?</p>",
            "feedback": f"<p>Explicación {number}.</p>",
            "citations": "CP 129-A.1\nCP 129-A.3",
            "live": False,
        }
        | by_kind[kind]
        | fields
    )


def approve(draft: Any) -> Any:
    """Publish a draft as a finished workflow does, and return it as it stands."""
    draft.save_revision().publish()
    draft.refresh_from_db()
    return draft


def approved_item(kind: str = Kind.SINGLE, **fields: Any) -> Item:
    """Return an item that was approved."""
    item = unsaved_item(kind, **fields)
    item.save()
    return approve(item)


def english(item: Item) -> dict[str, Any]:
    """Return what an item's texts become in English: the same words with a mark before them."""
    return {
        "stem": item.stem.replace("¿", "EN "),
        "feedback": item.feedback.replace("<p>", "<p>EN "),
        "unit": item.unit and f"EN {item.unit}",
        "number_feedback": item.number_feedback and f"EN {item.number_feedback}",
        "options": [
            option(f"EN {block.value['text']}", is_correct=block.value["is_correct"], key=block.id)
            for block in item.options
        ],
        "wrong_numbers": [
            {
                "type": "wrong",
                "id": block.id,
                "value": {
                    "value": str(block.value["value"]),
                    "feedback": f"EN {block.value['feedback']}",
                },
            }
            for block in item.wrong_numbers
        ],
    }


def translated(item: Item, *, is_approved: bool = True) -> Item:
    """Translate an item into English through the translation editor's own machinery."""
    locale("en")
    spoken = unsaved_item(
        item.kind, code=item.code, number=item.number, tolerance=item.tolerance, **english(item)
    )
    row = save_translation_draft(
        item=item, spoken=spoken, language="en", user=LearnerFactory(display_name="Translator")
    )
    return approve(row) if is_approved else row


def approved_quiz(items: Sequence[Item], **terms: Any) -> Quiz:
    """Return an approved quiz of these items."""
    quiz = Quiz(
        name=f"Quiz {next(_numbers)}",
        live=False,
        items=[
            {"type": "item", "id": str(uuid4()), "value": str(item.translation_key)}
            for item in items
        ],
        **{"shuffle_items": False, "shuffle_options": False} | terms,
    )
    quiz.save()
    return approve(quiz)


def freeze(quiz: Quiz, **fields: Any) -> QuizVersion:
    """Freeze a quiz as the publication of a course does."""
    return freeze_quiz(
        **{
            "quiz": quiz,
            "titles": TITLES,
            "introductions": {"es": "Lea con calma.", "en": "Read calmly."},
            "source_language": "es",
            "at": NOON,
            "actor": SYSTEM,
        }
        | fields
    )


def quiz_activity(version: QuizVersion) -> ActivityDraft:
    """Return a frozen quiz as an activity of a course about to be published."""
    return ActivityDraft(
        reference=ActivityReference("assessments", version.key, version.number),
        titles=version.titles,
        minutes=version.minutes,
        weight=Decimal(1),
    )


def enrolled(
    *versions: QuizVersion, learner: User | None = None, before: Sequence[ActivityDraft] = ()
) -> Enrollment:
    """Return a learner's enrollment in a course of these quizzes (and lessons before them)."""
    course = CourseVersionFactory(activities=[*before, *map(quiz_activity, versions)])
    return EnrollmentFactory(
        edition=EditionFactory(course_version=course), learner=learner or LearnerFactory()
    )


def activity_of(enrollment: Enrollment, version: QuizVersion) -> Activity:
    """Return the activity that a frozen quiz is in the version that a learner studies."""
    return Activity.objects.get(
        course_version_id=enrollment.course_version_id, provider="assessments", key=version.key
    )


def begun(
    *items: Item, enrollment: Enrollment | None = None, learner: User | None = None, **terms: Any
) -> Attempt:
    """Return an attempt just begun on a quiz of these items, by default of one of each kind."""
    chosen = items or [approved_item(kind) for kind in Kind]
    version = freeze(approved_quiz(chosen, **terms))
    enrollment = enrollment or enrolled(version, learner=learner)
    return start(enrollment, version)


def start(enrollment: Enrollment, version: QuizVersion, **fields: Any) -> Attempt:
    """Let a learner begin, or go on with, an attempt."""
    return start_attempt(
        **{
            "enrollment": enrollment,
            "activity": activity_of(enrollment, version),
            "actor": enrollment.learner.actor,
            "at": NOON,
        }
        | fields
    )


def right_answer(item: ItemVersion) -> list[str]:
    """Return what a learner sends who knows the answer."""
    if item.kind == Kind.NUMERIC:
        return [item.structure["number"]["value"]]
    return sorted(right_options(item.structure))


def wrong_answer(item: ItemVersion) -> list[str]:
    """Return what a learner sends who is mistaken."""
    if item.kind == Kind.NUMERIC:
        return ["999999"]
    return [next(key for key in item.option_ids if key not in right_options(item.structure))]


def answer_all(attempt: Attempt, *, right: int | None = None) -> None:
    """Answer every question, the first `right` of them (by default all) rightly."""
    for place, response in enumerate(in_paper_order(attempt)):
        is_right = right is None or place < right
        save_response(
            attempt=attempt,
            item_version_id=response.item_version_id,
            given=(right_answer if is_right else wrong_answer)(response.item_version),
            is_flagged=False,
            revision=response.revision,
            at=NOON,
        )


def submitted(attempt: Attempt, **fields: Any) -> Attempt:
    """Submit an attempt as its learner."""
    return submit_attempt(
        **{"attempt": attempt, "actor": attempt.enrollment.learner.actor, "at": NOON} | fields
    )
