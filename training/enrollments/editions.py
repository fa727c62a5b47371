"""Writes about editions and cohorts. Each leaves an audit event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction

from training.accounts.models import User
from training.audit.actions import Actor, record_event
from training.enrollments.actions import enroll
from training.enrollments.models import Cohort, Edition, Enrollment, Issuer
from training.institutions.models import Institution

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
    NO_PLACE = "no-place"


@dataclass(frozen=True)
class LineProblem:
    """A line of a list, counted from 1, and what is wrong with it."""

    line: int
    text: str
    trouble: Trouble


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
    *, cohort: Cohort, coordinators: Collection[User], actor: Actor, at: datetime
) -> Cohort:
    """Store a new or changed cohort and who coordinates it."""
    is_new = cohort.pk is None
    cohort.save()
    cohort.coordinators.set(coordinators)
    record_event(
        actor=actor,
        verb="cohort.created" if is_new else "cohort.changed",
        record=cohort,
        at=at,
        detail={
            "code": cohort.code,
            "capacity": cohort.capacity,
            "coordinators": sorted(str(person.uuid) for person in coordinators),
        },
    )
    return cohort


@transaction.atomic
def enroll_list(
    *, cohort: Cohort, addresses: Sequence[str], actor: Actor, at: datetime
) -> list[Enrollment]:
    """Enroll the people of a list of e-mail addresses in a cohort, all of them or nobody.

    Whoever is in the edition without a cohort joins this one. Raise BadList naming every line
    that cannot be enrolled. Empty lines are left out but counted.
    """
    cohort = Cohort.objects.select_for_update().select_related("edition").get(pk=cohort.pk)
    lines = [(number, text.strip()) for number, text in enumerate(addresses, start=1)]
    lines = [(number, text) for number, text in lines if text]
    people = {
        person.email: person
        for person in User.objects.filter(email__in={text.lower() for _number, text in lines})
    }
    enrolled = {
        enrollment.learner_id: enrollment
        for enrollment in Enrollment.objects.filter(
            edition=cohort.edition, learner__in=people.values()
        )
    }
    problems = _problems(cohort, lines, people, enrolled)
    if problems:
        raise BadList(problems)
    return [_join(cohort, people[text.lower()], actor=actor, at=at) for _number, text in lines]


def _problems(
    cohort: Cohort,
    lines: Sequence[tuple[int, str]],
    people: Mapping[str, User],
    enrolled: Mapping[int, Enrollment],
) -> list[LineProblem]:
    left = cohort.capacity - cohort.enrollments.count()
    problems: list[LineProblem] = []
    seen: set[str] = set()
    for number, text in lines:
        address = text.lower()
        person = people.get(address)
        enrollment = enrolled.get(person.pk) if person else None
        trouble = None
        if address in seen:
            trouble = Trouble.TWICE
        elif person is None:
            trouble = Trouble.UNKNOWN
        elif not person.is_active:
            trouble = Trouble.INACTIVE
        elif enrollment is not None and enrollment.cohort_id == cohort.pk:
            trouble = Trouble.IN_THIS_COHORT
        elif enrollment is not None and enrollment.cohort_id is not None:
            trouble = Trouble.IN_ANOTHER_COHORT
        elif left <= 0:
            trouble = Trouble.NO_PLACE
        else:
            left -= 1
        seen.add(address)
        if trouble is not None:
            problems.append(LineProblem(line=number, text=text, trouble=trouble))
    return problems


def _join(cohort: Cohort, person: User, *, actor: Actor, at: datetime) -> Enrollment:
    enrollment, is_new = enroll(
        learner=person,
        edition=cohort.edition,
        name_on_certificate=person.certificate_name or person.display_name,
        actor=actor,
        at=at,
        cohort=cohort,
        by_hand=True,
    )
    if not is_new:
        Enrollment.objects.filter(pk=enrollment.pk).update(cohort=cohort)
        record_event(
            actor=actor,
            verb="enrollment.joined-cohort",
            record=enrollment,
            at=at,
            detail={"cohort": cohort.code},
        )
    return enrollment


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
