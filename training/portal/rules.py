"""What a learner is told about time, names and open doors: pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

LONGEST_NAME = 120
FEWEST_WORDS = 2
NEAR = timedelta(days=3)
FAR = timedelta(days=60)
_BETWEEN_LETTERS = frozenset(" -'.\u2019\u02bc")


class Unit(StrEnum):
    """In what a distance in time is said."""

    PAST = "past"
    MINUTES = "minutes"
    HOURS = "hours"
    TOMORROW = "tomorrow"
    DAYS = "days"


@dataclass(frozen=True)
class Distance:
    """How far off a moment is, as people say it."""

    unit: Unit
    count: int = 0


def distance(*, now: datetime, moment: datetime, zone: tzinfo) -> Distance:
    """Say how far off a moment is: minutes and hours on the same day, then days of the calendar.

    Both moments are aware; `zone` decides where a day ends. Minutes and hours are rounded down.
    """
    left = moment - now
    if left <= timedelta(0):
        return Distance(Unit.PAST)
    days = (moment.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 1 and left >= timedelta(hours=6):
        return Distance(Unit.TOMORROW)
    if days > 1:
        return Distance(Unit.DAYS, days)
    if left < timedelta(hours=1):
        return Distance(Unit.MINUTES, max(1, int(left.total_seconds() // 60)))
    return Distance(Unit.HOURS, int(left.total_seconds() // 3600))


def is_near(*, now: datetime, moment: datetime) -> bool:
    """Say whether a moment is at hand, and not past."""
    return now < moment <= now + NEAR


def is_far(*, now: datetime, moment: datetime) -> bool:
    """Say whether a moment is so far off that its date says more than the days until then."""
    return moment > now + FAR


def last_moment(day: date, zone: tzinfo) -> datetime:
    """Return the last minute of a day: what "until 26 November" means."""
    return datetime.combine(day, time(23, 59), zone)


class Closed(StrEnum):
    """Why nobody can enroll by themselves now."""

    BY_LIST = "by-list"
    NOT_YET = "not-yet"
    OVER = "over"


def why_closed(
    *, is_by_list: bool, opens_at: datetime, closes_at: datetime, now: datetime
) -> Closed | None:
    """Return why an edition takes nobody now, None if it does."""
    if is_by_list:
        return Closed.BY_LIST
    if now < opens_at:
        return Closed.NOT_YET
    return Closed.OVER if now >= closes_at else None


class NameProblem(StrEnum):
    """What is wrong with a name for a certificate."""

    TOO_LONG = "too-long"
    ONE_WORD = "one-word"
    STRANGE_CHARACTER = "strange-character"


def tidy_name(typed: str) -> str:
    """Return a name in composed characters, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", typed).split())


def name_problem(name: str) -> NameProblem | None:
    """Return what is wrong with a tidy name, None if it may be printed.

    Letters of any script with their marks, spaces, hyphens, apostrophes and full stops.
    """
    if len(name) > LONGEST_NAME:
        return NameProblem.TOO_LONG
    if any(
        unicodedata.category(character)[0] not in "LM" and character not in _BETWEEN_LETTERS
        for character in name
    ):
        return NameProblem.STRANGE_CHARACTER
    words = [word for word in name.split() if any(c.isalpha() for c in word)]
    return NameProblem.ONE_WORD if len(words) < FEWEST_WORDS else None


@dataclass(frozen=True)
class Candidate:
    """A course that could be the next thing to do."""

    place: int
    starts_on: date
    ends_on: date


def most_urgent(candidates: Sequence[Candidate], *, today: date) -> int | None:
    """Return the place of the course to go on with, None without any.

    First what has begun and ends soonest, then what has yet to begin, last what is over.
    """

    def urgency(candidate: Candidate) -> tuple[int, date, int]:
        if candidate.ends_on < today:
            return 2, candidate.ends_on, candidate.place
        if candidate.starts_on > today:
            return 1, candidate.starts_on, candidate.place
        return 0, candidate.ends_on, candidate.place

    return min(candidates, key=urgency).place if candidates else None
