"""Reminders: who is reminded of what, once, in their own language, and who is not."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.learning import (
    ChangeRequestFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
    activity,
    do,
    failed,
)
from tests.rooms.test_enrollments_places import browser
from training.accounts.delivery import deliver
from training.accounts.models import OutgoingMail
from training.audit.actions import SYSTEM
from training.enrollments.changes import Terms
from training.enrollments.models import Enrollment, Occasion, Reminder
from training.enrollments.places import withdraw
from training.learning.actions import record_outcome
from training.learning.changes import accept
from training.learning.reminders import write_due
from training.learning.tasks import write_reminders

pytestmark = pytest.mark.django_db


def closing_in(days: int, **fields: Any) -> Enrollment:
    """Return somebody who has begun and not finished, and how long the edition still goes."""
    edition = EditionFactory(ends_on=timezone.localdate() + timedelta(days=days))
    enrollment = EnrollmentFactory(edition=edition, **fields)
    do(enrollment, "lesson-1")
    return enrollment


def sweep(days: int = 0) -> list[tuple[str, str]]:
    """Let a worker look on a day; return what was written, to whom and under which subject."""
    before = set(OutgoingMail.objects.values_list("pk", flat=True))
    write_due(now=timezone.now() + timedelta(days=days))
    written = OutgoingMail.objects.exclude(pk__in=before).order_by("pk")
    return list(written.values_list("to", "template"))


def enrolled_long_ago(enrollment: Enrollment) -> None:
    Enrollment.objects.filter(pk=enrollment.pk).update(
        enrolled_at=timezone.now() - timedelta(days=60)
    )


def test_two_weeks_one_week_and_two_days_before_the_end_once_each() -> None:
    enrollment = closing_in(20, learner__email="ana@example.org")
    enrolled_long_ago(enrollment)
    counts = []
    for day in range(22):
        counts.append(len(sweep(day)))
        assert sweep(day) == []
    assert [day for day, count in enumerate(counts) if count] == [6, 13, 18]
    assert sum(counts) == 3
    kept = Reminder.objects.order_by("pk").values_list("occasion", flat=True)
    assert list(kept) == ["closes-14", "closes-7", "closes-2"]
    assert set(OutgoingMail.objects.values_list("to", "template")) == {
        ("ana@example.org", "emails/reminder_closing")
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Lesson 2", "Quiz 1", "Go to my course"]), ("es", ["Lección 2", "Cuestionario 1"])],
)
def test_a_reminder_names_what_is_missing_in_the_learners_language(
    language: str, words: list[str]
) -> None:
    enrollment = closing_in(7, learner__language=language)
    enrolled_long_ago(enrollment)
    write_reminders()
    mail = OutgoingMail.objects.get()
    assert mail.language == language
    for word in words:
        assert word in mail.text
        assert word in mail.html
    assert reverse("portal:course", args=[enrollment.uuid]) in mail.text
    assert "Lesson 1" not in mail.text
    assert "Lección 1" not in mail.text


def test_who_has_not_begun_after_a_week_is_asked_once() -> None:
    edition = EditionFactory(starts_on=timezone.localdate())
    enrollment = EnrollmentFactory(edition=edition, at=timezone.now())
    assert [sweep(day) for day in range(7)] == [[]] * 7
    assert sweep(8) == [(enrollment.learner.email, "emails/reminder_begin")]
    assert sweep(9) == []
    assert Reminder.objects.get().occasion == Occasion.NOT_BEGUN


def test_who_has_tried_something_has_begun() -> None:
    edition = EditionFactory(starts_on=timezone.localdate())
    enrollment = EnrollmentFactory(edition=edition, at=timezone.now())
    record_outcome(
        enrollment=enrollment,
        activity=activity(enrollment, "quiz-1"),
        reported=failed(scaled="0.1"),
    )
    assert sweep(8) == []


def test_nobody_else_is_reminded() -> None:
    done = closing_in(7)
    for key in ("lesson-2", "quiz-1"):
        do(done, key)
    left = closing_in(7)
    withdraw(enrollment=left, actor=SYSTEM, at=timezone.now(), reason="left")
    gone = closing_in(7)
    gone.learner.is_active = False
    gone.learner.save()
    quiet = closing_in(7)
    client = browser(quiet.learner)
    page = client.post(reverse("portal:reminders"), {"off": "1"}, follow=True).content.decode()
    assert 'name="on"' in page
    for enrollment in (done, left, gone, quiet):
        enrolled_long_ago(enrollment)
    OutgoingMail.objects.all().delete()
    assert sweep() == []
    client.post(reverse("portal:reminders"), {"on": "1"})
    assert [to for to, _template in sweep()] == [quiet.learner.email]


def test_more_time_is_another_occasion() -> None:
    enrollment = closing_in(2)
    enrolled_long_ago(enrollment)
    assert len(sweep()) == 1
    asked = ChangeRequestFactory(enrollment=enrollment)
    accept(
        request=asked,
        terms=Terms(until=enrollment.last_day + timedelta(days=20)),
        decided_by=LearnerFactory(),
        at=timezone.now(),
    )
    assert sweep() == []
    assert len(sweep(20)) == 1
    assert Reminder.objects.filter(occasion="closes-2").count() == 2


def test_a_reminder_waits_for_the_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled_long_ago(closing_in(7))
    sweep()
    mail, now = OutgoingMail.objects.get(), timezone.now()
    with monkeypatch.context() as patch:
        patch.setattr("training.accounts.delivery.EmailMultiAlternatives.send", refuse)
        with pytest.raises(ConnectionRefusedError):
            deliver(mail_id=mail.pk, now=now)
    assert sweep() == []
    assert deliver(mail_id=mail.pk, now=now + timedelta(hours=1))
    assert [letter.subject for letter in outbox.outbox] == [mail.subject]


def refuse(message: Any) -> None:
    raise ConnectionRefusedError


def test_a_sweep_reads_as_often_for_many_as_for_few() -> None:
    counts = []
    for size in (2, 6):
        for _ in range(size):
            enrolled_long_ago(closing_in(7))
        sweep()
        with CaptureQueriesContext(connection) as queries:
            write_due(now=timezone.now())
        counts.append(len(queries))
    assert counts[0] == counts[1]
