"""Properties of marking: bounds, monotony, order independence, idempotence."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.marking import (
    Kind,
    NotANumber,
    mark,
    mark_multiple,
    mark_numeric,
    mark_single,
    read_number,
    rounded,
    scaled_score,
)
from assessments.rules import (
    BadAnswer,
    Begun,
    DrawableItem,
    ItemShape,
    attempts_left,
    draw_paper,
    item_problems,
    shows_answers,
    tidy_answer,
)

LETTERS = "abcdefgh"
numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=4)


def options(right: str, wrong: str) -> dict[str, Any]:
    rows = [{"id": letter, "is_correct": True} for letter in right]
    rows += [{"id": letter, "is_correct": False} for letter in wrong]
    return {"options": rows, "points": "1"}


@st.composite
def multiples(draw: st.DrawFn) -> tuple[dict[str, Any], list[str], list[str]]:
    """A multiple choice with its right and its wrong options, each at least one."""
    right = draw(st.integers(1, 4))
    wrong = draw(st.integers(1, 4))
    letters = list(LETTERS[: right + wrong])
    return (
        options("".join(letters[:right]), "".join(letters[right:])),
        letters[:right],
        letters[right:],
    )


@given(multiples(), st.sets(st.sampled_from(LETTERS + "xyz")))
def test_a_mark_lies_between_0_and_1(item: Any, chosen: set[str]) -> None:
    structure, _right, _wrong = item
    assert 0 <= mark_multiple(structure, sorted(chosen)) <= 1


@given(multiples(), st.sets(st.sampled_from(LETTERS)), st.data())
def test_a_right_option_more_never_lowers_and_a_wrong_one_never_raises(
    item: Any, chosen: set[str], data: st.DataObject
) -> None:
    structure, right, wrong = item
    before = mark_multiple(structure, sorted(chosen))
    with_right = chosen | {data.draw(st.sampled_from(right))}
    with_wrong = chosen | {data.draw(st.sampled_from(wrong))}
    assert mark_multiple(structure, sorted(with_right)) >= before
    assert mark_multiple(structure, sorted(with_wrong)) <= before


@given(multiples(), st.permutations(LETTERS), st.data())
def test_neither_the_order_of_options_nor_of_the_answer_counts(
    item: Any, order: list[str], data: st.DataObject
) -> None:
    structure, right, wrong = item
    chosen = data.draw(st.lists(st.sampled_from(right + wrong), unique=True))
    shuffled = structure | {
        "options": sorted(structure["options"], key=lambda option: order.index(option["id"]))
    }
    assert mark_multiple(structure, chosen) == mark_multiple(
        shuffled, data.draw(st.permutations(chosen))
    )


@given(multiples(), st.lists(st.sampled_from(LETTERS)))
def test_marking_twice_or_marking_repeated_options_changes_nothing(
    item: Any, chosen: list[str]
) -> None:
    structure, _right, _wrong = item
    once = mark(kind="multiple", structure=structure, answer=chosen)
    assert once == mark(kind="multiple", structure=structure, answer=chosen)
    assert once == mark(kind="multiple", structure=structure, answer=chosen + chosen)


@given(multiples())
def test_exactly_the_right_options_earn_everything_and_all_wrong_ones_nothing(item: Any) -> None:
    structure, right, wrong = item
    assert mark_multiple(structure, right) == 1
    assert mark_multiple(structure, wrong) == 0
    assert mark_multiple(structure, None) == 0


def test_each_right_option_earns_a_share_and_each_wrong_one_takes_one_away() -> None:
    structure = options("abcd", "ef")
    assert mark_multiple(structure, ["a", "b", "c"]) == Fraction(3, 4)
    assert mark_multiple(structure, ["a", "b", "c", "e"]) == Fraction(2, 4)
    assert mark_multiple(structure, ["a", "e", "f"]) == 0


@given(st.sampled_from(LETTERS))
def test_one_option_is_right_or_it_is_not(chosen: str) -> None:
    structure = options("c", "abdefgh")
    assert mark_single(structure, chosen) == (1 if chosen == "c" else 0)
    assert mark_single(structure, None) == 0


@given(numbers, st.decimals(min_value=0, max_value=1000, places=4), numbers)
def test_a_number_is_right_exactly_within_its_tolerance(
    value: Decimal, tolerance: Decimal, given_value: Decimal
) -> None:
    structure = {"number": {"value": str(value), "tolerance": str(tolerance), "wrong": []}}
    typed = format(given_value, "f")
    readings = read_number(typed)
    assert given_value in readings
    expected = any(abs(reading - value) <= tolerance for reading in readings)
    assert mark_numeric(structure, typed) == (1 if expected else 0)


@given(numbers, st.decimals(min_value=0, max_value=1000, places=4))
def test_the_ends_of_a_tolerance_belong_to_it(value: Decimal, tolerance: Decimal) -> None:
    structure = {"number": {"value": str(value), "tolerance": str(tolerance), "wrong": []}}
    for end in (value - tolerance, value, value + tolerance):
        assert mark_numeric(structure, format(end, "f")) == 1


@given(numbers, numbers, st.decimals(min_value=0, max_value=10, places=4))
def test_a_wider_tolerance_never_lowers_a_mark(
    value: Decimal, given_value: Decimal, wider: Decimal
) -> None:
    typed = format(given_value, "f")
    narrow = {"number": {"value": str(value), "tolerance": "1", "wrong": []}}
    wide = {"number": {"value": str(value), "tolerance": str(1 + wider), "wrong": []}}
    assert mark_numeric(wide, typed) >= mark_numeric(narrow, typed)


@given(st.integers(-(10**9), 10**9), st.integers(0, 999_999), st.sampled_from(",."))
def test_comma_and_point_are_read_alike(whole: int, decimals: int, sign: str) -> None:
    typed = f"{whole}{sign}{decimals:06d}"
    assert Decimal(f"{whole}.{decimals:06d}") in read_number(typed)
    assert read_number(typed) == read_number(typed.translate(str.maketrans(",.", ".,")))


@given(st.integers(0, 10**12), st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'", "’"]))
def test_thousands_are_read_in_every_convention(whole: int, separator: str) -> None:
    typed = f"{whole:,}".replace(",", separator)
    assert Decimal(whole) in read_number(typed)
    other = "," if separator != "," else "."
    assert read_number(f"{typed}{other}25")[0] == Decimal(f"{whole}.25")


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("26 400", ["26400"]),
        ("26.400", ["26.4", "26400"]),
        ("26,400", ["26.4", "26400"]),
        ("26,400.50", ["26400.5"]),
        ("26.400,50", ["26400.5"]),
        ("1.234.567", ["1234567"]),
        ("1,5", ["1.5"]),
        (" -3 ", ["-3"]),
        ("−3", ["-3"]),
        ("+.5", ["0.5"]),
        ("0,250", ["0.25"]),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, readings: list[str]) -> None:
    assert list(read_number(typed)) == [Decimal(reading) for reading in readings]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "doce",
        "12 años",
        "1 5",
        "1,2,3",
        "1.2.3,4",
        "1,",
        "--3",
        "٣",
        "1e5",
        "1 000 5",
        "26,400,5",
    ],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotANumber):
        read_number(typed)
    structure = {"number": {"value": "12", "tolerance": "1000", "wrong": []}}
    assert mark_numeric(structure, typed) == 0


fractions = st.fractions(min_value=0, max_value=1)
marks = st.lists(st.tuples(fractions, st.decimals("0.01", "10", places=2)), min_size=1, max_size=30)


@given(marks, st.randoms())
def test_a_score_lies_between_0_and_1_whatever_the_order(
    earned: list[tuple[Fraction, Decimal]], chance: Any
) -> None:
    score = scaled_score(earned)
    assert 0 <= score <= 1
    shuffled = list(earned)
    chance.shuffle(shuffled)
    assert scaled_score(shuffled) == score


@given(marks, st.data())
def test_a_better_mark_never_lowers_the_score(
    earned: list[tuple[Fraction, Decimal]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(earned) - 1))
    fraction, points = earned[place]
    better = data.draw(st.fractions(min_value=fraction, max_value=1))
    improved = [*earned[:place], (better, points), *earned[place + 1 :]]
    assert scaled_score(improved) >= scaled_score(earned)


def test_thirds_add_up_exactly() -> None:
    third = (Fraction(1, 3), Decimal(1))
    assert scaled_score([third, third, third]) == Decimal("0.333333")
    assert scaled_score(
        [(Fraction(1), Decimal(1))] * 7 + [(Fraction(0), Decimal(1))] * 3
    ) == Decimal("0.7")
    assert rounded(Fraction(1, 2_000_000)) == Decimal("0.000001")
    assert scaled_score([]) == 0


def test_every_kind_is_marked() -> None:
    structure = options("a", "b") | {"number": {"value": "1", "tolerance": "0", "wrong": []}}
    answers: dict[str, Any] = {"single": "a", "multiple": ["a"], "true_false": "a", "numeric": "1"}
    assert set(answers) == set(Kind)
    for kind, answer in answers.items():
        assert mark(kind=kind, structure=structure, answer=answer) == 1
        assert mark(kind=kind, structure=structure, answer=None) == 0


# --- papers and answers -----------------------------------------------------------------------

drawables = st.lists(
    st.builds(
        DrawableItem,
        item_version_id=st.integers(1, 10**6),
        kind=st.sampled_from(list(Kind)),
        option_ids=st.lists(st.text(LETTERS, min_size=1, max_size=2), unique=True),
    ),
    unique_by=lambda item: item.item_version_id,
)


@given(drawables, st.integers(0, 2**32), st.booleans(), st.booleans())
def test_a_seed_draws_one_paper_with_every_item_and_option_once(
    items: list[DrawableItem], seed: int, shuffle_items: bool, shuffle_options: bool
) -> None:
    shuffles = {"shuffle_items": shuffle_items, "shuffle_options": shuffle_options}
    paper = draw_paper(items, seed=seed, **shuffles)
    assert paper == draw_paper(items, seed=seed, **shuffles)
    by_id = {item.item_version_id: item for item in items}
    assert sorted(sheet["item_version"] for sheet in paper) == sorted(by_id)
    for sheet in paper:
        item = by_id[sheet["item_version"]]
        assert sorted(sheet["options"]) == sorted(item.option_ids)
        if not shuffle_options or item.kind == Kind.TRUE_FALSE:
            assert sheet["options"] == list(item.option_ids)
    if not shuffle_items:
        assert [sheet["item_version"] for sheet in paper] == [
            item.item_version_id for item in items
        ]


@given(st.lists(st.sampled_from("abcd"), max_size=6))
def test_an_answer_is_kept_in_one_way_whatever_order_it_came_in(given_options: list[str]) -> None:
    structure = options("ab", "cd")
    kept = tidy_answer(kind="multiple", structure=structure, given=given_options)
    assert kept == (sorted(set(given_options)) or None)
    again = tidy_answer(kind="multiple", structure=structure, given=kept or [])  # type: ignore[arg-type]
    assert again == kept


@pytest.mark.parametrize(
    ("kind", "given_values"),
    [
        ("single", ["z"]),
        ("single", ["a", "b"]),
        ("true_false", ["maybe"]),
        ("multiple", ["a", "z"]),
        ("numeric", ["1" * 41]),
        ("numeric", ["1", "2"]),
    ],
)
def test_what_no_page_of_ours_sends_is_refused(kind: str, given_values: list[str]) -> None:
    with pytest.raises(BadAnswer):
        tidy_answer(kind=kind, structure=options("a", "b"), given=given_values)


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_given_is_no_answer(kind: str) -> None:
    assert tidy_answer(kind=kind, structure=options("a", "b"), given=[]) is None
    assert tidy_answer(kind=kind, structure=options("a", "b"), given=["  "]) is None


def shape(kind: str, *, texts: str = "", right: str = "", number: bool = False) -> ItemShape:
    return ItemShape(
        kind=kind,
        texts=texts.split(),
        right=[text in right.split() for text in texts.split()],
        has_number=number,
        has_stem=True,
    )


@pytest.mark.parametrize(
    ("item", "problems"),
    [
        (shape("single", texts="a b c", right="a"), []),
        (shape("single", texts="a b c", right="a b"), ["not-one-right-option"]),
        (shape("single", texts="a b c"), ["not-one-right-option"]),
        (shape("single", texts="a", right="a"), ["too-few-options"]),
        (shape("single", texts="a A", right="a"), ["same-option-twice"]),
        (shape("single", texts="a b", right="a", number=True), ["number-beside-options"]),
        (shape("multiple", texts="a b c", right="a b"), []),
        (shape("multiple", texts="a b"), ["no-right-option"]),
        (shape("multiple", texts="a b", right="a b"), ["no-wrong-option"]),
        (shape("true_false", texts="true false", right="true"), []),
        (shape("true_false", texts="true false so", right="so"), ["more-than-true-and-false"]),
        (shape("numeric", number=True), []),
        (shape("numeric"), ["no-number"]),
        (shape("numeric", texts="a b", number=True), ["options-beside-a-number"]),
    ],
)
def test_an_item_that_cannot_be_asked_says_why(item: ItemShape, problems: list[str]) -> None:
    assert item_problems(item) == problems


def test_the_feedback_policy_says_when_answers_are_shown() -> None:
    assert shows_answers(feedback="each-attempt", is_passed=False, attempts_left=2)
    assert not shows_answers(feedback="when-closed", is_passed=False, attempts_left=1)
    assert shows_answers(feedback="when-closed", is_passed=False, attempts_left=0)
    assert shows_answers(feedback="when-closed", is_passed=True, attempts_left=1)
    assert not shows_answers(feedback="never", is_passed=True, attempts_left=0)


def on(day: int) -> datetime:
    return datetime(2026, 11, day, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begun", "make_ups", "today", "left"),
    [
        ([], [], 10, 2),
        ([5, 6], [], 10, 0),
        ([5], [], 20, 1),
        ([5], [], 21, 0),  # the last day is past, though an attempt is left
        ([5, 6], [7], 10, 1),
        ([5, 6, 8], [7], 10, 0),
        ([5, 6, 8], [7, 9], 10, 1),
        ([5], [7], 10, 2),
        ([5, 8], [7], 10, 1),  # the second of the two that are allowed, not the make-up
        ([5], [21], 22, 1),  # granted after the end: one, not the one that was left besides
        ([5, 22], [21], 23, 0),
        ([5, 22], [23], 24, 1),
        ([], [21, 22], 23, 2),
    ],
)
def test_attempts_left_are_those_allowed_in_time_and_one_for_each_make_up(
    begun: list[int], make_ups: list[int], today: int, left: int
) -> None:
    assert (
        attempts_left(
            allowed=2,
            begun=[
                Begun(number, on(day), on(day).date()) for number, day in enumerate(begun, start=1)
            ],
            make_ups=[on(day) for day in make_ups],
            last_day=date(2026, 11, 20),
            today=date(2026, 11, today),
        )
        == left
    )
