"""What the facts amount to: pure rules over outcomes. Sources: R-26, R-27, R-28."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Reported:
    """What a provider reports: one fact about one activity.

    `source` names the event at its provider and makes the report idempotent. `scaled` lies
    between 0 and 1, None when the activity gives no mark. `evidence` is an opaque digest.
    `supersedes` is the source of an earlier report that this one replaces (a re-mark).
    """

    source: str
    occurred_at: datetime
    is_success: bool
    scaled: Decimal | None = None
    evidence: str = ""
    supersedes: str = ""


@dataclass(frozen=True)
class Fact:
    """An outcome as the rules see it."""

    activity_id: int
    is_success: bool
    scaled: Decimal | None


@dataclass(frozen=True)
class Requirement:
    """An activity as the rules see it."""

    activity_id: int
    is_required: bool
    is_scored: bool
    weight: Decimal


@dataclass(frozen=True)
class Standing:
    """What the learner has reached: the activities done, the required ones open, and the mark."""

    done: frozenset[int]
    tried: frozenset[int]
    open_required: frozenset[int]
    scaled: Decimal | None

    @property
    def has_done_all(self) -> bool:
        """Say whether every required activity is done."""
        return not self.open_required


def best_scores(facts: Iterable[Fact]) -> Mapping[int, Decimal]:
    """Return the best scaled score of each activity that has one."""
    best: dict[int, Decimal] = {}
    for fact in facts:
        if fact.scaled is not None:
            best[fact.activity_id] = max(best.get(fact.activity_id, fact.scaled), fact.scaled)
    return best


def course_score(
    requirements: Sequence[Requirement], scores: Mapping[int, Decimal]
) -> Decimal | None:
    """Return the weighted mean of the best scores, None in a course that gives no mark.

    A scored activity that was not taken counts as 0. Without any weight all weigh the same.
    """
    scored = [requirement for requirement in requirements if requirement.is_scored]
    if not scored:
        return None
    weighs_the_same = not any(requirement.weight for requirement in scored)
    total = weighed = Decimal(0)
    for requirement in scored:
        weight = Decimal(1) if weighs_the_same else requirement.weight
        total += weight
        weighed += weight * scores.get(requirement.activity_id, Decimal(0))
    return weighed / total


def standing(requirements: Sequence[Requirement], facts: Sequence[Fact]) -> Standing:
    """Return what the standing facts amount to; their order does not matter."""
    done = frozenset(fact.activity_id for fact in facts if fact.is_success)
    return Standing(
        done=done,
        tried=frozenset(fact.activity_id for fact in facts),
        open_required=frozenset(
            requirement.activity_id
            for requirement in requirements
            if requirement.is_required and requirement.activity_id not in done
        ),
        scaled=course_score(requirements, best_scores(facts)),
    )


def unmet(opens_after: Iterable[str], done: Set[str]) -> list[str]:
    """Return what still has to be finished before an activity opens, in the order of the course.

    Nothing means that it is open. Trying is not finishing: a test counts when it is passed.
    """
    return [key for key in opens_after if key not in done]


def mark_on_scale(scaled: Decimal, *, maximum: int) -> Decimal:
    """Return a scaled score (0 to 1) as a mark of 0 to `maximum`, rounded half up to hundredths.

    The mark that is shown is the mark that is judged.
    """
    return (scaled * maximum).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def is_passing(*, mark: Decimal, cut_score: Decimal) -> bool:
    """Say whether a mark reaches the cut score; reaching it exactly is enough."""
    return mark >= cut_score


def is_satisfied(standing: Standing, *, scale_maximum: int, cut_score: Decimal) -> bool:
    """Say whether a course is completed: all required activities done, and the mark reached."""
    if not standing.has_done_all:
        return False
    if standing.scaled is None:
        return True
    mark = mark_on_scale(standing.scaled, maximum=scale_maximum)
    return is_passing(mark=mark, cut_score=cut_score)
