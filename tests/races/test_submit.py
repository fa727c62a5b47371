"""Quizzes begun, answered and submitted at the same instant, on whichever engine the run uses."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from assessments.attempts import (
    AttemptClosed,
    StaleResponse,
    in_paper_order,
    save_own_response,
)
from assessments.models import Attempt, Response
from assessments.models.attempt import AttemptState
from tests.factories.assessments import (
    answer_all,
    approved_item,
    approved_quiz,
    begun,
    enrolled,
    freeze,
    right_answer,
    start,
    submitted,
    wrong_answer,
)
from tests.factories.learning import NOON
from training.audit.models import Event
from training.certificates.models import Certificate
from training.enrollments.models import EnrollmentState
from training.progress.models import Outcome

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make calls in threads that start together; return what each returned or raised."""
    ready = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            ready.wait(timeout=30)
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_two_last_quizzes_at_once_earn_exactly_one_certificate() -> None:
    versions = [freeze(approved_quiz([approved_item(), approved_item()])) for _quiz in range(2)]
    for _round in range(3):
        enrollment = enrolled(*versions)
        attempts = [start(enrollment, version) for version in versions]
        for attempt in attempts:
            answer_all(attempt)
        results = at_once(*[lambda a=a: submitted(a) for a in attempts])
        assert [result.scaled for result in results] == [Decimal(1), Decimal(1)]
        enrollment.refresh_from_db()
        assert enrollment.state == EnrollmentState.COMPLETED
        assert Certificate.objects.filter(enrollment=enrollment).count() == 1


def test_a_double_submit_gives_one_result() -> None:
    attempt = begun()
    answer_all(attempt)
    results = at_once(*[lambda: submitted(attempt)] * 8)
    assert {(result.scaled, result.state) for result in results} == {
        (Decimal(1), AttemptState.GRADED)
    }
    assert Outcome.objects.count() == 1
    assert Certificate.objects.count() == 1
    assert Event.objects.filter(verb="attempt.submitted").count() == 1


def test_beginning_twice_gives_one_attempt() -> None:
    version = freeze(approved_quiz([approved_item(), approved_item()]))
    enrollment = enrolled(version)
    results = at_once(*[lambda: start(enrollment, version)] * 8)
    assert {result.pk for result in results} == {Attempt.objects.get().pk}
    assert Response.objects.count() == 2
    assert Event.objects.filter(verb="attempt.started").count() == 1


def test_of_two_different_answers_at_once_one_is_kept_and_the_other_told() -> None:
    attempt = begun(approved_item())
    item = in_paper_order(attempt)[0].item_version

    def save(given: list[str]) -> Response:
        return save_own_response(
            learner=attempt.enrollment.learner,
            uuid=attempt.uuid,
            place=1,
            given=given,
            is_flagged=False,
            revision=0,
            at=NOON,
        )

    results = at_once(lambda: save(right_answer(item)), lambda: save(wrong_answer(item)))
    stale = [result for result in results if isinstance(result, StaleResponse)]
    kept = [result for result in results if isinstance(result, Response)]
    assert (len(kept), len(stale)) == (1, 1)
    assert stale[0].stored.answer == kept[0].answer
    stored = Response.objects.get()
    assert (stored.answer, stored.revision) == (kept[0].answer, 1)


def test_an_answer_saved_while_submitting_counts_or_is_refused_but_never_half() -> None:
    for _round in range(5):
        attempt = begun(approved_item(), attempts_allowed=1)
        item = in_paper_order(attempt)[0].item_version

        def save(attempt: Attempt = attempt, item: Any = item) -> Response:
            return save_own_response(
                learner=attempt.enrollment.learner,
                uuid=attempt.uuid,
                place=1,
                given=right_answer(item),
                is_flagged=False,
                revision=0,
                at=NOON,
            )

        saved, marked = at_once(save, lambda a=attempt: submitted(a))
        was_in_time = isinstance(saved, Response)
        assert was_in_time or isinstance(saved, AttemptClosed), saved
        assert marked.scaled == (1 if was_in_time else 0)
        stored = Response.objects.get(attempt=attempt)
        assert (stored.answer is not None, stored.fraction) == (was_in_time, marked.scaled)
