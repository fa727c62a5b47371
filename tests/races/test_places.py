"""The last place, taken by many at the same instant, and a free one given to one who waits."""

from functools import partial

import pytest
from django.db import connection

from tests.factories.learning import NOON, CohortFactory, EditionFactory, LearnerFactory
from tests.races.test_submit import at_once
from training.accounts.models import OutgoingMail
from training.audit.actions import SYSTEM
from training.audit.models import Event
from training.enrollments.models import Cohort, Enrollment, Wait, WaitState
from training.enrollments.places import Seat, places_of, take_place, withdraw
from training.portal.actions import enroll_oneself

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def cohort_with_one_place_left() -> Cohort:
    cohort = CohortFactory(edition=EditionFactory(), capacity=8)
    for _ in range(7):
        take(cohort)
    return cohort


def take(cohort: Cohort) -> Seat:
    return take_place(
        learner=LearnerFactory(),
        edition=cohort.edition,
        cohort=cohort,
        name_on_certificate="Ana Flores",
        actor=SYSTEM,
        at=NOON,
        by_hand=True,
    )


def test_the_last_place_goes_to_one_of_eight_and_the_others_wait_in_order() -> None:
    cohort = cohort_with_one_place_left()
    people = [LearnerFactory() for _ in range(THREADS)]
    now = cohort.edition.enrollment_opens_at
    seats = at_once(
        *[
            partial(enroll_oneself, learner=who, edition=cohort.edition, name="Ana Flores", at=now)
            for who in people
        ]
    )
    assert all(isinstance(seat, Seat) for seat in seats), seats
    assert sum(seat.enrollment is not None for seat in seats) == 1
    assert Enrollment.objects.filter(cohort=cohort).count() == cohort.capacity
    waits = list(Wait.objects.waiting())
    assert sorted(places_of(waits).values()) == list(range(1, THREADS))
    assert connection.vendor in ("sqlite", "postgresql")


def test_a_place_left_is_given_once_though_two_leave_and_many_come_at_once() -> None:
    cohort = cohort_with_one_place_left()
    take(cohort)
    waiting = [take(cohort).wait for _ in range(3)]
    leaving = list(Enrollment.objects.filter(cohort=cohort)[:2])
    newcomers = [LearnerFactory() for _ in range(4)]
    results = at_once(
        *[
            partial(withdraw, enrollment=one, actor=SYSTEM, at=NOON, reason="moved away")
            for one in leaving
        ],
        *[
            partial(
                take_place,
                learner=who,
                edition=cohort.edition,
                name_on_certificate="Ana Flores",
                actor=SYSTEM,
                at=NOON,
                by_hand=True,
            )
            for who in newcomers
        ],
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert Enrollment.objects.filter(cohort=cohort).holding_a_place().count() == cohort.capacity
    states = [Wait.objects.get(pk=wait.pk).state for wait in waiting if wait]
    assert states == [WaitState.ENROLLED, WaitState.ENROLLED, WaitState.WAITING]
    assert OutgoingMail.objects.filter(template="emails/place_found").count() == 2
    assert Event.objects.filter(verb="enrollment.place-given").count() == 2
