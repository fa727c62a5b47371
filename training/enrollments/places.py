"""Places of cohorts: taking one, waiting for one, and giving a free one to whoever is next.

Every write here holds the lock of the edition, so that a place is never given twice.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from training.accounts.mail import absolute, post_mail
from training.accounts.models import Post, User
from training.audit.actions import Actor, record_event
from training.enrollments.actions import EnrollmentClosed, NameMissing, enroll
from training.enrollments.models import (
    LIFECYCLE,
    Cohort,
    Edition,
    Enrollment,
    EnrollmentState,
    Nomination,
    Quota,
    Wait,
    WaitState,
)
from training.enrollments.rules import Group, GroupKind, fits


class NoPlace(Exception):
    """The cohort has no place for this person."""


class NotWaiting(Exception):
    """The person does not wait: a place was given, or the list was left."""


@dataclass(frozen=True)
class Seat:
    """What came of asking for a place: an enrollment, or a place on the waiting list."""

    enrollment: Enrollment | None
    wait: Wait | None
    is_new: bool


@dataclass
class Room:
    """The places of one cohort, as they fill."""

    cohort: Cohort
    quotas: Mapping[Group, int]
    taken: int = 0
    present: Counter[Group] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        """Say whether nobody at all may take a place."""
        return self.taken >= self.cohort.capacity

    def fits(self, groups: frozenset[Group]) -> bool:
        """Say whether somebody of these groups may take a place."""
        return fits(
            capacity=self.cohort.capacity,
            taken=self.taken,
            present=self.present,
            quotas=self.quotas,
            newcomer=groups,
        )

    def seat(self, groups: frozenset[Group]) -> None:
        """Count somebody who took a place."""
        self.taken += 1
        self.present.update(groups & self.quotas.keys())


def lock_edition(edition_id: int) -> Edition:
    """Lock an edition, and with it the places of all its cohorts; inside a transaction."""
    return Edition.objects.select_for_update().get(pk=edition_id)


def rooms_of(edition: Edition, *, at: datetime) -> dict[int, Room]:
    """Return the cohorts of an edition with the places taken, by their key and in order of code."""
    cohorts = Cohort.objects.filter(edition=edition).order_by("code", "pk")
    rooms = {
        cohort.pk: Room(cohort=cohort, quotas=quotas_of(cohort))
        for cohort in cohorts.prefetch_related("quotas")
    }
    members = list(
        Enrollment.objects.filter(edition=edition, cohort__isnull=False)
        .holding_a_place()
        .values_list("cohort_id", "learner_id")
    )
    counted = [person for cohort, person in members if rooms[cohort].quotas]
    groups = groups_of(counted, at=at)
    for cohort, person in members:
        rooms[cohort].seat(groups.get(person, frozenset()))
    return rooms


def quotas_of(cohort: Cohort) -> dict[Group, int]:
    """Return how many places a cohort keeps for whom."""
    return {group_of(quota): quota.places for quota in cohort.quotas.all()}


def group_of(quota: Quota) -> Group:
    """Return for whom a quota keeps places."""
    if quota.institution_id is not None:
        return Group(GroupKind.INSTITUTION, quota.institution_id)
    if quota.district_id is not None:
        return Group(GroupKind.DISTRICT, quota.district_id)
    raise ValueError("a quota of nobody")


def groups_of(people: Iterable[int], *, at: datetime) -> dict[int, frozenset[Group]]:
    """Return the groups of people by the posts that they hold on a day."""
    people = set(people)
    if not people:
        return {}
    found: dict[int, set[Group]] = {}
    posts = Post.objects.held_on(timezone.localdate(at)).filter(person__in=people)
    for person, institution, district in posts.values_list(
        "person_id", "institution_id", "judicial_district_id"
    ):
        own = found.setdefault(person, set())
        own.add(Group(GroupKind.INSTITUTION, institution))
        if district is not None:
            own.add(Group(GroupKind.DISTRICT, district))
    return {person: frozenset(groups) for person, groups in found.items()}


@transaction.atomic
def take_place(
    *,
    learner: User,
    edition: Edition,
    name_on_certificate: str,
    actor: Actor,
    at: datetime,
    cohort: Cohort | None = None,
    by_hand: bool = False,
    nomination: Nomination | None = None,
) -> Seat:
    """Enroll a learner where there is a place, else put them on the waiting list.

    Without a `cohort` it is the first one of the edition with a place; an edition without cohorts
    has places for everybody. Whoever is enrolled or waits gets what they have. Raise
    EnrollmentClosed when somebody who is not enrolled `by_hand` may not enter now.
    """
    name = " ".join(name_on_certificate.split())
    if not name:
        raise NameMissing(edition.code)
    edition = lock_edition(edition.pk)
    own = Enrollment.objects.of(learner).filter(edition=edition).first()
    if own is not None and (own.state != EnrollmentState.WITHDRAWN or not by_hand):
        return Seat(enrollment=own, wait=None, is_new=False)
    if not by_hand and not Edition.objects.open_at(at).filter(pk=edition.pk).exists():
        raise EnrollmentClosed(edition.code)
    waiting = Wait.objects.of(learner).waiting().filter(edition=edition).first()
    if waiting is not None:
        return Seat(enrollment=None, wait=waiting, is_new=False)
    fill_places(edition=edition, actor=actor, at=at)
    rooms = rooms_of(edition, at=at)
    groups = groups_of([learner.pk], at=at).get(learner.pk, frozenset())
    return seat_in(
        rooms=rooms,
        learner=learner,
        groups=groups,
        edition=edition,
        cohort=cohort,
        name=name,
        actor=actor,
        at=at,
        nomination=nomination,
    )


def seat_in(
    *,
    rooms: Mapping[int, Room],
    learner: User,
    groups: frozenset[Group],
    edition: Edition,
    cohort: Cohort | None,
    name: str,
    actor: Actor,
    at: datetime,
    nomination: Nomination | None = None,
) -> Seat:
    """Enroll somebody who is neither enrolled nor waiting, or put them on the list.

    The caller holds the edition's lock and read `rooms` under it; they are kept up to date.
    """
    room = room_for(rooms, groups, cohort)
    if room is None and rooms:
        wait = Wait.objects.create(
            learner=learner,
            edition=edition,
            cohort=cohort,
            nomination=nomination,
            name_on_certificate=name,
            since=at,
        )
        record_event(actor=actor, verb="enrollment.waits", record=wait, at=at)
        return Seat(enrollment=None, wait=wait, is_new=True)
    enrollment = _enroll(
        learner=learner,
        edition=edition,
        cohort=room.cohort if room else None,
        name=name,
        actor=actor,
        at=at,
        nomination=nomination,
    )
    if room:
        room.seat(groups)
    return Seat(enrollment=enrollment, wait=None, is_new=True)


def room_for(
    rooms: Mapping[int, Room], groups: frozenset[Group], cohort: Cohort | None
) -> Room | None:
    asked = rooms.values() if cohort is None else [rooms[cohort.pk]]
    return next((room for room in asked if room.fits(groups)), None)


def _enroll(
    *,
    learner: User,
    edition: Edition,
    cohort: Cohort | None,
    name: str,
    actor: Actor,
    at: datetime,
    nomination: Nomination | None,
) -> Enrollment:
    """Enroll somebody, or let somebody who withdrew come back."""
    enrollment, is_new = enroll(
        learner=learner,
        edition=edition,
        cohort=cohort,
        name_on_certificate=name,
        actor=actor,
        at=at,
        by_hand=True,
    )
    if not is_new:
        LIFECYCLE.require(enrollment.state, EnrollmentState.ACTIVE)
        Enrollment.objects.filter(pk=enrollment.pk).update(
            state=EnrollmentState.ACTIVE, cohort=cohort
        )
        enrollment.refresh_from_db()
        record_event(actor=actor, verb="enrollment.reinstated", record=enrollment, at=at)
    if nomination is not None:
        Enrollment.objects.filter(pk=enrollment.pk).update(nomination=nomination)
    return enrollment


@transaction.atomic
def fill_places(*, edition: Edition, actor: Actor, at: datetime) -> list[Enrollment]:
    """Give the free places of an edition to those who wait, in order, and tell them by e-mail.

    Whoever waits for a place that is kept for others keeps their place on the list.
    """
    edition = lock_edition(edition.pk)
    waiting = Wait.objects.waiting().filter(edition=edition)
    if not waiting.exists():
        return []
    rooms = rooms_of(edition, at=at)
    if rooms and all(room.is_full for room in rooms.values()):
        return []
    waits = list(waiting.select_related("learner", "cohort", "nomination"))
    groups = groups_of((wait.learner_id for wait in waits), at=at)
    enrolled = []
    for wait in waits:
        own = groups.get(wait.learner_id, frozenset())
        room = room_for(rooms, own, wait.cohort)
        if room is None:
            continue
        _end_wait(wait, WaitState.ENROLLED, at=at)
        room.seat(own)
        enrollment = _enroll(
            learner=wait.learner,
            edition=edition,
            cohort=room.cohort,
            name=wait.name_on_certificate,
            actor=actor,
            at=at,
            nomination=wait.nomination,
        )
        record_event(actor=actor, verb="enrollment.place-given", record=wait, at=at)
        tell(
            learner=wait.learner,
            template="emails/place_found",
            edition=edition,
            at=at,
            url=absolute(reverse("portal:course", args=[enrollment.uuid])),
        )
        enrolled.append(enrollment)
    return enrolled


@transaction.atomic
def stop_waiting(*, wait: Wait, actor: Actor, at: datetime, reason: str = "") -> None:
    """Take somebody off the waiting list; raise NotWaiting when they do not wait any more."""
    lock_edition(wait.edition_id)
    _end_wait(wait, WaitState.LEFT, at=at)
    record_event(actor=actor, verb="enrollment.waits-no-more", record=wait, at=at, reason=reason)


@transaction.atomic
def withdraw(*, enrollment: Enrollment, actor: Actor, at: datetime, reason: str) -> None:
    """Withdraw a learner, with a reason, and give the place to whoever is next.

    Raise IllegalTransition when the course is already completed.
    """
    edition = lock_edition(enrollment.edition_id)
    locked = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    LIFECYCLE.require(locked.state, EnrollmentState.WITHDRAWN)
    Enrollment.objects.filter(pk=locked.pk).update(state=EnrollmentState.WITHDRAWN)
    record_event(actor=actor, verb="enrollment.withdrawn", record=enrollment, at=at, reason=reason)
    fill_places(edition=edition, actor=actor, at=at)


@transaction.atomic
def move_to_cohort(*, enrollment: Enrollment, cohort: Cohort, actor: Actor, at: datetime) -> None:
    """Move a learner to another cohort of the same edition, and give the place left to the next.

    Raise NoPlace when the cohort has none.
    """
    edition = lock_edition(enrollment.edition_id)
    fill_places(edition=edition, actor=actor, at=at)
    groups = groups_of([enrollment.learner_id], at=at).get(enrollment.learner_id, frozenset())
    if not rooms_of(edition, at=at)[cohort.pk].fits(groups):
        raise NoPlace(cohort.code)
    Enrollment.objects.filter(pk=enrollment.pk).update(cohort=cohort)
    record_event(
        actor=actor,
        verb="enrollment.joined-cohort",
        record=enrollment,
        at=at,
        detail={"cohort": cohort.code},
    )
    fill_places(edition=edition, actor=actor, at=at)


def place_of(wait: Wait) -> int:
    """Return somebody's place on the waiting list, counted from 1."""
    ahead = Wait.objects.waiting().filter(edition=wait.edition_id, pk__lt=wait.pk).order_by()
    if wait.cohort_id is not None:
        ahead = ahead.filter(Q(cohort=wait.cohort_id) | Q(cohort=None))
    return 1 + ahead.count()


