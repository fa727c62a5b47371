"""My calendar: the page, and what a calendar program reads at a secret address."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from tests.factories.learning import (
    ApplicationFactory,
    ChangeRequestFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
    activity,
    do,
)
from tests.rooms.test_enrollments_places import browser
from training.accounts.models import User
from training.audit.queries import events_of
from training.enrollments.agenda import close_address, renew_address
from training.enrollments.changes import Terms
from training.enrollments.models import Agenda, Change, Enrollment
from training.learning.changes import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner() -> User:
    return LearnerFactory(language="en", email="ana@example.org")


def enrolled(learner: User, *, ends_in: int, **fields: Any) -> Enrollment:
    ends_on = timezone.localdate() + timedelta(days=ends_in)
    return EnrollmentFactory(learner=learner, edition=EditionFactory(ends_on=ends_on, **fields))


def extended(enrollment: Enrollment, days: int) -> None:
    grant(enrollment, Change.EXTENSION, until=enrollment.last_day + timedelta(days=days))


def grant(enrollment: Enrollment, change: Change, **terms: Any) -> None:
    make(
        enrollment=enrollment,
        change=change,
        terms=Terms(**terms),
        made_by=LearnerFactory(),
        at=timezone.now(),
        reason="ill",
    )
    enrollment.refresh_from_db()


def address_of(person: User) -> str:
    token = renew_address(person=person, at=timezone.now()).token
    return reverse("portal:calendar_feed", args=[token])


def events(address: str) -> dict[str, Any]:
    response = Client().get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(response.content)
    return {str(event["UID"]): event for event in found.walk("VEVENT")}


def test_days_stand_in_their_order_and_what_is_waited_for_below(learner: User) -> None:
    late, soon = enrolled(learner, ends_in=30), enrolled(learner, ends_in=5)
    extended(soon, 3)
    grant(
        late,
        Change.MAKE_UP,
        activity=activity(late, "quiz-1"),
        until=timezone.localdate() + timedelta(days=20),
    )
    over = enrolled(learner, ends_in=-3)
    ChangeRequestFactory(enrollment=late)
    ApplicationFactory(learner=learner)
    EnrollmentFactory(edition=EditionFactory(titles={"en": "Somebody else’s"}))
    client = browser(learner)
    text = " ".join(client.get(reverse("portal:calendar")).content.decode().split())
    words = ["Your own last day", "one more attempt: Quiz 1", "The edition closes", "Awaiting"]
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert "Request: more time" in text
    assert "Application" in text
    assert str(over.uuid) not in text
    assert reverse("portal:calendar") in client.get(reverse("portal:courses")).content.decode()


def test_a_calendar_program_reads_days_that_keep_their_names(learner: User) -> None:
    enrollment = enrolled(learner, ends_in=5, starts_on=date(2026, 1, 7))
    address = address_of(learner)
    before = events(address)
    host = "@127.0.0.1" if "127.0.0.1" in next(iter(before)) else "@"
    assert {uid.split("@")[0] for uid in before} == {
        f"start-{enrollment.uuid}",
        f"end-{enrollment.uuid}",
    }
    assert all(host in uid for uid in before)
    begins, ends = (
        next(event for uid, event in before.items() if uid.startswith(kind))
        for kind in ("start", "end")
    )
    assert begins["DTSTART"].dt == date(2026, 1, 7)
    day = enrollment.last_day
    lima = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC) + timedelta(hours=5)
    assert ends["DTSTART"].dt == lima
    assert ends["DTSTART"].to_ical().endswith(b"Z")
    assert "The edition closes" in ends["SUMMARY"]
    extended(enrollment, 2)
    after = events(address)
    assert after.keys() == before.keys()
    moved = next(event for uid, event in after.items() if uid.startswith("end"))
    assert moved["DTSTART"].dt == lima + timedelta(days=2)


def test_it_reveals_neither_marks_nor_who_reads_it(learner: User) -> None:
    enrollment = enrolled(learner, ends_in=5)
    do(enrollment, "quiz-1", scaled="0.35")
    address = address_of(learner)
    content = Client().get(address).content.decode()
    for private in ("7", "35"):
        assert f"{private} of" not in content
    for private in (learner.email, learner.display_name, "ana", "Ñahui"):
        assert private not in content
        assert private not in address
    assert len(Agenda.objects.get().token) >= 43


def test_an_address_is_renewed_and_closed(learner: User) -> None:
    client, page = browser(learner), reverse("portal:calendar")
    assert ".ics" not in client.get(page).content.decode()
    client.post(reverse("portal:calendar_address"))
    first = Agenda.objects.get().token
    assert f"{first}.ics" in client.get(page).content.decode()
    client.post(reverse("portal:calendar_address"))
    second = Agenda.objects.get().token
    assert second != first
    feed = [reverse("portal:calendar_feed", args=[token]) for token in (first, second)]
    assert [Client().get(address).status_code for address in feed] == [404, 200]
    assert Client().post(feed[1]).status_code == 405
    client.post(reverse("portal:calendar_address"), {"close": "1"})
    assert Client().get(feed[1]).status_code == 404
    close_address(person=learner, at=timezone.now())
    verbs = [event.verb for event in events_of(learner)]
    assert verbs.count("calendar address made") == 2
    assert verbs.count("calendar address closed") == 1


def test_nobody_reads_the_calendar_of_a_closed_account(learner: User) -> None:
    address = address_of(learner)
    User.objects.filter(pk=learner.pk).update(is_active=False)
    assert Client().get(address).status_code == 404
    assert Client().get(reverse("portal:calendar_feed", args=["None"])).status_code == 404


def test_page_and_feed_cost_the_same_for_many_courses(learner: User) -> None:
    client, address, counts = browser(learner), address_of(learner), []
    for size in (2, 6):
        for _ in range(size):
            enrollment = enrolled(learner, ends_in=9)
            ChangeRequestFactory(enrollment=enrollment)
            ApplicationFactory(learner=learner)
            quiz = activity(enrollment, "quiz-1")
            grant(enrollment, Change.MAKE_UP, activity=quiz, until=timezone.localdate())
        costs = []
        for who, where in ((client, reverse("portal:calendar")), (Client(), address)):
            who.get(where)
            with CaptureQueriesContext(connection) as queries:
                who.get(where)
            costs.append(len(queries))
        counts.append(costs)
    assert counts[0] == counts[1]
