"""Who may do what here; and the review, every six months, in which somebody signs it off (R-64)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from training.accounts.actions import set_roles
from training.accounts.models import PrivilegeReview, PrivilegeReviewLine, User
from training.accounts.roles import Role
from training.accounts.second_factor import FACTORS
from training.audit.actions import record_event
from training.audit.models import Event

EVERY: Final = timedelta(days=180)
EVERYTHING: Final = "superuser"  # no role: whom no check of a right refuses


class ListChanged(Exception):
    """Somebody was given or lost a role since the list was read."""


class OwnRole(Exception):
    """The reviewer was to take a role from themselves."""


class NotTakenHere(Exception):
    """Whoever may do everything was given that on the server, and loses it there."""


class RemarkMissing(Exception):
    """A role is taken without saying why."""


@dataclass(frozen=True)
class Privilege:
    """One role that somebody holds, and what helps to decide whether it is still needed."""

    person: User
    role: str
    held_since: datetime | None
    granted_by: str
    has_second_factor: bool

    @property
    def key(self) -> str:
        """Return what a form calls it."""
        return f"{self.person.pk}-{self.role}"

    @property
    def role_name(self) -> str:
        """Return the role in the reader's language."""
        return role_in_words(self.role)


@dataclass(frozen=True)
class Decision:
    """Whether somebody keeps a role, and what the reviewer says about it."""

    is_kept: bool
    remark: str = ""


def role_in_words(role: str) -> str:
    """Return a role as people call it."""
    if role == EVERYTHING:
        return _("everything (set up on the server)")
    return str(Role(role).label) if role in Role.values else role


def privileges_held() -> list[Privilege]:
    """Return every role of everybody, by name, with who gave it and since when."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    people = list(
        _holders().annotate(has_factor=Exists(factors)).prefetch_related("groups").distinct()
    )
    granted = _granted(person.uuid for person in people)
    held = []
    for person in people:
        roles = [group.name for group in person.groups.all() if group.name in Role.values]
        for role in [EVERYTHING] * person.is_superuser + sorted(roles):
            event = granted.get((str(person.uuid), role))
            held.append(
                Privilege(
                    person=person,
                    role=role,
                    held_since=event.at if event else None,
                    granted_by=event.actor_name if event else "",
                    has_second_factor=person.has_factor,
                )
            )
    return held


def last_review() -> PrivilegeReview | None:
    """Return the latest review that was signed off."""
    review: PrivilegeReview | None = PrivilegeReview.objects.order_by("-signed_at", "-pk").first()
    return review


def is_review_due(*, at: datetime) -> bool:
    """Say whether nobody went through the roles in the last six months."""
    last = last_review()
    return last is None or at - last.signed_at >= EVERY


@transaction.atomic
def sign_off(
    *, decisions: Mapping[str, Decision], by: User, at: datetime, remark: str = ""
) -> PrivilegeReview:
    """Keep what was decided about every role, and take those that are not needed any more.

    Raise ListChanged unless it is about exactly the roles that are held now.
    """
    list(_holders().order_by("pk").select_for_update().values_list("pk"))
    held = privileges_held()
    if {privilege.key for privilege in held} != decisions.keys():
        raise ListChanged
    for privilege in held:
        _require(privilege, decisions[privilege.key], by=by)
    review: PrivilegeReview = PrivilegeReview.objects.create(
        signed_by=by, signed_at=at, remark=remark
    )
    PrivilegeReviewLine.objects.bulk_create(
        _line(review, privilege, decisions[privilege.key]) for privilege in held
    )
    taken = _take(held, decisions, by=by, at=at)
    record_event(
        actor=by.actor,
        verb="privileges reviewed",
        record=review,
        at=at,
        reason=remark,
        detail={"roles": len(held), "taken": taken},
    )
    return review


def _require(privilege: Privilege, decision: Decision, *, by: User) -> None:
    if decision.is_kept:
        return
    if privilege.role == EVERYTHING:
        raise NotTakenHere
    if privilege.person.pk == by.pk:
        raise OwnRole
    if not decision.remark:
        raise RemarkMissing


def _line(review: PrivilegeReview, privilege: Privilege, decision: Decision) -> PrivilegeReviewLine:
    return PrivilegeReviewLine(
        review=review,
        person=privilege.person,
        person_name=privilege.person.display_name,
        role=privilege.role,
        held_since=privilege.held_since,
        granted_by=privilege.granted_by,
        last_sign_in=privilege.person.last_login,
        has_second_factor=privilege.has_second_factor,
        is_kept=decision.is_kept,
        remark=decision.remark,
    )


def _take(
    held: Iterable[Privilege], decisions: Mapping[str, Decision], *, by: User, at: datetime
) -> int:
    kept: dict[User, list[Role]] = {}
    losing: dict[User, list[str]] = {}
    for privilege in held:
        decision = decisions[privilege.key]
        if not decision.is_kept:
            losing.setdefault(privilege.person, []).append(decision.remark)
        elif privilege.role != EVERYTHING:
            kept.setdefault(privilege.person, []).append(Role(privilege.role))
    for person, remarks in losing.items():
        set_roles(
            person=person,
            roles=kept.get(person, []),
            actor=by.actor,
            at=at,
            reason=" ".join(dict.fromkeys(remarks)),
        )
    return sum(len(remarks) for remarks in losing.values())


def _holders() -> QuerySet[User]:
    in_a_role = User.groups.through.objects.filter(user=OuterRef("pk"), group__name__in=Role.values)
    return User.objects.filter(Exists(in_a_role) | Q(is_superuser=True))


def _granted(people: Iterable[UUID]) -> dict[tuple[str, str], Event]:
    """Return, by person and role, the latest event that gave it."""
    events = Event.objects.filter(
        record_kind=User._meta.label_lower,
        record_key__in=[str(person) for person in people],
        verb__in=("account created", "roles changed", "bulk action assign_role"),
    ).order_by("at", "pk")
    return {
        (event.record_key, role): event
        for event in events
        for role in event.detail.get("given", ())
    }
