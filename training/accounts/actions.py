"""Writes about people: roles, invitations, posts, documents. Each leaves an audit event."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.urls import reverse

from training.accounts.mail import absolute, post_mail
from training.accounts.models import Invitation, Post, User
from training.accounts.queries import document_kind
from training.accounts.roles import PERMISSIONS, Role
from training.accounts.rules import clean_number
from training.audit.access import record_access
from training.audit.actions import SYSTEM, Actor, record_event
from training.audit.models import Access
from training.institutions.models import District, Institution

INVITATION_LASTS = timedelta(days=14)


class AlreadyRegistered(Exception):
    """Somebody has an account with that address."""


class InvitationRefused(Exception):
    """An invitation that cannot be accepted."""


class UnknownInvitation(InvitationRefused):
    """Nobody was sent that link."""


class ExpiredInvitation(InvitationRefused):
    """The invitation's time is over, or a newer one replaced it."""


class UsedInvitation(InvitationRefused):
    """Somebody signed up with that invitation."""


class DocumentTaken(Exception):
    """Another account has that identity document."""


class UnknownPermission(Exception):
    """A role was to be given a right that no room defines."""


@transaction.atomic
def ensure_roles() -> None:
    """Make the group of each role, with exactly the rights of `roles.PERMISSIONS` in our rooms."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    rooms = {name.partition(".")[0] for rights in PERMISSIONS.values() for name in rights}
    for role in Role:
        missing = PERMISSIONS[role] - known.keys()
        if missing:
            raise UnknownPermission(f"{role.value}: {', '.join(sorted(missing))}")
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.add(*(known[name] for name in PERMISSIONS[role]))
        ours = group.permissions.filter(content_type__app_label__in=rooms)
        rights = [known[name].pk for name in PERMISSIONS[role]]
        group.permissions.remove(*ours.exclude(pk__in=rights))


@transaction.atomic
def create_person(
    *,
    email: str,
    display_name: str,
    at: datetime,
    password: str | None = None,
    roles: Iterable[Role] = (),
    actor: Actor = SYSTEM,
    **fields: Any,
) -> User:
    """Make an account whose address needs no confirmation."""
    person: User = User.objects.create_user(
        email, password, display_name=display_name, date_joined=at, **fields
    )
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    names = sorted(role.value for role in roles)
    person.groups.set(Group.objects.filter(name__in=names))
    record_event(
        actor=actor,
        verb="account created",
        record=person,
        at=at,
        detail={"given": names} if names else None,
    )
    return person


@transaction.atomic
def invite(
    *, email: str, display_name: str = "", language: str, invited_by: User | None, at: datetime
) -> Invitation:
    """Send leave to sign up to one address; earlier invitations of that address end."""
    email = email.lower()
    if User.objects.filter(email=email).exists():
        raise AlreadyRegistered(email)
    Invitation.objects.pending(at).filter(email=email).update(expires_at=at)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        display_name=display_name,
        language=language,
        token_digest=_digest(token),
        invited_by=invited_by,
        invited_at=at,
        expires_at=at + INVITATION_LASTS,
    )
    _send_invitation(invitation, token=token, at=at)
    actor = invited_by.actor if invited_by else SYSTEM
    record_event(actor=actor, verb="invitation sent", record=invitation, at=at)
    return invitation


@transaction.atomic
def send_again(*, invitation: Invitation, actor: Actor, at: datetime) -> None:
    """Send an invitation with a new link and a new time; the earlier link ends."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at:
        raise UsedInvitation
    token = secrets.token_urlsafe(32)
    invitation.token_digest = _digest(token)
    invitation.expires_at = at + INVITATION_LASTS
    invitation.save(update_fields=["token_digest", "expires_at"])
    _send_invitation(invitation, token=token, at=at)
    record_event(actor=actor, verb="invitation sent again", record=invitation, at=at)


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: Actor, at: datetime) -> None:
    """End an invitation that nobody accepted."""
    if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(expires_at=at):
        raise UsedInvitation
    record_event(actor=actor, verb="invitation withdrawn", record=invitation, at=at)


