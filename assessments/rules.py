"""Rules of quizzes without a clock or a database: lifecycle, papers, what may be shown."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assessments.marking import Answer, Kind, NotANumber, read_number
from training.kernel.lifecycle import Lifecycle

IN_PROGRESS = "in_progress"
SUBMITTED = "submitted"
GRADED = "graded"
ABANDONED = "abandoned"

LIFECYCLE = Lifecycle(
    {
        IN_PROGRESS: frozenset({SUBMITTED, ABANDONED}),
        SUBMITTED: frozenset({GRADED}),
    }
)

LONGEST_NUMBER = 40


class BadAnswer(ValueError):
    """The answer is not one that this item can take."""


@dataclass(frozen=True)
class DrawableItem:
    """An item as the draw sees it: which version, its kind, and its options in order."""

    item_version_id: int
    kind: str
    option_ids: Sequence[str]


Paper = list[dict[str, Any]]


def draw_paper(
    items: Sequence[DrawableItem], *, seed: int, shuffle_items: bool, shuffle_options: bool
) -> Paper:
    """Return the paper that a seed draws: `item_version` and `options` in the order to be shown.

    The same seed draws the same paper. True and false always stand in their own order.
    """
    chance = random.Random(seed)  # noqa: S311 - an order to be repeated, not a secret
    order = list(items)
    if shuffle_items:
        chance.shuffle(order)
    paper = []
    for item in order:
        options = list(item.option_ids)
        if shuffle_options and item.kind != Kind.TRUE_FALSE:
            chance.shuffle(options)
        paper.append({"item_version": item.item_version_id, "options": options})
    return paper


def tidy_answer(*, kind: str, structure: Mapping[str, Any], given: Sequence[str]) -> Answer:
    """Return what was given to an item as it is kept; None if that is nothing.

    Raise BadAnswer if it cannot be an answer to it. Options are kept in their author's order.
    """
    values = [value.strip() for value in given if value.strip()]
    if not values:
        return None
    if kind == Kind.NUMERIC:
        if len(values) > 1 or len(values[0]) > LONGEST_NUMBER:
            raise BadAnswer(kind)
        return values[0]
    known = [option["id"] for option in structure["options"]]
    if not set(values) <= set(known):
        raise BadAnswer(kind)
    if kind == Kind.MULTIPLE:
        return [choice for choice in known if choice in values]
    if len(values) > 1:
        raise BadAnswer(kind)
    return values[0]


def is_readable(*, kind: str, answer: Answer) -> bool:
    """Say whether an answer will be understood: only a number can fail to be."""
    if kind != Kind.NUMERIC or not isinstance(answer, str):
        return True
    try:
        read_number(answer)
    except NotANumber:
        return False
    return True


class Feedback:
    """When the right answers, their reasons and their provisions are shown."""

    EACH_ATTEMPT = "each-attempt"
    WHEN_CLOSED = "when-closed"
    NEVER = "never"


def shows_answers(*, feedback: str, is_passed: bool, attempts_left: int) -> bool:
    """Say whether a marked attempt shows the right answers, by the quiz's feedback policy."""
    if feedback == Feedback.WHEN_CLOSED:
        return is_passed or attempts_left == 0
    return feedback == Feedback.EACH_ATTEMPT


@dataclass(frozen=True)
class Begun:
    """An attempt, by its number and when it was begun; `on` is the day where the course is."""

    number: int
    at: datetime
    on: date


def attempts_left(
    *,
    allowed: int,
    begun: Sequence[Begun],
    make_ups: Sequence[datetime],
    last_day: date,
    today: date,
) -> int:
    """Return how many attempts may still be begun today.

    Until the last day those that the quiz allows; besides, one for each make-up that may be used
    today, given by when it was granted. An attempt uses a make-up up when it goes beyond what the
    quiz allows, or was begun after the last day.
    """
    ordinary = max(0, allowed - len(begun)) if today <= last_day else 0
    if not make_ups:
        return ordinary
    first = min(make_ups)
    used = sum(one.at >= first and (one.number > allowed or one.on > last_day) for one in begun)
    return ordinary + max(0, len(make_ups) - used)


@dataclass(frozen=True)
class ItemShape:
    """An item as its author left it: what decides whether it can be asked at all."""

    kind: str
    texts: Sequence[str]
    right: Sequence[bool]
    has_number: bool
    has_stem: bool


def item_problems(shape: ItemShape) -> list[str]:
    """Return the names of all that keeps an item from being asked; empty when nothing does."""
    problems = []
    if not shape.has_stem:
        problems.append("no-stem")
    if shape.kind == Kind.NUMERIC:
        if not shape.has_number:
            problems.append("no-number")
        if shape.texts:
            problems.append("options-beside-a-number")
        return problems
    rights = sum(shape.right)
    if shape.has_number:
        problems.append("number-beside-options")
    if len(shape.texts) < 2:
        problems.append("too-few-options")
    if len({" ".join(text.split()).casefold() for text in shape.texts}) < len(shape.texts):
        problems.append("same-option-twice")
    if shape.kind == Kind.TRUE_FALSE and len(shape.texts) > 2:
        problems.append("more-than-true-and-false")
    if shape.kind == Kind.MULTIPLE:
        if not rights:
            problems.append("no-right-option")
        elif rights == len(shape.texts):
            problems.append("no-wrong-option")
    elif rights != 1:
        problems.append("not-one-right-option")
    return problems
