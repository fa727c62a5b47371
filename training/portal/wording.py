"""Rules said in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from training.enrollments.models import Change, Edition
from training.portal.rules import (
    LONGEST_NAME,
    Closed,
    NameProblem,
    Unit,
    distance,
    is_far,
    is_near,
    last_moment,
)

NAME_PROBLEMS: Mapping[NameProblem, Promise] = {
    NameProblem.TOO_LONG: gettext_lazy(
        "The name has more characters than fit on the certificate: %(longest)d at most."
    ),
    NameProblem.ONE_WORD: gettext_lazy("Write your full name: given names and surnames."),
    NameProblem.STRANGE_CHARACTER: gettext_lazy(
        "Write only letters, spaces, hyphens, apostrophes and full stops."
    ),
}

CHANGES: Mapping[Change, Promise] = {
    Change.EXTENSION: gettext_lazy("More time in this edition"),
    Change.MAKE_UP: gettext_lazy("One more attempt at a quiz"),
    Change.TRANSFER: gettext_lazy("To change to another edition of this course"),
    Change.WITHDRAWAL: gettext_lazy("To leave the course"),
}

CLOSED_REASONS: Mapping[Closed, Promise] = {
    Closed.BY_LIST: gettext_lazy(
        "In this edition the coordination enrolls the participants from a list."
    ),
    Closed.NOT_YET: gettext_lazy("Enrollment in this edition has not opened yet."),
    Closed.OVER: gettext_lazy("Enrollment in this edition has closed."),
}


@dataclass(frozen=True)
class Deadline:
    """A moment, and how far off it is in words; without words it is past."""

    at: datetime
    words: str
    is_near: bool
    is_far: bool

    @property
    def is_past(self) -> bool:
        """Say whether the moment is over."""
        return not self.words


def deadline(*, day: date, now: datetime) -> Deadline:
    """Return the end of a day as a deadline, in the current time zone and language."""
    zone = timezone.get_current_timezone()
    moment = last_moment(day, zone)
    return Deadline(
        at=moment,
        words=in_words(now=now, moment=moment),
        is_near=is_near(now=now, moment=moment),
        is_far=is_far(now=now, moment=moment),
    )


def in_words(*, now: datetime, moment: datetime) -> str:
    """Return "in 3 days" and the like, "" for what is past."""
    far = distance(now=now, moment=moment, zone=timezone.get_current_timezone())
    match far.unit:
        case Unit.PAST:
            return ""
        case Unit.TOMORROW:
            return _("tomorrow")
        case Unit.MINUTES:
            words = ngettext("in %(count)d minute", "in %(count)d minutes", far.count)
        case Unit.HOURS:
            words = ngettext("in %(count)d hour", "in %(count)d hours", far.count)
        case Unit.DAYS:
            words = ngettext("in %(count)d day", "in %(count)d days", far.count)
    return words % {"count": far.count}


def name_problem_in_words(problem: NameProblem) -> str:
    """Return what to mend in a name."""
    return NAME_PROBLEMS[problem] % {"longest": LONGEST_NAME}


def destination_in_words(*, title: str, edition: Edition, takes_along: bool) -> str:
    """Return an edition with its dates, and whether finished work comes along."""
    words = (
        _("%(title)s, %(start)s to %(end)s: what you have finished comes along")
        if takes_along
        else _("%(title)s, %(start)s to %(end)s: the course was revised, you begin anew")
    )
    return words % {
        "title": title,
        "start": date_format(edition.starts_on, _("j F Y")),
        "end": date_format(edition.ends_on, _("j F Y")),
    }
