"""Doing what a confirmed nomination list says, once, wherever a worker was killed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from training.accounts.actions import invite
from training.accounts.mail import absolute
from training.accounts.models import Invitation, User
from training.accounts.queries import people_by_email
from training.enrollments.models import (
    Cohort,
    Edition,
    Enrollment,
    Nomination,
    NominationLine,
    NominationPlan,
    NominationProblem,
    Wait,
)
from training.enrollments.places import (
    Room,
    fill_places,
    groups_of,
    lock_edition,
    move_to_cohort,
    place_of,
    room_for,
    rooms_of,
    seat_in,
    take_place,
    tell,
)
from training.enrollments.rules import Group

BATCH: Final = 100
STALE: Final = timedelta(minutes=2)
_NOBODY: Final[frozenset[Group]] = frozenset()


@dataclass
class Situation:
    """What decides about the lines of a list, read at once and kept up to date."""

    cohort: Cohort
    people: Mapping[str, User]
    enrollments: Mapping[int, Enrollment]
    waiting: frozenset[int]
    rooms: Mapping[int, Room]
    groups: Mapping[int, frozenset[Group]]

    def plan(self, email: str) -> tuple[NominationPlan, NominationProblem | None]:
        """Return what would happen with the owner of an address."""
        person = self.people.get(email)
        if person is None:
            return NominationPlan.INVITE, None
        if not person.is_active:
            return NominationPlan.ERROR, NominationProblem.INACTIVE
        if person.pk in self.waiting:
            return NominationPlan.ALREADY, None
        own = self.enrollments.get(person.pk)
        if own is not None and own.cohort_id == self.cohort.pk:
            return NominationPlan.ALREADY, None
        if own is not None and own.cohort_id is not None:
            return NominationPlan.ERROR, NominationProblem.OTHER_COHORT
        room = room_for(self.rooms, self.groups.get(person.pk, _NOBODY), self.cohort)
        if room is None:
            return (NominationPlan.ALREADY if own else NominationPlan.WAIT), None
        return NominationPlan.ENROLL, None

    def imagine(self, email: str) -> None:
        """Count the owner of an address as seated."""
        person = self.people[email]
        self.rooms[self.cohort.pk].seat(self.groups.get(person.pk, _NOBODY))


def situation_of(cohort: Cohort, emails: Sequence[str], *, at: datetime) -> Situation:
    """Read what decides about these addresses, with a constant number of queries."""
    people = people_by_email(emails)
    keys = [person.pk for person in people.values()]
    edition = cohort.edition
    rooms = rooms_of(edition, at=at)
    quotas = rooms[cohort.pk].quotas
    return Situation(
        cohort=cohort,
        people=people,
        enrollments={
            own.learner.current_id: own
            for own in Enrollment.objects.of_any(keys)
            .filter(edition=edition)
            .select_related("learner")
            .holding_a_place()
        },
        waiting=frozenset(
            Wait.objects.waiting()
            .filter(edition=edition, learner__in=keys)
            .values_list("learner_id", flat=True)
        ),
        rooms=rooms,
        groups=groups_of(keys, at=at) if quotas else {},
    )


def work_off(*, nomination_id: int, at: datetime) -> None:
    """Do what a confirmed list says, a batch of rows a transaction; safe to run twice.

    Rows without a result are taken under the edition's lock, so that each is done once, whoever
    works on it and wherever a worker was killed.
    """
    nomination = Nomination.objects.select_related(
        "cohort__edition__course_version__course", "uploaded_by"
    ).get(pk=nomination_id, confirmed_at__isnull=False)
    while _work_off_batch(nomination, at=at):
        pass


@transaction.atomic
def _work_off_batch(nomination: Nomination, *, at: datetime) -> bool:
    edition = lock_edition(nomination.cohort.edition_id)
    lines = list(nomination.lines.filter(result=NominationLine.Result.NONE)[:BATCH])
    if not lines:
        Nomination.objects.filter(pk=nomination.pk, finished_at=None).update(finished_at=at)
        return False
    fill_places(edition=edition, actor=nomination.uploaded_by.actor, at=at)
    situation = situation_of(nomination.cohort, [line.email for line in lines], at=at)
    for line in lines:
        line.result, line.done_at = NominationLine.Result.DONE, at
        if line.plan in (NominationPlan.ERROR, NominationPlan.ALREADY):
            continue
        plan, _problem = situation.plan(line.email)
        if plan != line.plan:
            line.result = NominationLine.Result.CHANGED
        elif plan == NominationPlan.INVITE:
            _invite(nomination, line, at=at)
        else:
            _seat(nomination, edition, line, situation, at=at)
    NominationLine.objects.bulk_update(lines, ["result", "done_at", "learner"])
    return True


def _invite(nomination: Nomination, line: NominationLine, *, at: datetime) -> None:
    """Invite somebody unless an invitation is on its way; the sweep seats whoever accepts."""
    if Invitation.objects.pending(at).filter(email=line.email).exists():
        return
    invite(
        email=line.email,
        display_name=line.name,
        language=nomination.uploaded_by.language,
        invited_by=nomination.uploaded_by,
        at=at,
    )


def _seat(
    nomination: Nomination,
    edition: Edition,
    line: NominationLine,
    situation: Situation,
    *,
    at: datetime,
) -> None:
    actor = nomination.uploaded_by.actor
    person = situation.people[line.email]
    line.learner = person
    own = situation.enrollments.get(person.pk)
    if own is not None:
        move_to_cohort(enrollment=own, cohort=nomination.cohort, actor=actor, at=at)
        Enrollment.objects.filter(pk=own.pk).update(nomination=nomination)
        situation.imagine(line.email)
        return
    seat = seat_in(
        rooms=situation.rooms,
        learner=person,
        groups=situation.groups.get(person.pk, _NOBODY),
        edition=edition,
        cohort=nomination.cohort,
        name=person.certificate_name or person.display_name,
        actor=actor,
        at=at,
        nomination=nomination,
    )
    _tell(nomination, person, seat.enrollment, seat.wait, at=at)


def _tell(
    nomination: Nomination,
    person: User,
    enrollment: Enrollment | None,
    wait: Wait | None,
    *,
    at: datetime,
) -> None:
    context = {"nominated_by": nomination.nominated_by, "document": str(nomination)}
    edition = nomination.cohort.edition
    if enrollment is not None:
        url = absolute(reverse("portal:course", args=[enrollment.uuid]))
        tell(
            learner=person, template="emails/nominated", edition=edition, at=at, url=url, **context
        )
    elif wait is not None:
        url = absolute(reverse("portal:courses"))
        tell(
            learner=person,
            template="emails/nominated_waits",
            edition=edition,
            at=at,
            url=url,
            place=place_of(wait),
            **context,
        )


def invited_who_came() -> QuerySet[NominationLine]:
    """Return the lines of people who were invited and have opened their account since."""
    account = User.objects.filter(email=OuterRef("email"), is_active=True, awaits_approval=False)
    return NominationLine.objects.filter(
        Exists(account),
        plan=NominationPlan.INVITE,
        result=NominationLine.Result.DONE,
        learner=None,
    ).order_by("nomination_id", "number")


@transaction.atomic
def seat_invited(*, line_id: int, at: datetime) -> None:
    """Give somebody who accepted an invitation the place of their nomination, once."""
    line = NominationLine.objects.select_related(
        "nomination__cohort__edition__course_version__course", "nomination__uploaded_by"
    ).get(pk=line_id)
    nomination = line.nomination
    lock_edition(nomination.cohort.edition_id)
    person = User.objects.get(email=line.email)
    taken = NominationLine.objects.filter(pk=line.pk, learner=None).update(learner=person)
    if not taken:
        return
    seat = take_place(
        learner=person,
        edition=nomination.cohort.edition,
        cohort=nomination.cohort,
        name_on_certificate=person.certificate_name or person.display_name,
        actor=nomination.uploaded_by.actor,
        at=at,
        by_hand=True,
        nomination=nomination,
    )
    if seat.is_new:
        _tell(nomination, person, seat.enrollment, seat.wait, at=at)


def stalled(*, now: datetime) -> QuerySet[Nomination, int]:
    """Return the keys of confirmed lists that no worker seems to have in hand."""
    return (
        Nomination.objects.filter(confirmed_at__isnull=False, finished_at=None)
        .filter(Q(queued_at=None) | Q(queued_at__lt=now - STALE))
        .values_list("pk", flat=True)
    )
