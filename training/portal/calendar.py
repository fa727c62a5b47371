"""What a learner's calendar holds, and how calendar programs read it (RFC 5545)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from training.accounts.mail import absolute
from training.accounts.models import User
from training.enrollments.models import (
    Application,
    ChangeRequest,
    Enrollment,
    EnrollmentState,
    MakeUp,
)
from training.portal.rules import last_moment

REFRESH: Final = timedelta(hours=12)


@dataclass(frozen=True)
class Entry:
    """One day of a learner: when something begins, or until when it may be done.

    `key` names it for good, whatever day it moves to.
    """

    key: str
    day: date
    ends: bool
    words: str
    title: str
    address: str


@dataclass(frozen=True)
class Awaited:
    """An answer that a learner waits for."""

    since: datetime
    words: str
    title: str
    address: str


@dataclass(frozen=True)
class MyCalendar:
    """What comes, in order, and what is waited for."""

    entries: Sequence[Entry]
    awaited: Sequence[Awaited]


def my_calendar(*, learner: User, language: str, now: datetime) -> MyCalendar:
    """Return what comes from today on, the next first, with a constant number of queries."""
    today = timezone.localdate(now)
    return MyCalendar(
        entries=[entry for entry in entries_of(learner, language) if entry.day >= today],
        awaited=_awaited(learner, language),
    )


def entries_of(learner: User, language: str) -> list[Entry]:
    """Return all days of the courses that a learner is in, in order; no mark is part of it."""
    running = list(
        Enrollment.objects.of(learner).filter(state=EnrollmentState.ACTIVE).with_course()
    )
    make_ups = MakeUp.objects.filter(enrollment__in=running).select_related("activity")
    by_key = {enrollment.pk: enrollment for enrollment in running}
    entries = [entry for enrollment in running for entry in _days_of(enrollment, language)]
    entries += [
        Entry(
            key=f"make-up-{make_up.uuid}",
            day=make_up.until,
            ends=True,
            words=_("Last day for one more attempt: %(quiz)s")
            % {"quiz": make_up.activity.title(language)},
            title=by_key[make_up.enrollment_id].course_version.title(language),
            address=_course(by_key[make_up.enrollment_id]),
        )
        for make_up in make_ups
    ]
    return sorted(entries, key=lambda entry: (entry.day, entry.ends, entry.title, entry.key))


def _days_of(enrollment: Enrollment, language: str) -> Iterator[Entry]:
    title = enrollment.course_version.title(language)
    yield Entry(
        key=f"start-{enrollment.uuid}",
        day=enrollment.edition.starts_on,
        ends=False,
        words=_("The edition starts"),
        title=title,
        address=_course(enrollment),
    )
    own = enrollment.last_day > enrollment.edition.ends_on
    yield Entry(
        key=f"end-{enrollment.uuid}",
        day=enrollment.last_day,
        ends=True,
        words=_("Your own last day") if own else _("The edition closes"),
        title=title,
        address=_course(enrollment),
    )


def _awaited(learner: User, language: str) -> list[Awaited]:
    applications = (
        Application.objects.of(learner)
        .undecided()
        .select_related("edition__course_version__course")
    )
    requests = (
        ChangeRequest.objects.of(learner)
        .undecided()
        .select_related("enrollment__course_version__course")
    )
    awaited = [
        Awaited(
            since=application.applied_at,
            words=_("Application"),
            title=application.edition.course_version.title(language),
            address=reverse("portal:courses"),
        )
        for application in applications
    ]
    awaited += [
        Awaited(
            since=asked.asked_at,
            words=_("Request: %(what)s") % {"what": asked.get_change_display()},
            title=asked.enrollment.course_version.title(language),
            address=_course(asked.enrollment),
        )
        for asked in requests
    ]
    return sorted(awaited, key=lambda one: one.since)


def _course(enrollment: Enrollment) -> str:
    return reverse("portal:course", args=[enrollment.uuid])


def as_ics(entries: Iterable[Entry], *, now: datetime) -> bytes:
    """Return entries as an iCalendar file: whole days for what begins, a moment in UTC for ends."""
    host = urlsplit(settings.BASE_URL).hostname
    calendar = Calendar()
    calendar.add("prodid", f"-//{host}//training//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", settings.SITE_NAME)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    zone = timezone.get_current_timezone()
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}@{host}")
        event.add("dtstamp", now.astimezone(UTC))
        if entry.ends:
            event.add("dtstart", last_moment(entry.day, zone).astimezone(UTC))
        else:
            event.add("dtstart", entry.day)
        event.add("summary", f"{entry.words}: {entry.title}")
        event.add("url", absolute(entry.address))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()
