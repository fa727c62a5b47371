"""The legal clocks: days on which public bodies work, and the last day to answer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAY = timedelta(days=1)
SATURDAY = 5

WORKING_DAYS: Mapping[str, int] = {
    "information": 8,
    "access": 20,
    "rectification": 10,
    "cancellation": 10,
    "opposition": 10,
}
"""How long an answer may take, in working days (D.S. 016-2024-JUS, arts. 69, 75 and 76; R-59)."""


@dataclass(frozen=True)
class Calendar:
    """The days without work of a country, besides Saturdays and Sundays.

    `every_year` holds months and days ("07-28"), `from_easter` days counted from Easter Sunday.
    """

    every_year: frozenset[str] = frozenset()
    from_easter: frozenset[int] = frozenset()
    single: frozenset[str] = frozenset()

    @classmethod
    def of(cls, written: Mapping[str, Sequence[str | int]]) -> "Calendar":
        """Return the calendar of a country as its pack writes it."""
        return cls(
            every_year=frozenset(str(day) for day in written.get("every_year", ())),
            from_easter=frozenset(int(days) for days in written.get("from_easter", ())),
            single=frozenset(str(day) for day in written.get("single", ())),
        )

    def is_working(self, day: date) -> bool:
        """Say whether public bodies work on a day."""
        return not (
            day.weekday() >= SATURDAY
            or f"{day:%m-%d}" in self.every_year
            or day.isoformat() in self.single
            or (day - easter(day.year)).days in self.from_easter
        )


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return date(year, month, day + 1)


def last_day(*, asked_on: date, kind: str, calendar: Calendar) -> date:
    """Return the last day to answer: the count begins on the working day after the request."""
    day = asked_on
    for _number in range(WORKING_DAYS[kind]):
        day = _next_working(day, calendar)
    return day


def working_days_left(*, today: date, due_on: date, calendar: Calendar) -> int:
    """Return the working days that are left, today not counted; negative past the last day."""
    first, last = sorted((today, due_on))
    days = sum(
        calendar.is_working(first + DAY * number) for number in range(1, (last - first).days + 1)
    )
    return days if due_on >= today else -days


def years_before(moment: datetime, years: int) -> datetime:
    """Return the same moment some years earlier; 29 February goes back to the 28th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


def _next_working(day: date, calendar: Calendar) -> date:
    day += DAY
    while not calendar.is_working(day):
        day += DAY
    return day
