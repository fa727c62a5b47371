"""Questions as a learner sees them, before and after they are marked. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.marking import Answer, Kind, is_near
from assessments.rules import is_readable


@dataclass(frozen=True)
class Choice:
    """One option as it stands on the page."""

    id: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class Question:
    """A question with what was answered so far. `language` is that of its texts."""

    kind: str
    language: str
    stem: str
    unit: str
    choices: Sequence[Choice]
    answer: Answer
    part: str = ""  # what the provider calls it (QuizProvider.part)

    @property
    def typed(self) -> str:
        """Return a number as it was typed, '' before."""
        return self.answer if self.kind == Kind.NUMERIC and isinstance(self.answer, str) else ""

    @property
    def is_answered(self) -> bool:
        """Say whether there is an answer."""
        return self.answer is not None

    @property
    def is_readable(self) -> bool:
        """Say whether the answer will be understood."""
        return is_readable(kind=self.kind, answer=self.answer)

    @property
    def is_numeric(self) -> bool:
        """Say whether the answer is typed."""
        return self.kind == Kind.NUMERIC

    @property
    def takes_several(self) -> bool:
        """Say whether several options may be marked."""
        return self.kind == Kind.MULTIPLE

    @property
    def answer_text(self) -> str:
        """Return the answer in words, options in their shown order; '' without one."""
        if self.is_numeric:
            return f"{self.typed} {self.unit}".strip() if self.typed else ""
        return "; ".join(choice.text for choice in self.choices if choice.is_chosen)


@dataclass(frozen=True)
class ExplainedChoice:
    """One option after marking: whether it was chosen, whether it is right, and why."""

    text: str
    is_chosen: bool
    is_right: bool
    feedback: str


@dataclass(frozen=True)
class ExplainedQuestion:
    """A marked question: what it earned, the right answer, the reasons and the provisions."""

    question: Question
    fraction: Fraction
    choices: Sequence[ExplainedChoice]
    right_number: Decimal | None
    tolerance: Decimal
    reason: str
    explanation: str
    provisions: Sequence[str]

    @property
    def is_right(self) -> bool:
        """Say whether it earned all its points."""
        return self.fraction == 1

    @property
    def is_partly_right(self) -> bool:
        """Say whether it earned some of its points."""
        return 0 < self.fraction < 1

    @property
    def percent(self) -> int:
        """Return the share of its points that it earned, in whole per cent."""
        return round(100 * self.fraction)


Texts = Mapping[str, Mapping[str, Any]]


def ask(
    *,
    kind: str,
    texts: Texts,
    language: str,
    source_language: str,
    order: Sequence[str],
    answer: Answer = None,
    part: str = "",
) -> Question:
    """Return a question in a language, else in its source language, options in that order."""
    spoken = language if language in texts else source_language
    told = texts[spoken]
    chosen = _chosen(answer)
    return Question(
        kind=kind,
        language=spoken,
        stem=told["stem"],
        unit=told["unit"],
        choices=[
            Choice(id=option, text=told["options"][option]["text"], is_chosen=option in chosen)
            for option in order
        ],
        answer=answer,
        part=part,
    )


def explain(
    question: Question, *, structure: Mapping[str, Any], texts: Texts, fraction: Fraction
) -> ExplainedQuestion:
    """Return a question with the mark that it earned, the right answer and the reasons."""
    told = texts[question.language]
    right = {option["id"] for option in structure.get("options", []) if option["is_correct"]}
    number = structure.get("number")
    return ExplainedQuestion(
        question=question,
        fraction=fraction,
        choices=[
            ExplainedChoice(
                text=choice.text,
                is_chosen=choice.is_chosen,
                is_right=choice.id in right,
                feedback=told["options"][choice.id]["feedback"],
            )
            for choice in question.choices
        ],
        right_number=Decimal(number["value"]) if number else None,
        tolerance=Decimal(number["tolerance"]) if number else Decimal(0),
        reason=_reason(number, told, question.answer) if number else "",
        explanation=told["feedback"],
        provisions=structure["citations"],
    )


def _reason(number: Mapping[str, Any], told: Mapping[str, Any], answer: Answer) -> str:
    """Return why a number is right, or what a foreseen mistake tells."""
    if is_near(number, answer):
        return str(told["number_feedback"])
    for wrong in number["wrong"]:
        if is_near({"value": wrong["value"], "tolerance": "0"}, answer):
            return str(told["wrong"][wrong["id"]])
    return ""


def _chosen(answer: Answer) -> frozenset[str]:
    if answer is None:
        return frozenset()
    return frozenset([answer] if isinstance(answer, str) else answer)