def places_of(waits: Sequence[Wait]) -> dict[int, int]:
    """Return the place of each on the waiting list, in one query.

    Ahead is who came earlier and waits for the same cohort, or for any.
    """
    ahead: dict[int, list[tuple[int, int | None]]] = {}
    editions = {wait.edition_id for wait in waits}
    for edition, key, cohort in (
        Wait.objects.waiting()
        .filter(edition__in=editions)
        .values_list("edition_id", "pk", "cohort_id")
    ):
        ahead.setdefault(edition, []).append((key, cohort))
    return {
        wait.pk: 1
        + sum(
            key < wait.pk and (wait.cohort_id is None or cohort in (wait.cohort_id, None))
            for key, cohort in ahead.get(wait.edition_id, [])
        )
        for wait in waits
    }


def tell(*, learner: User, template: str, edition: Edition, at: datetime, **context: Any) -> None:
    """Write to a learner about an edition, in the learner's language."""
    learner = learner.current
    post_mail(
        to=learner.email,
        template=template,
        context={
            "display_name": learner.display_name,
            "course_title": edition.course_version.title(learner.language),
            **context,
        },
        language=learner.language,
        at=at,
    )


def _end_wait(wait: Wait, state: WaitState, *, at: datetime) -> None:
    moved = Wait.objects.filter(pk=wait.pk, state=WaitState.WAITING).update(
        state=state, ended_at=at
    )
    if not moved:
        raise NotWaiting(str(wait.uuid))
