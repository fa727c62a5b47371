"""What facts amount to, whatever their order and number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.progress.rules import (
    Fact,
    Requirement,
    Standing,
    course_score,
    is_passing,
    is_satisfied,
    mark_on_scale,
    standing,
)

ids = st.integers(1, 4)
scores = st.decimals(0, 1, places=6)
lessons = st.builds(
    Requirement,
    activity_id=ids,
    is_required=st.booleans(),
    is_scored=st.just(False),
    weight=st.just(Decimal(0)),
)
quizzes = st.builds(
    Requirement,
    activity_id=ids,
    is_required=st.booleans(),
    is_scored=st.just(True),
    weight=st.decimals(0, 10, places=2),
)
courses = st.lists(lessons | quizzes, min_size=1, unique_by=lambda r: r.activity_id)
facts = st.lists(
    st.builds(Fact, activity_id=ids, is_success=st.booleans(), scaled=st.none() | scores),
    max_size=8,
)


@given(courses, facts, st.randoms())
def test_the_order_of_facts_does_not_matter(course, known, random):
    shuffled = list(known)
    random.shuffle(shuffled)
    assert standing(course, known) == standing(course, shuffled)


@given(courses, facts)
def test_a_fact_told_twice_counts_once(course, known):
    assert standing(course, known + known) == standing(course, known)


@given(courses, facts, st.builds(Fact, activity_id=ids, is_success=st.just(True), scaled=scores))
def test_another_success_never_lowers_a_standing(course, known, success):
    before, after = standing(course, known), standing(course, [*known, success])
    assert before.done <= after.done
    assert after.open_required <= before.open_required
    assert (before.scaled is None) == (after.scaled is None)
    assert before.scaled is None or after.scaled >= before.scaled
    for cut in (Decimal(0), Decimal(14), Decimal(20)):
        was = is_satisfied(before, scale_maximum=20, cut_score=cut)
        assert not was or is_satisfied(after, scale_maximum=20, cut_score=cut)


@given(courses, facts)
def test_a_course_score_lies_between_0_and_1(course, known):
    scaled = standing(course, known).scaled
    assert (scaled is None) == (not any(r.is_scored for r in course))
    assert scaled is None or 0 <= scaled <= 1


def scored(activity_id: int, weight: str) -> Requirement:
    return Requirement(activity_id, is_required=True, is_scored=True, weight=Decimal(weight))


def test_a_test_not_taken_counts_as_nothing() -> None:
    course = [scored(1, "1"), scored(2, "3")]
    assert course_score(course, {1: Decimal(1)}) == Decimal("0.25")


def test_tests_without_weights_weigh_the_same() -> None:
    course = [scored(1, "0"), scored(2, "0")]
    assert course_score(course, {1: Decimal(1), 2: Decimal("0.5")}) == Decimal("0.75")


def reached(scaled: str) -> Standing:
    return Standing(
        done=frozenset(), tried=frozenset(), open_required=frozenset(), scaled=Decimal(scaled)
    )


@pytest.mark.parametrize(
    ("scaled", "shown", "passes"),
    [
        ("0.7", "14.00", True),
        ("0.699999", "14.00", True),
        ("0.699750", "14.00", True),
        ("0.699749", "13.99", False),
        ("0.6995", "13.99", False),
    ],
)
def test_the_mark_shown_is_the_mark_judged(scaled: str, shown: str, passes: bool) -> None:
    mark = mark_on_scale(Decimal(scaled), maximum=20)
    assert str(mark) == shown
    assert is_passing(mark=mark, cut_score=Decimal(14)) is passes
    assert is_satisfied(reached(scaled), scale_maximum=20, cut_score=Decimal(14)) is passes


@given(scores, st.integers(1, 100), st.decimals(0, 100, places=2))
def test_who_reads_the_mark_knows_the_verdict(scaled, maximum, cut):
    printed = Decimal(str(mark_on_scale(scaled, maximum=maximum)))
    judged = is_satisfied(reached(str(scaled)), scale_maximum=maximum, cut_score=cut)
    assert judged is (printed >= cut)


def test_a_required_activity_left_open_is_never_made_up_by_marks() -> None:
    course = [scored(1, "1"), Requirement(2, is_required=True, is_scored=False, weight=Decimal(0))]
    known = [Fact(1, is_success=True, scaled=Decimal(1))]
    assert not is_satisfied(standing(course, known), scale_maximum=20, cut_score=Decimal(0))


def test_a_course_without_marks_asks_only_that_all_be_done() -> None:
    course = [Requirement(1, is_required=True, is_scored=False, weight=Decimal(0))]
    known = [Fact(1, is_success=True, scaled=None)]
    assert is_satisfied(standing(course, known), scale_maximum=20, cut_score=Decimal(14))
