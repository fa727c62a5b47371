"""Attempts: begun once, saved as they go, marked once, and reported to the record."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from assessments.attempts import (
    AttemptClosed,
    EditionOver,
    NoAttemptsLeft,
    NotEnrolled,
    StaleResponse,
    in_paper_order,
    save_response,
)
from assessments.marking import Kind, right_options
from assessments.models import Attempt, Response
from assessments.models.attempt import AttemptState
from assessments.rules import BadAnswer
from tests.factories.assessments import (
    activity_of,
    answer_all,
    approve,
    approved_item,
    approved_quiz,
    begun,
    enrolled,
    freeze,
    option,
    right_answer,
    start,
    submitted,
    wrong_answer,
)
from tests.factories.learning import NOON, LearnerFactory, do, lesson
from training.audit.queries import events_of
from training.certificates.models import Certificate
from training.enrollments.changes import Terms
from training.enrollments.models import Change, EnrollmentState
from training.enrollments.places import withdraw
from training.kernel.lifecycle import IllegalTransition
from training.learning.changes import make
from training.learning.queries import ActivityState, course_outline
from training.progress.models import Outcome

pytestmark = pytest.mark.django_db


def save(
    attempt: Attempt, place: int, given: list[str], *, revision: int = 0, **fields: object
) -> Response:
    sheet = attempt.paper[place]
    return save_response(
        attempt=attempt,
        item_version_id=sheet["item_version"],
        given=given,
        revision=revision,
        **{"is_flagged": False, "at": NOON} | fields,
    )


def stored(attempt: Attempt, place: int) -> Response:
    return Response.objects.get(
        attempt=attempt, item_version_id=attempt.paper[place]["item_version"]
    )


# --- starting ---------------------------------------------------------------------------------


def test_beginning_draws_a_paper_and_keeps_a_place_for_every_answer() -> None:
    attempt = begun(shuffle_items=True, shuffle_options=True)
    assert (attempt.number, attempt.state, len(attempt.paper)) == (1, "in_progress", len(Kind))
    assert attempt.responses.filter(answer__isnull=True, revision=0, saved_at=None).count() == len(
        Kind
    )
    assert [event.verb for event in events_of(attempt)] == ["attempt.started"]


def test_beginning_again_goes_on_with_the_attempt_in_progress() -> None:
    attempt = begun()
    save(attempt, 0, right_answer(stored(attempt, 0).item_version))
    again = start(attempt.enrollment, attempt.quiz_version, at=NOON + timedelta(days=1))
    assert again == attempt
    assert Attempt.objects.count() == 1


def test_attempts_are_used_up_and_may_be_used_after_passing() -> None:
    attempt = begun(attempts_allowed=2)
    answer_all(attempt)
    assert submitted(attempt).is_passed
    second = start(attempt.enrollment, attempt.quiz_version)
    assert second.number == 2
    submitted(second)
    with pytest.raises(NoAttemptsLeft):
        start(attempt.enrollment, attempt.quiz_version)


def grant(attempt: Attempt, change: Change, **terms: object) -> None:
    make(
        enrollment=attempt.enrollment,
        change=change,
        terms=Terms(**terms),
        made_by=LearnerFactory(),
        at=NOON,
        reason="Power cut",
    )


def test_a_make_up_is_one_more_attempt_for_one_learner() -> None:
    attempt = begun(attempts_allowed=1)
    submitted(attempt)
    other = submitted(start(enrolled(attempt.quiz_version), attempt.quiz_version))
    until = attempt.enrollment.last_day
    grant(attempt, Change.MAKE_UP, activity=attempt.activity, until=until)
    again = start(attempt.enrollment, attempt.quiz_version)
    assert again.number == 2
    submitted(again)
    for used_up in (attempt, other):
        with pytest.raises(NoAttemptsLeft):
            start(used_up.enrollment, used_up.quiz_version)


def test_after_the_last_day_nothing_is_begun_but_what_runs_is_finished() -> None:
    attempt = begun(attempts_allowed=3)
    last_day = attempt.enrollment.last_day
    after = NOON + timedelta(days=(last_day - NOON.date()).days + 1)
    assert start(attempt.enrollment, attempt.quiz_version, at=after) == attempt
    submitted(attempt, at=after)
    with pytest.raises(EditionOver):
        start(attempt.enrollment, attempt.quiz_version, at=after)
    grant(attempt, Change.MAKE_UP, activity=attempt.activity, until=last_day + timedelta(days=2))
    second = start(attempt.enrollment, attempt.quiz_version, at=after)
    submitted(second, at=after)
    with pytest.raises(EditionOver):
        start(attempt.enrollment, attempt.quiz_version, at=after)
    grant(attempt, Change.EXTENSION, until=last_day + timedelta(days=1))
    attempt.enrollment.refresh_from_db()
    assert start(attempt.enrollment, attempt.quiz_version, at=after).number == 3


def test_who_has_left_the_edition_begins_nothing() -> None:
    version = freeze(approved_quiz([approved_item()]))
    enrollment = enrolled(version)
    withdraw(enrollment=enrollment, actor=enrollment.learner.actor, at=NOON, reason="Moved away")
    with pytest.raises(NotEnrolled):
        start(enrollment, version)


def test_two_learners_are_drawn_different_papers() -> None:
    items = [approved_item() for _number in range(8)]
    version = freeze(approved_quiz(items, shuffle_items=True, shuffle_options=True))
    papers = [start(enrolled(version), version).paper for _learner in range(3)]
    assert papers[0] != papers[1] or papers[1] != papers[2]
    everything = {sheet["item_version"] for sheet in papers[0]}
    assert all({sheet["item_version"] for sheet in paper} == everything for paper in papers)


# --- saving -----------------------------------------------------------------------------------


def test_an_answer_is_kept_as_it_is_given() -> None:
    attempt = begun(approved_item(Kind.NUMERIC))
    kept = save(attempt, 0, ["1,5"], is_flagged=True, at=NOON + timedelta(minutes=3))
    assert (kept.answer, kept.revision, kept.is_flagged) == ("1,5", 1, True)
    assert stored(attempt, 0).saved_at == NOON + timedelta(minutes=3)


def test_the_same_answer_again_changes_nothing_whatever_its_revision() -> None:
    attempt = begun(approved_item(Kind.MULTIPLE))
    given = right_answer(stored(attempt, 0).item_version)
    first = save(attempt, 0, given)
    again = save(attempt, 0, list(reversed(given)), revision=0, at=NOON + timedelta(hours=1))
    assert (again.revision, again.saved_at) == (first.revision, NOON)


def test_a_flag_is_no_change_of_the_answer() -> None:
    attempt = begun(approved_item())
    given = right_answer(stored(attempt, 0).item_version)
    save(attempt, 0, given)
    flagged = save(attempt, 0, given, revision=0, is_flagged=True)
    assert (flagged.is_flagged, flagged.revision) == (True, 1)


def test_two_windows_do_not_overwrite_each_other_unseen() -> None:
    attempt = begun(approved_item())
    right, wrong = (make(stored(attempt, 0).item_version) for make in (right_answer, wrong_answer))
    save(attempt, 0, right, revision=0)
    with pytest.raises(StaleResponse) as stale:
        save(attempt, 0, wrong, revision=0)
    assert stale.value.stored.answer == right[0]
    assert stored(attempt, 0).answer == right[0]
    chosen = save(attempt, 0, wrong, revision=stale.value.stored.revision)
    assert (chosen.answer, chosen.revision) == (wrong[0], 2)


def test_what_is_not_on_the_paper_is_refused() -> None:
    attempt = begun(approved_item(), approved_item())
    foreign = right_answer(stored(attempt, 1).item_version)
    with pytest.raises(BadAnswer):
        save(attempt, 0, foreign)
    assert stored(attempt, 0).answer is None


def test_a_submitted_attempt_takes_no_answer() -> None:
    attempt = begun(approved_item())
    submitted(attempt)
    with pytest.raises(AttemptClosed):
        save(attempt, 0, right_answer(stored(attempt, 0).item_version))
    assert stored(attempt, 0).answer is None


# --- submitting -------------------------------------------------------------------------------


def test_all_right_earns_everything_and_the_record_hears_of_it_once() -> None:
    attempt = begun()
    answer_all(attempt)
    at = NOON + timedelta(hours=1)
    marked = submitted(attempt, at=at)
    assert (marked.state, marked.scaled, marked.is_passed) == ("graded", Decimal(1), True)
    outcome = Outcome.objects.get()
    assert outcome.source == f"assessments:attempt:{attempt.uuid}"
    assert (outcome.scaled, outcome.is_success, outcome.occurred_at) == (Decimal(1), True, at)
    assert len(outcome.evidence) == 64
    assert [event.verb for event in events_of(attempt)] == ["attempt.submitted", "attempt.started"]


def test_the_impatient_second_click_finds_the_first_ones_result() -> None:
    attempt = begun()
    answer_all(attempt, right=2)
    first = submitted(attempt)
    second = submitted(attempt, at=NOON + timedelta(hours=1))
    assert (second.scaled, second.submitted_at) == (first.scaled, first.submitted_at)
    assert Outcome.objects.count() == 1
    assert len(events_of(attempt)) == 2


def test_an_abandoned_attempt_cannot_be_submitted() -> None:
    attempt = begun()
    Attempt.objects.filter(pk=attempt.pk).update(state=AttemptState.ABANDONED)
    with pytest.raises(IllegalTransition):
        submitted(attempt)
    assert not Outcome.objects.exists()


def test_part_of_the_points_is_earned_for_part_of_the_answer() -> None:
    item = approved_item(
        Kind.MULTIPLE,
        options=[option(text, is_correct=text in "abc") for text in "abcd"],
    )
    attempt = begun(item)
    frozen = stored(attempt, 0).item_version
    save(attempt, 0, sorted(right_options(frozen.structure))[:2])
    marked = submitted(attempt)
    assert marked.scaled == Decimal("0.666667")
    assert stored(attempt, 0).fraction == Decimal("0.666667")
    assert not marked.is_passed


def test_points_weigh() -> None:
    attempt = begun(approved_item(points=Decimal(3)), approved_item(points=Decimal(1)))
    answer_all(attempt, right=1)
    assert submitted(attempt).scaled == Decimal("0.75")


@pytest.mark.parametrize(("right", "is_passed"), [(6, False), (7, True)])
def test_reaching_the_cut_score_exactly_is_enough(right: int, is_passed: bool) -> None:
    attempt = begun(*[approved_item() for _number in range(10)], cut_score=Decimal("0.7"))
    answer_all(attempt, right=right)
    assert submitted(attempt).is_passed is is_passed


def test_the_best_attempt_counts() -> None:
    items = [approved_item() for _number in range(4)]
    version = freeze(approved_quiz(items, attempts_allowed=3, cut_score=Decimal(1)))
    enrollment = enrolled(version)
    for right in (2, 3, 1):
        attempt = start(enrollment, version)
        answer_all(attempt, right=right)
        submitted(attempt)
    line = course_outline(enrollment=enrollment, language="es").activities[0]
    assert (line.state, line.mark) == (ActivityState.TRIED, Decimal("15.00"))


def test_the_last_pass_completes_the_course_and_earns_one_certificate() -> None:
    version = freeze(approved_quiz([approved_item(kind) for kind in Kind]))
    enrollment = enrolled(version, before=[lesson(1)])
    do(enrollment, "lesson-1")
    failed = start(enrollment, version)
    answer_all(failed, right=1)
    submitted(failed)
    assert not Certificate.objects.exists()
    passed = start(enrollment, version)
    answer_all(passed)
    submitted(passed)
    submitted(passed)
    enrollment.refresh_from_db()
    assert enrollment.state == EnrollmentState.COMPLETED
    assert Certificate.objects.get().mark == Decimal("20.00")


def test_the_evidence_seals_paper_and_answers() -> None:
    def evidence(right: int, **terms: object) -> str:
        attempt = begun(*items, **terms)
        answer_all(attempt, right=right)
        submitted(attempt)
        return Outcome.objects.get(source=attempt.source).evidence

    items = [approved_item(), approved_item()]
    assert evidence(2) != evidence(1)


def test_the_database_itself_refuses_a_second_attempt_in_progress() -> None:
    attempt = begun()
    fields = {
        "enrollment": attempt.enrollment,
        "activity": attempt.activity,
        "quiz_version": attempt.quiz_version,
        "seed": 1,
        "paper": [],
        "started_at": NOON,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(number=2, **fields)
    submitted(attempt)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(number=1, **fields)
    assert Attempt.objects.create(number=2, **fields).is_open


def test_the_paper_gives_the_order_of_the_answers() -> None:
    attempt = begun(*[approved_item() for _number in range(5)], shuffle_items=True)
    papers = [sheet["item_version"] for sheet in attempt.paper]
    assert [response.item_version_id for response in in_paper_order(attempt)] == papers


def test_a_new_version_of_the_course_serves_the_mended_key_to_new_learners_only() -> None:
    item = approved_item()
    quiz = approved_quiz([item])
    old_version = freeze(quiz)
    old = enrolled(old_version)
    item.options = [
        option(block.value["text"], is_correct=place == 1, key=block.id)
        for place, block in enumerate(item.options)
    ]
    approve(item)
    new_version = freeze(quiz)
    new = enrolled(new_version)
    second_option = str(item.options[1].id)
    scores = []
    for enrollment, version in ((old, old_version), (new, new_version)):
        attempt = start(enrollment, version)
        save(attempt, 0, [second_option])
        scores.append(submitted(attempt).scaled)
    assert scores == [0, 1]
    assert activity_of(old, old_version).version == 1
