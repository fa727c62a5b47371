"""Writes about editions and cohorts. Each leaves an audit event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction

from training.accounts.models import User
from training.accounts.queries import people_by_email
from training.audit.actions import Actor, record_event
from training.enrollments.models import (
    Cohort,
    Edition,
    Enrollment,
    Issuer,
    Quota,
    Wait,
)
from training.enrollments.places import (
    Seat,
    fill_places,
    lock_edition,
    move_to_cohort,
    take_place,
)
from training.institutions.models import District, Institution

JUDGING = frozenset({"scale_maximum", "cut_score"})
"""What a learner's result is judged by: changed with a reason once somebody is enrolled."""


class VersionIsStudied(Exception):
    """Learners study this version in the edition: another one needs another edition."""


class ReasonNeeded(Exception):
    """The rules by which learners are judged change only with a reason."""


class BadList(Exception):
    """Some lines of a list cannot be enrolled; nobody was."""

    def __init__(self, problems: Sequence["LineProblem"]) -> None:
        super().__init__(f"{len(problems)} lines")
        self.problems = problems


class Trouble(StrEnum):
    """Why a line of a list cannot be enrolled."""

    UNKNOWN = "unknown"
    TWICE = "twice"
    INACTIVE = "inactive"
    IN_THIS_COHORT = "in-this-cohort"
    IN_ANOTHER_COHORT = "in-another-cohort"
    WAITING = "waiting"


@dataclass(frozen=True)
class LineProblem:
    """A line of a list, counted from 1, and what is wrong with it."""

    line: int
    text: str
    trouble: Trouble


@dataclass(frozen=True)
class QuotaDraft:
    """Places kept for an institution, or for a judicial district."""

    institution: Institution | None
    district: District | None
    places: int

    @property
    def code(self) -> str:
        """Return the code of whom they are kept for."""
        group = self.institution or self.district
        return group.code if group else ""


@dataclass(frozen=True)
class IssuerDraft:
    """An institution and its part in an edition."""

    institution: Institution
    part: str


