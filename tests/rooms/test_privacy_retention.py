"""What has been kept long enough is emptied in small batches; facts and marks stay."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone

from assessments.models import Attempt, QuizVersion, Response
from tests.factories.assessments import answer_all, start
from tests.factories.cms import published, reading
from tests.factories.people import PersonFactory, peru
from training.accounts.models import OutgoingMail
from training.audit.models import Event
from training.kernel.retention import keepers
from training.privacy import retention
from training.privacy.rules import years_before
from training.privacy.tasks import apply_retention

pytestmark = pytest.mark.django_db

TWO_YEARS = dt.timedelta(days=2 * 365 + 2)


def attempt_of_today() -> Attempt:
    _course, version = published(lessons=1, quizzes=1)
    enrollment = reading(version)
    activity = version.activities.get(provider="assessments")
    quiz = QuizVersion.objects.get(key=activity.key, number=activity.version)
    attempt = start(enrollment, quiz)
    answer_all(attempt)
    return attempt


def answered() -> int:
    return Response.objects.filter(answer__isnull=False).count()


def message(sent_at: dt.datetime | None) -> OutgoingMail:
    return OutgoingMail.objects.create(
        to=PersonFactory().email,
        template="emails/invitation",
        language="es",
        created_at=timezone.now(),
        not_before=timezone.now(),
        sent_at=sent_at,
    )


def test_who_keeps_what() -> None:
    assert [keeper.what for keeper in keepers()] == ["access", "answers", "messages"]


def test_answers_go_when_their_time_comes_and_what_they_earned_stays() -> None:
    attempt = attempt_of_today()
    peru()
    before = answered()
    assert before > 0
    now = timezone.now()
    retention.apply(at=now)
    assert answered() == before
    earned = list(Response.objects.order_by("pk").values_list("fraction", flat=True))
    retention.apply(at=now + TWO_YEARS)
    assert answered() == 0
    assert list(Response.objects.order_by("pk").values_list("fraction", flat=True)) == earned
    assert Attempt.objects.get(pk=attempt.pk).state == attempt.state


def test_every_batch_leaves_an_event_and_a_second_run_none() -> None:
    attempt_of_today()
    peru()
    number = answered()
    later = timezone.now() + TWO_YEARS
    retention.apply(at=later, batch=1)
    events = Event.objects.filter(verb="retention applied")
    assert events.count() == number
    assert all(event.detail["number"] == 1 for event in events)
    retention.apply(at=later, batch=1)
    assert events.count() == number


def test_a_day_does_no_more_than_its_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    peru()
    for _number in range(5):
        message(timezone.now())
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    later = timezone.now() + TWO_YEARS
    retention.apply(at=later, batch=2)
    assert OutgoingMail.objects.count() == 1
    retention.apply(at=later, batch=2)
    assert OutgoingMail.objects.count() == 0


def test_a_message_that_waits_is_never_old() -> None:
    peru()
    waiting, sent = message(None), message(timezone.now())
    retention.apply(at=timezone.now() + TWO_YEARS)
    assert set(OutgoingMail.objects.values_list("pk", flat=True)) == {waiting.pk}
    assert sent.pk != waiting.pk


def test_the_dry_run_counts_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    peru()
    old = timezone.now() - TWO_YEARS
    message(old)
    message(timezone.now())
    call_command("retention", "--dry-run")
    assert "messages before" in (said := capsys.readouterr().out)
    assert ": 1 would be emptied." in said
    assert OutgoingMail.objects.count() == 2
    call_command("retention")
    assert ": 1 emptied." in capsys.readouterr().out
    assert OutgoingMail.objects.count() == 1


def test_without_a_notice_nothing_goes(capsys: pytest.CaptureFixture[str]) -> None:
    message(timezone.now() - TWO_YEARS)
    apply_retention()
    assert OutgoingMail.objects.count() == 1
    call_command("retention")
    assert "load the country pack first" in capsys.readouterr().out


def test_a_leap_day_goes_back_to_the_day_before_march() -> None:
    moment = dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC)
    assert years_before(moment, 2) == dt.datetime(2026, 2, 28, 12, tzinfo=dt.UTC)
    assert years_before(moment, 4) == dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
