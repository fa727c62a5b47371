"""What quizzes keep about a person: attempts, and the answers in words. The key is not theirs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from assessments.display import ask
from assessments.models import Attempt, Response
from training.audit.personal_data import section_of
from training.kernel.personal_data import Section


class QuizzesContributor:
    """Attempts and answers."""

    room = "assessments"
    place = 60

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return the attempts, and each question with what was answered."""
        return [
            section_of(
                Attempt.objects.filter(enrollment__learner__uuid=person),
                *("uuid", "enrollment__edition__code", "activity__titles", "number", "state"),
                *("started_at", "submitted_at", "scaled", "is_passed"),
            ),
            Section(
                key="responses",
                title=_("My answers"),
                columns={
                    "attempt": _("Attempt"),
                    "question": _("Question"),
                    "answer": _("Answer"),
                    "fraction": _("Share of the points earned"),
                    "saved_at": _("Saved"),
                },
                rows=[_answered(row, language) for row in _responses(person)],
            ),
        ]


def _responses(person: UUID) -> Sequence[Response]:
    return list(
        Response.objects.filter(attempt__enrollment__learner__uuid=person)
        .select_related("attempt", "item_version")
        .order_by("attempt__started_at", "pk")
    )


def _answered(response: Response, language: str) -> dict[str, Any]:
    item = response.item_version
    question = ask(
        kind=item.kind,
        texts=item.texts,
        language=language,
        source_language=item.source_language,
        order=item.option_ids,
        answer=response.answer,
    )
    return {
        "attempt": str(response.attempt.uuid),
        "question": question.stem,
        "answer": question.answer_text,
        "fraction": response.fraction,
        "saved_at": response.saved_at,
    }