@transaction.atomic
def save_edition(
    *,
    edition: Edition,
    issuers: Sequence[IssuerDraft],
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> Edition:
    """Store a new or changed edition with its issuers, in their order.

    Once somebody is enrolled, raise VersionIsStudied for another course version and ReasonNeeded
    for another scale or cut score without a reason.
    """
    before = Edition.objects.select_for_update().filter(pk=edition.pk).first()
    changes = {} if before is None else changes_between(before, edition)
    if before is not None and before.enrollments.exists():
        if "course_version_id" in changes:
            raise VersionIsStudied(before.code)
        if changes.keys() & JUDGING and not reason:
            raise ReasonNeeded(before.code)
    edition.save()
    issuers_changed = _set_issuers(edition, issuers)
    if before is None:
        record_event(actor=actor, verb="edition.created", record=edition, at=at)
    elif changes or issuers_changed:
        detail: dict[str, Any] = {"changes": changes}
        if issuers_changed:
            detail["issuers"] = [draft.institution.code for draft in issuers]
        record_event(
            actor=actor, verb="edition.changed", record=edition, at=at, reason=reason, detail=detail
        )
    return edition


def changes_between(before: Edition, after: Edition) -> dict[str, list[Any]]:
    """Return each field that differs, as [before, after], in words that JSON can keep."""
    pairs = {
        field.attname: (getattr(before, field.attname), getattr(after, field.attname))
        for field in Edition._meta.concrete_fields
    }
    return {name: [_plain(old), _plain(new)] for name, (old, new) in pairs.items() if old != new}


@transaction.atomic
def save_cohort(
    *,
    cohort: Cohort,
    coordinators: Collection[User],
    quotas: Sequence[QuotaDraft],
    actor: Actor,
    at: datetime,
) -> Cohort:
    """Store a new or changed cohort, who coordinates it, and for whom it keeps places.

    Places that become free go to those who wait.
    """
    edition = lock_edition(cohort.edition_id)
    is_new = cohort.pk is None
    cohort.save()
    cohort.coordinators.set(coordinators)
    cohort.quotas.all().delete()
    Quota.objects.bulk_create(
        Quota(
            cohort=cohort,
            institution=draft.institution,
            district=draft.district,
            places=draft.places,
        )
        for draft in quotas
    )
    record_event(
        actor=actor,
        verb="cohort.created" if is_new else "cohort.changed",
        record=cohort,
        at=at,
        detail={
            "code": cohort.code,
            "capacity": cohort.capacity,
            "coordinators": sorted(str(person.uuid) for person in coordinators),
            "quotas": [[draft.code, draft.places] for draft in quotas],
        },
    )
    fill_places(edition=edition, actor=actor, at=at)
    return cohort


@transaction.atomic
def enroll_list(
    *, cohort: Cohort, addresses: Sequence[str], actor: Actor, at: datetime
) -> list[Seat]:
    """Give the people of a list of e-mail addresses places in a cohort, or on its waiting list.

    Whoever is in the edition without a cohort joins this one if it has a place. Raise BadList
    naming every line that cannot be enrolled; nobody is then. Empty lines are left out but counted.
    """
    lock_edition(cohort.edition_id)
    lines = [(number, text.strip()) for number, text in enumerate(addresses, start=1)]
    lines = [(number, text) for number, text in lines if text]
    people = people_by_email({text.lower() for _number, text in lines})
    enrolled = {
        enrollment.learner.current_id: enrollment
        for enrollment in Enrollment.objects.of_any([person.pk for person in people.values()])
        .filter(edition=cohort.edition)
        .select_related("learner")
        .holding_a_place()
    }
    waiting = set(
        Wait.objects.waiting()
        .filter(edition=cohort.edition, learner__in=people.values())
        .values_list("learner_id", flat=True)
    )
    problems = _problems(cohort, lines, people, enrolled, waiting)
    if problems:
        raise BadList(problems)
    return [
        _join(cohort, people[text.lower()], enrolled=enrolled, actor=actor, at=at)
        for _number, text in lines
    ]


def _problems(
    cohort: Cohort,
    lines: Sequence[tuple[int, str]],
    people: Mapping[str, User],
    enrolled: Mapping[int, Enrollment],
    waiting: Collection[int],
) -> list[LineProblem]:
    problems: list[LineProblem] = []
    seen: set[str] = set()
    for number, text in lines:
        address = text.lower()
        person = people.get(address)
        trouble = trouble_with(
            person=person,
            enrollment=enrolled.get(person.pk) if person else None,
            is_waiting=person is not None and person.pk in waiting,
            cohort=cohort,
        )
        if address in seen:
            trouble = Trouble.TWICE
        seen.add(address)
        if trouble is not None:
            problems.append(LineProblem(line=number, text=text, trouble=trouble))
    return problems


def trouble_with(
    *, person: User | None, enrollment: Enrollment | None, is_waiting: bool, cohort: Cohort
) -> Trouble | None:
    """Return why somebody cannot be given a place in a cohort, None if nothing speaks against it.

    `enrollment` is the person's one in the cohort's edition, if it holds a place.
    """
    if person is None:
        return Trouble.UNKNOWN
    if not person.is_active:
        return Trouble.INACTIVE
    if enrollment is not None and enrollment.cohort_id is not None:
        is_here = enrollment.cohort_id == cohort.pk
        return Trouble.IN_THIS_COHORT if is_here else Trouble.IN_ANOTHER_COHORT
    return Trouble.WAITING if is_waiting else None


def _join(
    cohort: Cohort,
    person: User,
    *,
    enrolled: Mapping[int, Enrollment],
    actor: Actor,
    at: datetime,
) -> Seat:
    present = enrolled.get(person.pk)
    if present is not None:
        move_to_cohort(enrollment=present, cohort=cohort, actor=actor, at=at)
        return Seat(enrollment=present, wait=None, is_new=False)
    return take_place(
        learner=person,
        edition=cohort.edition,
        name_on_certificate=person.certificate_name or person.display_name,
        actor=actor,
        at=at,
        cohort=cohort,
        by_hand=True,
    )


def _set_issuers(edition: Edition, issuers: Sequence[IssuerDraft]) -> bool:
    """Store the issuers in their order; say whether anything changed."""
    wanted = [(draft.institution.pk, draft.part) for draft in issuers]
    present = list(edition.issuer_set.values_list("institution_id", "part"))
    if wanted == present:
        return False
    edition.issuer_set.all().delete()
    Issuer.objects.bulk_create(
        Issuer(edition=edition, institution=draft.institution, part=draft.part, order=order)
        for order, draft in enumerate(issuers)
    )
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return value
