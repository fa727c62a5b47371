"""Reminders by e-mail: a row is the memory that one was written, and keeps it from a second."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from training.accounts.mail import absolute
from training.enrollments.models import Enrollment, EnrollmentState, Occasion, Reminder
from training.enrollments.places import tell
from training.learning.queries import ActivityState, CourseOutline, course_outlines
from training.learning.rules import (
    CLOSING,
    LEFT_ALONE_AFTER,
    closing_notice,
    is_time_to_begin,
)

BATCH: Final = 200
NAMED: Final = 5  # unfinished activities that a message names
CLOSES: Final[Mapping[int, Occasion]] = {
    14: Occasion.CLOSES_IN_14,
    7: Occasion.CLOSES_IN_7,
    2: Occasion.CLOSES_IN_2,
}


@dataclass(frozen=True)
class Due:
    """A reminder that is due: the day it speaks of makes it one of a kind."""

    occasion: Occasion
    day: date


def write_due(*, now: datetime) -> int:
    """Write all reminders that are due, each once, as messages that wait for a worker; count them.

    Safe to run twice and by two workers at once.
    """
    today = timezone.localdate(now)
    written = 0
    for outlines in _batches(candidates(today=today)):
        known = set(
            Reminder.objects.filter(
                enrollment__in=[outline.enrollment for outline in outlines]
            ).values_list("enrollment_id", "occasion", "day")
        )
        for outline in outlines:
            for due in due_for(outline, today=today):
                if (outline.enrollment.pk, due.occasion.value, due.day) not in known:
                    written += _write(outline, due, at=now)
    return written


def candidates(*, today: date) -> QuerySet[Enrollment]:
    """Return the running enrollments that a reminder may concern, of people who want them."""
    soon = (today, today + timedelta(days=max(CLOSING)))
    lately = today - LEFT_ALONE_AFTER
    return (
        Enrollment.objects.filter(state=EnrollmentState.ACTIVE, edition__starts_on__lte=today)
        .filter(learner__is_active=True)
        .exclude(learner__agenda__wants_reminders=False)
        .filter(
            Q(edition__ends_on__range=soon)
            | Q(extended_until__range=soon)
            | Q(edition__starts_on__gt=lately)
            | Q(enrolled_at__date__gte=lately)
        )
    )


def due_for(outline: CourseOutline, *, today: date) -> Iterator[Due]:
    """Return what a learner is to be reminded of, whether or not it was written before."""
    enrollment = outline.enrollment
    since = max(timezone.localdate(enrollment.enrolled_at), enrollment.edition.starts_on)
    last_day = enrollment.last_day
    days = closing_notice(today=today, last_day=last_day, since=since)
    if days is not None and outline.standing.open_required:
        yield Due(CLOSES[days], last_day)
    if not outline.standing.tried and is_time_to_begin(today=today, last_day=last_day, since=since):
        yield Due(Occasion.NOT_BEGUN, since)


def _batches(found: QuerySet[Enrollment]) -> Iterator[list[CourseOutline]]:
    """Read the courses of the candidates, some hundred at a time, in their learners' languages."""
    pairs = found.order_by("learner__language", "pk").values_list("learner__language", "pk")
    for language, group in groupby(list(pairs), key=lambda pair: pair[0]):
        own = [key for _language, key in group]
        for start in range(0, len(own), BATCH):
            enrollments = (
                Enrollment.objects.filter(pk__in=own[start : start + BATCH])
                .with_course()
                .select_related("learner")
            )
            yield course_outlines(enrollments=enrollments, language=language)


def _write(outline: CourseOutline, due: Due, *, at: datetime) -> bool:
    enrollment = outline.enrollment
    with transaction.atomic():
        _row, is_new = Reminder.objects.get_or_create(
            enrollment=enrollment,
            occasion=due.occasion,
            day=due.day,
            defaults={"written_at": at},
        )
        if is_new:
            _tell(outline, due, at=at)
    return is_new


def _tell(outline: CourseOutline, due: Due, *, at: datetime) -> None:
    enrollment = outline.enrollment
    todo = _unfinished(outline)
    begins = due.occasion == Occasion.NOT_BEGUN
    tell(
        learner=enrollment.learner,
        template="emails/reminder_begin" if begins else "emails/reminder_closing",
        edition=enrollment.edition,
        at=at,
        last_day=enrollment.last_day,
        titles=todo[:NAMED],
        others=max(0, len(todo) - NAMED),
        url=absolute(reverse("portal:course", args=[enrollment.uuid])),
        calendar_url=absolute(reverse("portal:calendar")),
    )


def _unfinished(outline: CourseOutline) -> list[str]:
    return [
        activity.title
        for activity in outline.activities
        if activity.is_required and activity.state != ActivityState.DONE
    ]
