"""What learners are told about time and names."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.portal.rules import (
    Candidate,
    Closed,
    Distance,
    NameProblem,
    Unit,
    distance,
    is_far,
    is_near,
    last_moment,
    most_urgent,
    name_problem,
    tidy_name,
    why_closed,
)

LIMA = ZoneInfo("America/Lima")
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=LIMA)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 23, 15, 30, tzinfo=LIMA), Distance(Unit.PAST)),
        (datetime(2026, 11, 23, 15, 30, 30, tzinfo=LIMA), Distance(Unit.MINUTES, 1)),
        (datetime(2026, 11, 23, 16, 29, 59, tzinfo=LIMA), Distance(Unit.MINUTES, 59)),
        (datetime(2026, 11, 23, 16, 30, tzinfo=LIMA), Distance(Unit.HOURS, 1)),
        (datetime(2026, 11, 23, 23, 59, tzinfo=LIMA), Distance(Unit.HOURS, 8)),
        (datetime(2026, 11, 24, 0, 10, tzinfo=LIMA), Distance(Unit.TOMORROW)),
        (datetime(2026, 11, 24, 23, 59, tzinfo=LIMA), Distance(Unit.TOMORROW)),
        (datetime(2026, 11, 25, 0, 1, tzinfo=LIMA), Distance(Unit.DAYS, 2)),
        (datetime(2026, 11, 26, 23, 59, tzinfo=LIMA), Distance(Unit.DAYS, 3)),
    ],
)
def test_a_deadline_is_said_as_people_say_it(moment: datetime, said: Distance) -> None:
    assert distance(now=NOW, moment=moment, zone=LIMA) == said


def test_shortly_before_midnight_tomorrow_is_hours_away() -> None:
    late = datetime(2026, 11, 23, 23, 0, tzinfo=LIMA)
    assert distance(now=late, moment=late + timedelta(hours=2), zone=LIMA) == Distance(
        Unit.HOURS, 2
    )


def test_days_are_those_of_the_place_not_of_the_server() -> None:
    evening = datetime(2026, 11, 23, 23, 59, tzinfo=LIMA)  # already the 24th in UTC
    assert distance(now=NOW.astimezone(UTC), moment=evening, zone=LIMA).unit == Unit.HOURS


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 10**7),
    st.integers(0, 10**6),
)
def test_what_is_later_is_never_said_to_be_sooner(now: datetime, first: int, more: int) -> None:
    order = [Unit.PAST, Unit.MINUTES, Unit.HOURS, Unit.TOMORROW, Unit.DAYS]

    def said(seconds: int) -> tuple[int, int]:
        far = distance(now=now, moment=now + timedelta(seconds=seconds), zone=LIMA)
        return order.index(far.unit), far.count

    assert said(first) <= said(first + more)
    assert said(first) > (0, 0)


def test_a_day_ends_one_minute_before_midnight() -> None:
    assert last_moment(date(2026, 11, 26), LIMA) == datetime(2026, 11, 26, 23, 59, tzinfo=LIMA)


def test_three_days_are_near_and_the_past_is_not() -> None:
    assert is_near(now=NOW, moment=NOW + timedelta(days=3))
    assert not is_near(now=NOW, moment=NOW + timedelta(days=3, seconds=1))
    assert not is_near(now=NOW, moment=NOW)


def test_beyond_sixty_days_the_date_says_more() -> None:
    assert is_far(now=NOW, moment=NOW + timedelta(days=60, seconds=1))
    assert not is_far(now=NOW, moment=NOW + timedelta(days=60))


@pytest.mark.parametrize(
    ("is_by_list", "opens_in", "closes_in", "why"),
    [
        (False, -1, 1, None),
        (False, 0, 1, None),
        (False, -1, 0, Closed.OVER),
        (False, 1, 2, Closed.NOT_YET),
        (True, -1, 1, Closed.BY_LIST),
    ],
)
def test_a_closed_door_says_why(
    is_by_list: bool, opens_in: int, closes_in: int, why: Closed | None
) -> None:
    opens_at, closes_at = NOW + timedelta(days=opens_in), NOW + timedelta(days=closes_in)
    assert why_closed(is_by_list=is_by_list, opens_at=opens_at, closes_at=closes_at, now=NOW) == why


@pytest.mark.parametrize(
    "name",
    [
        "María Ñahui Quispe",
        "Jean-Pierre D'Angelo",
        "Ana O’Higgins de la Puente",
        "Sebastián Q'ichwa Ch'aska",
        "J. Pérez",
        "Zoë N\u0303usta",
        "Ünïkö Łukasz",
    ],
)
def test_real_names_may_be_printed(name: str) -> None:
    assert name_problem(tidy_name(name)) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("María", NameProblem.ONE_WORD),
        ("", NameProblem.ONE_WORD),
        ("María .", NameProblem.ONE_WORD),
        ("María Quispe 2", NameProblem.STRANGE_CHARACTER),
        ("María <b>Quispe</b>", NameProblem.STRANGE_CHARACTER),
        ("María Quispe ✓", NameProblem.STRANGE_CHARACTER),
        ("María Quispe, abogada", NameProblem.STRANGE_CHARACTER),
        ("María \u202eQuispe", NameProblem.STRANGE_CHARACTER),
        ("Ana " + "x" * 117, NameProblem.TOO_LONG),
    ],
)
def test_what_is_no_name_is_refused(name: str, problem: NameProblem) -> None:
    assert name_problem(tidy_name(name)) is problem


@given(st.text())
def test_a_tidy_name_stays_as_it_is(name: str) -> None:
    assert tidy_name(tidy_name(name)) == tidy_name(name)


def candidate(place: int, starts: str, ends: str) -> Candidate:
    return Candidate(place, date.fromisoformat(starts), date.fromisoformat(ends))


def test_the_course_that_runs_and_ends_soonest_comes_first() -> None:
    candidates = [
        candidate(0, "2026-12-01", "2026-12-02"),  # has not begun
        candidate(1, "2026-01-01", "2026-02-01"),  # is over
        candidate(2, "2026-11-01", "2026-12-20"),
        candidate(3, "2026-11-01", "2026-12-10"),
    ]
    today = date(2026, 11, 23)
    assert most_urgent(candidates, today=today) == 3
    assert most_urgent(candidates[:3], today=today) == 2
    assert most_urgent(candidates[:2], today=today) == 0
    assert most_urgent(candidates[1:2], today=today) == 1
    assert most_urgent([], today=today) is None
