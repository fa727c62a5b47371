"""From the last outcome to one completed course and one certificate."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.learning import (
    NOON,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
    activity,
    do,
    do_all,
    failed,
    lesson,
    passed,
    quiz,
)
from training.audit.actions import SYSTEM, Actor
from training.audit.models import Event
from training.audit.queries import events_of
from training.certificates.actions import AlreadyIssued
from training.certificates.models import Certificate
from training.enrollments.actions import (
    EnrollmentClosed,
    NameMissing,
    NameSettled,
    complete,
    confirm_name,
    enroll,
)
from training.enrollments.models import Enrollment, EnrollmentState
from training.enrollments.places import withdraw
from training.kernel.lifecycle import IllegalTransition
from training.learning.actions import NotCompleted, issue_certificate, record_outcome
from training.learning.queries import ActivityState, course_outline, course_outlines

pytestmark = pytest.mark.django_db

REGISTRAR = Actor(uuid=None, name="Registrar", role="registrar")


def test_the_last_fact_completes_the_course_and_earns_one_certificate() -> None:
    enrollment = EnrollmentFactory()
    do(enrollment, "lesson-1")
    do(enrollment, "lesson-2")
    assert not Certificate.objects.exists()
    do(enrollment, "quiz-1", scaled="0.7", at=NOON + timedelta(hours=1))
    enrollment.refresh_from_db()
    assert enrollment.state == EnrollmentState.COMPLETED
    assert enrollment.completed_at == NOON + timedelta(hours=1)
    certificate = Certificate.objects.get()
    assert (certificate.enrollment, certificate.mark) == (enrollment, Decimal("14.00"))


def test_the_impatient_second_click_changes_nothing() -> None:
    enrollment = EnrollmentFactory()
    do(enrollment, "lesson-1")
    do(enrollment, "lesson-2")
    last = passed(scaled="1", source="quiz:attempt-1")
    for _click in range(2):
        record_outcome(
            enrollment=enrollment, activity=activity(enrollment, "quiz-1"), reported=last
        )
    assert Certificate.objects.count() == 1
    assert Event.objects.filter(verb="enrollment.completed").count() == 1


def test_a_better_mark_afterwards_changes_no_certificate() -> None:
    enrollment = EnrollmentFactory()
    do_all(enrollment, scaled="0.75")
    do(enrollment, "quiz-1", scaled="1")
    assert Certificate.objects.get().mark == Decimal("15.00")


def test_a_mark_below_the_cut_completes_nothing_until_it_is_reached() -> None:
    enrollment = EnrollmentFactory()
    do_all(enrollment, scaled="0.69")
    enrollment.refresh_from_db()
    assert enrollment.state == EnrollmentState.ACTIVE
    do(enrollment, "quiz-1", scaled="0.7")
    assert Certificate.objects.get().mark == Decimal("14.00")


def test_a_failed_quiz_keeps_the_course_open() -> None:
    enrollment = EnrollmentFactory()
    do(enrollment, "lesson-1")
    do(enrollment, "lesson-2")
    record_outcome(
        enrollment=enrollment,
        activity=activity(enrollment, "quiz-1"),
        reported=failed(scaled="0.9"),
    )
    assert not Certificate.objects.exists()


def test_an_optional_activity_is_not_waited_for() -> None:
    version = CourseVersionFactory(activities=[lesson(1), lesson(2, is_required=False), quiz(1)])
    enrollment = EnrollmentFactory(edition__course_version=version)
    do(enrollment, "lesson-1")
    do(enrollment, "quiz-1")
    assert Certificate.objects.count() == 1


def test_completing_is_true_exactly_once() -> None:
    enrollment = EnrollmentFactory()
    assert complete(enrollment=enrollment, at=NOON, actor=SYSTEM)
    assert not complete(enrollment=enrollment, at=NOON, actor=SYSTEM)


def test_an_edition_with_approval_waits_for_a_person() -> None:
    enrollment = EnrollmentFactory(edition__approval=True, completed=True)
    assert enrollment.state == EnrollmentState.COMPLETED
    assert not Certificate.objects.exists()
    issue_certificate(enrollment=enrollment, actor=REGISTRAR, at=NOON, reason="Acta 3")
    event = events_of(Certificate.objects.get()).get(verb="certificate.issued")
    assert (event.actor_name, event.reason) == ("Registrar", "Acta 3")
    with pytest.raises(AlreadyIssued):
        issue_certificate(enrollment=enrollment, actor=REGISTRAR, at=NOON, reason="again")
    assert Certificate.objects.count() == 1


def test_nothing_is_issued_by_hand_before_the_course_is_completed() -> None:
    with pytest.raises(NotCompleted):
        issue_certificate(
            enrollment=EnrollmentFactory(), actor=REGISTRAR, at=NOON, reason="a favour"
        )
    assert not Certificate.objects.exists()


def test_a_completed_course_cannot_be_left_and_a_left_one_can_be_taken_up() -> None:
    with pytest.raises(IllegalTransition):
        withdraw(enrollment=EnrollmentFactory(completed=True), actor=REGISTRAR, at=NOON, reason="?")
    leaving = EnrollmentFactory()
    withdraw(enrollment=leaving, actor=REGISTRAR, at=NOON, reason="Transfer")
    leaving.refresh_from_db()
    assert leaving.state == EnrollmentState.WITHDRAWN
    assert events_of(leaving).first().reason == "Transfer"


def test_facts_of_somebody_withdrawn_are_kept_and_complete_nothing() -> None:
    enrollment = EnrollmentFactory()
    withdraw(enrollment=enrollment, actor=REGISTRAR, at=NOON, reason="Transfer")
    do_all(enrollment)
    enrollment.refresh_from_db()
    assert enrollment.outcomes.count() == 3
    assert enrollment.state == EnrollmentState.WITHDRAWN
    assert not Certificate.objects.exists()


def test_enrolling_twice_is_enrolling_once() -> None:
    learner, edition = LearnerFactory(), EditionFactory()
    fields = {"learner": learner, "edition": edition, "actor": learner.actor, "at": NOON}
    moment = edition.enrollment_opens_at + timedelta(hours=1)
    first, is_new = enroll(**fields | {"at": moment}, name_on_certificate=" Ana  Flores ")
    again, is_new_again = enroll(**fields | {"at": moment}, name_on_certificate="Another Name")
    assert (is_new, is_new_again) == (True, False)
    assert first == again
    assert again.name_on_certificate == "Ana Flores"
    assert Event.objects.filter(verb="enrollment.created").count() == 1


@pytest.mark.parametrize("state", ["by_list", "closed", "not_yet"])
def test_a_closed_edition_takes_people_only_by_hand(state: str) -> None:
    edition, learner = EditionFactory(**{state: True}), LearnerFactory()
    now = edition.enrollment_opens_at
    if state == "closed":
        now = edition.enrollment_closes_at
    if state == "not_yet":
        now -= timedelta(seconds=1)
    fields = {"learner": learner, "edition": edition, "actor": REGISTRAR, "at": now}
    with pytest.raises(EnrollmentClosed):
        enroll(**fields, name_on_certificate="Ana Flores")
    _enrollment, is_new = enroll(**fields, name_on_certificate="Ana Flores", by_hand=True)
    assert is_new


def test_a_certificate_is_never_for_nobody() -> None:
    with pytest.raises(NameMissing):
        EnrollmentFactory(name_on_certificate="  ")


def test_the_name_is_settled_by_completing() -> None:
    enrollment = EnrollmentFactory()
    confirm_name(enrollment=enrollment, name="Ana Flores", actor=REGISTRAR, at=NOON)
    do_all(enrollment)
    assert Certificate.objects.get().recipient_name == "Ana Flores"
    with pytest.raises(NameSettled):
        confirm_name(enrollment=enrollment, name="Ana Rojas", actor=REGISTRAR, at=NOON)


def test_an_outline_tells_what_is_done_and_what_comes_next() -> None:
    enrollment = EnrollmentFactory()
    do(enrollment, "lesson-1")
    record_outcome(
        enrollment=enrollment,
        activity=activity(enrollment, "quiz-1"),
        reported=failed(scaled="0.5"),
    )
    outline = course_outline(enrollment=enrollment, language="en")
    assert [line.state for line in outline.activities] == [
        ActivityState.DONE,
        ActivityState.TODO,
        ActivityState.TRIED,
    ]
    assert [line.mark for line in outline.activities] == [None, None, Decimal("10.00")]
    assert (outline.done, outline.total, outline.percent) == (1, 3, 33)
    assert outline.next_activity.title == "Lesson 2"
    assert outline.minutes_left == 75
    assert [step and step.key for step in outline.around("lesson-2")] == ["lesson-1", "quiz-1"]
    assert [step and step.key for step in outline.around("quiz-1")] == ["lesson-2", None]


def test_outlines_of_many_cost_as_many_queries_as_of_one() -> None:
    counts = []
    for size in (1, 5):
        for _ in range(size):
            do(EnrollmentFactory(), "lesson-1")
        enrollments = list(Enrollment.objects.with_course())
        with CaptureQueriesContext(connection) as queries:
            course_outlines(enrollments=enrollments, language="es")
        counts.append(len(queries))
    assert counts == [3, 3]


def test_who_scored_nothing_once_is_certified_after_passing() -> None:
    enrollment = EnrollmentFactory()
    record_outcome(
        enrollment=enrollment,
        activity=activity(enrollment, "quiz-1"),
        reported=failed(scaled="0"),
    )
    do_all(enrollment)
    assert Certificate.objects.get(enrollment=enrollment).mark == Decimal(20)