def invitation_with(*, token: str, at: datetime) -> Invitation:
    """Return the invitation of a link, or raise the reason why it cannot be accepted."""
    invitation = Invitation.objects.filter(token_digest=_digest(token)).first()
    if invitation is None:
        raise UnknownInvitation
    if invitation.accepted_at:
        raise UsedInvitation
    if invitation.expires_at <= at:
        raise ExpiredInvitation
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: Invitation, person: User, at: datetime) -> None:
    """Tie an invitation to the account made with it; exactly one account can be."""
    accepted = (
        Invitation.objects.pending(at)
        .filter(pk=invitation.pk)
        .update(accepted_by=person, accepted_at=at)
    )
    if not accepted:
        raise UsedInvitation
    record_event(actor=person.actor, verb="invitation accepted", record=invitation, at=at)
    record_event(actor=person.actor, verb="account created", record=person, at=at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _send_invitation(invitation: Invitation, *, token: str, at: datetime) -> None:
    post_mail(
        to=invitation.email,
        template="emails/invitation",
        context={
            "display_name": invitation.display_name,
            "invited_by": invitation.invited_by,
            "expires_at": invitation.expires_at,
            "invitation_url": absolute(reverse("account_invitation", args=[token])),
        },
        language=invitation.language,
        at=at,
    )


@transaction.atomic
def set_document(*, person: User, kind: str, number: str, actor: Actor, at: datetime) -> None:
    """Give a person an identity document of a kind `COUNTRY:type`; '' takes it away.

    Raise BadDocument when the number does not fit, DocumentTaken when another account has it.
    """
    if kind:
        chosen = document_kind(kind)
        country, type_ = chosen.country, chosen.code
        number = clean_number(kind=chosen, typed=number)
    else:
        country = type_ = number = ""
    document = {"document_country": country, "document_type": type_, "document_number": number}
    if all(getattr(person, name) == value for name, value in document.items()):
        return
    try:
        with transaction.atomic():
            User.objects.filter(pk=person.pk).update(**document)
    except IntegrityError:
        raise DocumentTaken from None
    for name, value in document.items():
        setattr(person, name, value)
    record_event(actor=actor, verb="document changed", record=person, at=at, detail={"kind": kind})


EDITABLE = frozenset({"display_name", "certificate_name", "sex", "language", "is_active"})


@transaction.atomic
def edit_person(
    *, person: User, changes: Mapping[str, Any], actor: Actor, at: datetime, reason: str = ""
) -> None:
    """Change a person's names, language, sex or leave to sign in; the audit keeps which."""
    unknown = changes.keys() - EDITABLE
    if unknown:
        raise ValueError(f"not to be edited: {', '.join(sorted(unknown))}")
    stored = User.objects.filter(pk=person.pk).values(*EDITABLE).get()
    changed = {name: value for name, value in changes.items() if stored[name] != value}
    if not changed:
        return
    User.objects.filter(pk=person.pk).update(**changed)
    for name, value in changed.items():
        setattr(person, name, value)
    record_event(
        actor=actor,
        verb="account changed",
        record=person,
        at=at,
        reason=reason,
        detail={"fields": sorted(changed)},
    )


@transaction.atomic
def change_email(*, person: User, email: str, actor: Actor, at: datetime) -> None:
    """Give an account another address; its owner confirms it at the next sign-in."""
    email = email.lower()
    if email == User.objects.values_list("email", flat=True).get(pk=person.pk):
        return
    EmailAddress.objects.filter(user=person).delete()
    EmailAddress.objects.create(user=person, email=email, primary=True, verified=False)
    User.objects.filter(pk=person.pk).update(email=email)
    person.email = email
    record_event(actor=actor, verb="e-mail changed", record=person, at=at)


def choose_language(*, person: User, language: str) -> None:
    """Remember in which language a person reads; a taste, not a record."""
    User.objects.filter(pk=person.pk).update(language=language)


@transaction.atomic
def set_roles(
    *, person: User, roles: Iterable[Role], actor: Actor, at: datetime, reason: str = ""
) -> None:
    """Give a person exactly these roles."""
    wanted = {role.value for role in roles}
    held = set(person.groups.values_list("name", flat=True))
    if wanted == held:
        return
    person.groups.set(Group.objects.filter(name__in=wanted))
    person.__dict__.pop("role_names", None)
    record_event(
        actor=actor,
        verb="roles changed",
        record=person,
        at=at,
        reason=reason,
        detail={"given": sorted(wanted - held), "taken": sorted(held - wanted)},
    )
    record_access(verb=Access.Verb.ROLES_CHANGED, at=at, actor=actor.uuid, subject=person.uuid)


@transaction.atomic
def add_post(
    *,
    person: User,
    role: str,
    institution: Institution,
    valid_from: date,
    actor: Actor,
    at: datetime,
    valid_to: date | None = None,
    title: str = "",
    level: str = "",
    judicial_district: District | None = None,
    fiscal_district: District | None = None,
) -> Post:
    """Add a post that a person holds or held."""
    post = Post.objects.create(
        person=person,
        role=role,
        title=title,
        level=level,
        institution=institution,
        judicial_district=judicial_district,
        fiscal_district=fiscal_district,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    record_event(
        actor=actor, verb="post added", record=person, at=at, detail={"post": str(post.uuid)}
    )
    return post


@transaction.atomic
def correct_post(*, post: Post, changes: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    """Correct what was written of a post; the audit keeps which fields."""
    Post.objects.filter(pk=post.pk).update(**changes)
    record_event(
        actor=actor,
        verb="post corrected",
        record=post.person,
        at=at,
        detail={"post": str(post.uuid), "fields": sorted(changes)},
    )


@transaction.atomic
def end_post(*, post: Post, on: date, actor: Actor, at: datetime) -> None:
    """Say on which day, the last one included, a post ended."""
    Post.objects.filter(pk=post.pk).update(valid_to=on)
    post.valid_to = on
    record_event(
        actor=actor, verb="post ended", record=post.person, at=at, detail={"post": str(post.uuid)}
    )
