"""Outcomes are facts: appended once, never changed."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories.learning import (
    CourseVersionFactory,
    EnrollmentFactory,
    activity,
    do,
    failed,
    passed,
)
from training.audit.append_only import AppendOnlyViolation
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment
from training.learning.actions import record_outcome
from training.progress.actions import ForeignActivity, SourceConflict
from training.progress.models import Outcome
from training.progress.queries import facts_of, standing_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment() -> Enrollment:
    return EnrollmentFactory()


def test_a_report_repeated_is_one_fact(enrollment: Enrollment) -> None:
    quiz, report = activity(enrollment, "quiz-1"), passed(scaled="0.8", source="quiz:attempt-1")
    first = record_outcome(enrollment=enrollment, activity=quiz, reported=report)
    again = record_outcome(enrollment=enrollment, activity=quiz, reported=report)
    assert first == again
    assert Outcome.objects.count() == 1


@pytest.mark.parametrize(
    "second",
    [
        passed(scaled="0.8", source="quiz:1", evidence="other"),
        failed(scaled="0.8", source="quiz:1", evidence="paper"),
    ],
    ids=["other evidence", "other verdict"],
)
def test_a_source_cannot_say_two_things(enrollment: Enrollment, second) -> None:
    quiz = activity(enrollment, "quiz-1")
    first = passed(scaled="0.8", source="quiz:1", evidence="paper")
    record_outcome(enrollment=enrollment, activity=quiz, reported=first)
    with pytest.raises(SourceConflict):
        record_outcome(enrollment=enrollment, activity=quiz, reported=second)
    assert Outcome.objects.get().evidence == "paper"


def test_a_source_cannot_speak_of_two_activities(enrollment: Enrollment) -> None:
    report = passed(source="one-source")
    record_outcome(
        enrollment=enrollment, activity=activity(enrollment, "lesson-1"), reported=report
    )
    with pytest.raises(SourceConflict):
        record_outcome(
            enrollment=enrollment, activity=activity(enrollment, "lesson-2"), reported=report
        )


def test_an_activity_of_another_version_is_refused(enrollment: Enrollment) -> None:
    newer = CourseVersionFactory(course=enrollment.course_version.course)
    foreign = Activity.objects.get(course_version=newer, key="lesson-1")
    with pytest.raises(ForeignActivity):
        record_outcome(enrollment=enrollment, activity=foreign, reported=passed())
    assert not Outcome.objects.exists()


def test_the_best_attempt_counts_and_all_are_kept(enrollment: Enrollment) -> None:
    quiz = activity(enrollment, "quiz-1")
    for scaled in ("0.9", "0.4"):
        record_outcome(enrollment=enrollment, activity=quiz, reported=passed(scaled=scaled))
    assert standing_of(enrollment).scaled == Decimal("0.9")
    assert Outcome.objects.count() == 2


def test_a_fact_that_is_superseded_no_longer_counts(enrollment: Enrollment) -> None:
    quiz = activity(enrollment, "quiz-1")
    wrong = passed(scaled="0.9", source="quiz:1")
    record_outcome(enrollment=enrollment, activity=quiz, reported=wrong)
    remark = failed(scaled="0.5", source="quiz:1:remark", supersedes="quiz:1")
    record_outcome(enrollment=enrollment, activity=quiz, reported=remark)
    assert [fact.scaled for fact in facts_of(enrollment)] == [Decimal("0.5")]
    assert quiz.pk not in standing_of(enrollment).done
    assert Outcome.objects.count() == 2


@pytest.mark.parametrize("statement", ["UPDATE {} SET is_success = false", "DELETE FROM {}"])
def test_an_outcome_withstands_raw_sql(enrollment: Enrollment, statement: str) -> None:
    do(enrollment, "lesson-1")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(Outcome._meta.db_table))
    assert Outcome.objects.get().is_success


def test_an_outcome_withstands_the_orm(enrollment: Enrollment) -> None:
    do(enrollment, "lesson-1")
    outcome = Outcome.objects.get()
    outcome.is_success = False
    for deed in (
        outcome.save,
        outcome.delete,
        Outcome.objects.all().delete,
        lambda: Outcome.objects.update(is_success=False),
    ):
        with pytest.raises(AppendOnlyViolation):
            deed()
