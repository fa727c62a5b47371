"""Capacity, quotas and the waiting list, as learners and coordinators meet them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.learning import (
    NOON,
    CohortFactory,
    EditionFactory,
    EnrollmentFactory,
    InstitutionFactory,
    LearnerFactory,
)
from tests.factories.people import district, peru
from tests.rooms.test_desk import member, page, send_list
from training.accounts.models import OutgoingMail, Post, User
from training.accounts.roles import Role
from training.audit.actions import SYSTEM
from training.audit.queries import events_of
from training.enrollments.models import Cohort, Enrollment, Quota, Wait, WaitState
from training.enrollments.places import (
    NoPlace,
    NotWaiting,
    Seat,
    move_to_cohort,
    place_of,
    stop_waiting,
    take_place,
    withdraw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.DEMONSTRATION = True


@pytest.fixture
def coordinator() -> Client:
    return member(Role.COORDINATOR)[1]


def take(cohort: Cohort, learner: User | None = None, *, anywhere: bool = False) -> Seat:
    return take_place(
        learner=learner or LearnerFactory(),
        edition=cohort.edition,
        cohort=None if anywhere else cohort,
        name_on_certificate="Ana Flores",
        actor=SYSTEM,
        at=NOON,
        by_hand=True,
    )


def full_cohort(capacity: int = 2, **fields: Any) -> Cohort:
    cohort = CohortFactory(capacity=capacity, **fields)
    for _ in range(capacity):
        assert take(cohort).enrollment
    return cohort


def wait_of(seat: Seat) -> Wait:
    assert seat.wait is not None
    return seat.wait


def browser(learner: User) -> Client:
    client = Client(headers={"accept-language": learner.language})
    client.force_login(learner)
    return client


# --- Waiting -----------------------------------------------------------------------------------


def test_a_full_cohort_puts_people_on_the_list_in_order() -> None:
    cohort = full_cohort()
    first, second = take(cohort), take(cohort)
    assert first.enrollment is second.enrollment is None
    assert [place_of(wait_of(first)), place_of(wait_of(second))] == [1, 2]
    again = take(cohort, wait_of(first).learner)
    assert (again.wait, again.is_new) == (first.wait, False)
    assert events_of(wait_of(first)).get().verb == "enrollment.waits"


def test_a_withdrawal_enrolls_the_next_and_writes_in_their_language() -> None:
    cohort = full_cohort()
    first = take(cohort, LearnerFactory(language="en", email="next@example.org"))
    second = take(cohort)
    leaving = cohort.enrollments.first()
    assert leaving
    withdraw(enrollment=leaving, actor=SYSTEM, at=NOON, reason="moved away")
    wait = Wait.objects.get(pk=wait_of(first).pk)
    assert (wait.state, wait.ended_at) == (WaitState.ENROLLED, NOON)
    enrollment = Enrollment.objects.get(learner=wait.learner)
    assert enrollment.cohort == cohort
    mail = OutgoingMail.objects.get(to="next@example.org")
    assert mail.language == "en"
    assert mail.subject == "A place is free: you are enrolled"
    assert str(enrollment.uuid) in mail.text
    assert place_of(wait_of(second)) == 1


def test_who_left_may_be_enrolled_again_when_there_is_a_place() -> None:
    cohort = full_cohort()
    leaving = cohort.enrollments.first()
    assert leaving
    withdraw(enrollment=leaving, actor=SYSTEM, at=NOON, reason="moved away")
    back = take(cohort, leaving.learner)
    assert back.enrollment == leaving
    assert events_of(leaving).filter(verb="enrollment.reinstated").count() == 1
    assert cohort.enrollments.holding_a_place().count() == 2


def test_moving_to_another_cohort_frees_a_place_and_needs_one() -> None:
    cohort = full_cohort()
    other = CohortFactory(edition=cohort.edition, capacity=1)
    waits = take(cohort)
    moving, staying = cohort.enrollments.all()
    move_to_cohort(enrollment=moving, cohort=other, actor=SYSTEM, at=NOON)
    assert Wait.objects.get(pk=wait_of(waits).pk).state == WaitState.ENROLLED
    assert cohort.enrollments.count() == 2
    with pytest.raises(NoPlace):
        move_to_cohort(enrollment=staying, cohort=other, actor=SYSTEM, at=NOON)


def test_leaving_the_list_lets_the_others_up() -> None:
    cohort = full_cohort()
    first, second = wait_of(take(cohort)), wait_of(take(cohort))
    stop_waiting(wait=first, actor=SYSTEM, at=NOON)
    assert place_of(second) == 1
    with pytest.raises(NotWaiting):
        stop_waiting(wait=first, actor=SYSTEM, at=NOON)


def test_an_edition_without_cohorts_has_places_for_everybody() -> None:
    edition = EditionFactory()
    seats = [
        take_place(
            learner=LearnerFactory(),
            edition=edition,
            name_on_certificate="Ana Flores",
            actor=SYSTEM,
            at=edition.enrollment_opens_at,
        )
        for _ in range(3)
    ]
    assert all(seat.enrollment and seat.enrollment.cohort is None for seat in seats)


def test_who_may_go_into_any_cohort_gets_the_first_with_a_place() -> None:
    full = full_cohort(code="a")
    other = CohortFactory(edition=full.edition, code="b", capacity=1)
    seat = take(full, anywhere=True)
    assert seat.enrollment
    assert seat.enrollment.cohort == other
    waits = wait_of(take(full, anywhere=True))
    withdraw(enrollment=seat.enrollment, actor=SYSTEM, at=NOON, reason="moved away")
    assert Enrollment.objects.get(learner=waits.learner).cohort == other


# --- Quotas ------------------------------------------------------------------------------------


def person_of(institution: Any, place: Any = None) -> User:
    learner: User = LearnerFactory()
    Post.objects.create(
        person=learner,
        role=Post.Role.JUDGE,
        institution=institution,
        judicial_district=place,
        valid_from=NOON.date(),
    )
    return learner


def test_kept_places_go_to_whom_they_are_kept_for() -> None:
    peru()
    court, callao = InstitutionFactory(), district("Callao")
    cohort = CohortFactory(capacity=3)
    Quota.objects.create(cohort=cohort, institution=court, places=1)
    Quota.objects.create(cohort=cohort, district=callao, places=2)
    assert take(cohort).enrollment
    stranger = take(cohort)
    assert stranger.enrollment is None
    assert take(cohort, person_of(court, callao)).enrollment
    assert take(cohort, person_of(InstitutionFactory(), callao)).enrollment
    assert take(cohort, person_of(court, callao)).enrollment is None
    assert place_of(wait_of(stranger)) == 1


def test_a_place_that_is_kept_no_more_goes_to_who_waits(coordinator: Client) -> None:
    court = InstitutionFactory()
    cohort = CohortFactory(capacity=8)
    Quota.objects.create(cohort=cohort, institution=court, places=8)
    waits = wait_of(take(cohort))
    form = cohort_form(cohort)
    coordinator.post(reverse("cohort:edit", args=[cohort.pk]), form)
    assert not cohort.quotas.exists()
    assert Enrollment.objects.get().learner == waits.learner


def cohort_form(cohort: Cohort, **changes: Any) -> dict[str, Any]:
    return {
        "edition": cohort.edition_id,
        "code": cohort.code,
        "name": cohort.name,
        "capacity": cohort.capacity,
        "quotas-TOTAL_FORMS": "2",
        "quotas-INITIAL_FORMS": "0",
    } | changes


def test_a_raised_capacity_enrolls_who_waits(coordinator: Client) -> None:
    cohort = full_cohort(8)
    waits = [wait_of(take(cohort)) for _ in range(3)]
    form = cohort_form(cohort, capacity=10)
    coordinator.post(reverse("cohort:edit", args=[cohort.pk]), form)
    states = [Wait.objects.get(pk=wait.pk).state for wait in waits]
    assert states == ["enrolled", "enrolled", "waiting"]
    assert events_of(waits[0]).first().actor_name == "Coordinator"


def test_quotas_are_stored_and_bad_ones_explained(coordinator: Client) -> None:
    court = InstitutionFactory()
    cohort = CohortFactory(capacity=8)
    address = reverse("cohort:edit", args=[cohort.pk])
    kept = {"quotas-0-institution": court.pk, "quotas-0-places": "9"}
    for changes, complaint in [
        (kept, "The quotas keep 9 places."),
        (kept | {"quotas-0-places": ""}, "Say how many places are kept."),
        ({"quotas-0-places": "2"}, "Say for whom the places are kept."),
        ({"capacity": "7"}, "Ensure this value is greater than or equal to 8."),
        ({"capacity": "151"}, "Ensure this value is less than or equal to 150."),
        (
            kept | {"quotas-0-places": "2", "quotas-1-institution": court.pk, "quotas-1-places": 1},
            "Name each institution and each district once.",
        ),
    ]:
        refused = coordinator.post(address, cohort_form(cohort, **changes)).content.decode()
        assert complaint in refused, complaint
    assert not Quota.objects.exists()
    coordinator.post(address, cohort_form(cohort, **kept | {"quotas-0-places": "5"}))
    assert Quota.objects.get().places == 5
    assert events_of(cohort).first().detail["quotas"] == [[court.code, 5]]
    assert 'value="5"' in coordinator.get(address).content.decode()


# --- Pages -------------------------------------------------------------------------------------


def test_who_enrolls_into_a_full_edition_is_told_the_place_and_may_leave() -> None:
    cohort = full_cohort(edition=EditionFactory())
    take(cohort)
    learner = LearnerFactory(language="en")
    client = browser(learner)
    address = reverse("portal:enroll", args=[cohort.edition.uuid])
    text = client.post(address, {"name": "Ana Flores Rojas"}, follow=True).content.decode()
    assert "You are number 2 on the waiting list" in text
    assert "Number 2 on the list" in text
    again = client.get(address, follow=True)
    assert "You are number 2 on the waiting list" in again.content.decode()
    wait = Wait.objects.of(learner).get()
    leave = reverse("portal:stop_waiting_for_place", args=[wait.uuid])
    assert browser(LearnerFactory()).post(leave).status_code == 404
    assert client.get(leave).status_code == 405
    assert "no longer on the waiting list" in client.post(leave, follow=True).content.decode()
    assert "not on that waiting list any more" in client.post(leave, follow=True).content.decode()


def test_a_coordinator_sees_who_waits_and_is_told_the_places(coordinator: Client) -> None:
    cohort = full_cohort()
    LearnerFactory(email="luis@example.org", display_name="Luis Rojas")
    text = send_list(coordinator, cohort, "luis@example.org")
    assert "Luis Rojas (1)" in text
    listed = page(coordinator, "cohort:members", cohort.pk)
    assert "Waiting since" in listed
    assert "2 of 2 places taken" in listed
    refused = send_list(coordinator, cohort, "luis@example.org")
    assert "is on the waiting list already" in refused


def test_my_courses_cost_as_many_queries_for_many_waits_as_for_one() -> None:
    learner, counts = LearnerFactory(), []
    client = browser(learner)
    EnrollmentFactory(learner=learner)
    for size in (1, 3):
        for _ in range(size):
            take(full_cohort(1), learner)
        client.get(reverse("portal:courses"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("portal:courses"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
