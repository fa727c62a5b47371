"""A request that two people answer at the same instant, and two who change places."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from tests.factories.learning import (
    NOON,
    ChangeRequestFactory,
    CohortFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
)
from tests.races.test_submit import at_once
from training.accounts.models import OutgoingMail
from training.audit.models import Event
from training.enrollments.changes import AlreadyAnswered, Terms
from training.enrollments.models import Change, ChangeRequest, Enrollment, Reminder
from training.learning.changes import accept, decline, make
from training.learning.reminders import write_due

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_deciders_one_answers_and_the_other_is_told() -> None:
    for _round in range(3):
        asked = ChangeRequestFactory()
        results: list[Any] = at_once(
            partial(
                accept,
                request=asked,
                terms=Terms(until=asked.until),
                decided_by=LearnerFactory(),
                at=NOON,
            ),
            partial(decline, request=asked, decided_by=LearnerFactory(), at=NOON, words="no"),
        )
        refused = [result for result in results if isinstance(result, Exception)]
        assert [type(result) for result in refused] == [AlreadyAnswered]
        asked.refresh_from_db()
        asked.enrollment.refresh_from_db()
        is_accepted = asked.state == "accepted"
        assert (asked.enrollment.extended_until == asked.until) is is_accepted
        assert OutgoingMail.objects.filter(to=asked.enrollment.learner.email).count() == 1
    assert Event.objects.filter(verb__in=("change.accepted", "change.declined")).count() == 3
    assert not ChangeRequest.objects.undecided().exists()


def test_two_workers_remind_once() -> None:
    day = timezone.localdate() + timedelta(days=7)
    for _learner in range(4):
        EnrollmentFactory(edition=EditionFactory(ends_on=day))
    results = at_once(*[partial(write_due, now=timezone.now())] * 2)
    assert not [result for result in results if isinstance(result, Exception)], results
    assert sum(results) == OutgoingMail.objects.count() == Reminder.objects.count() == 8


def test_two_who_change_editions_against_each_other_do_not_wait_forever() -> None:
    one = EditionFactory()
    other = EditionFactory(course_version=one.course_version)
    cohorts = [CohortFactory(edition=edition, capacity=8) for edition in (one, other)]
    leaving = [
        EnrollmentFactory(edition=cohort.edition, cohort=cohort)
        for cohort in cohorts
        for _person in range(3)
    ]
    results = at_once(
        *[
            partial(
                make,
                enrollment=enrollment,
                change=Change.TRANSFER,
                terms=Terms(edition=other if enrollment.edition == one else one),
                made_by=LearnerFactory(),
                at=NOON,
                reason="swap",
            )
            for enrollment in leaving
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)], results
    assert Enrollment.objects.filter(state="withdrawn").count() == 6
    assert [cohort.enrollments.holding_a_place().count() for cohort in cohorts] == [3, 3]
