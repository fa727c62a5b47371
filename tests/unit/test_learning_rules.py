"""When somebody is reminded of a course."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.learning.rules import CLOSING, closing_notice, is_time_to_begin

LAST = date(2026, 12, 31)
LONG_AGO = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("left", "due"),
    [(15, None), (14, 14), (8, 14), (7, 7), (3, 7), (2, 2), (1, 2), (0, 2), (-1, None)],
)
def test_a_day_without_a_sweep_is_made_up_for(left: int, due: int | None) -> None:
    today = LAST - timedelta(days=left)
    assert closing_notice(today=today, last_day=LAST, since=LONG_AGO) == due


def test_who_came_late_is_not_told_what_they_have_just_read() -> None:
    came = LAST - timedelta(days=10)
    assert closing_notice(today=came, last_day=LAST, since=came) is None
    assert closing_notice(today=LAST - timedelta(days=7), last_day=LAST, since=came) == 7


@given(st.integers(0, 60))
def test_a_daily_sweep_finds_each_occasion_once(length: int) -> None:
    since = LAST - timedelta(days=length)
    days = [since + timedelta(days=number) for number in range(length + 3)]
    found = [closing_notice(today=day, last_day=LAST, since=since) for day in days]
    assert {due for due in found if due} == {due for due in CLOSING if due < length}


def test_after_a_week_somebody_is_asked_to_begin_and_after_a_month_left_alone() -> None:
    asked = [
        days
        for days in range(60)
        if is_time_to_begin(today=LONG_AGO + timedelta(days=days), last_day=LAST, since=LONG_AGO)
    ]
    assert (asked[0], asked[-1]) == (7, 29)
    assert not is_time_to_begin(
        today=LAST + timedelta(days=1), last_day=LAST, since=LAST - timedelta(days=8)
    )
