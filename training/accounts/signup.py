"""Accounts that people of listed domains ask for; somebody lets them in, or says why not."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.urls import reverse

from training.accounts.mail import absolute, post_mail
from training.accounts.models import (
    SIGNUP_LIFECYCLE,
    SignupDomain,
    SignupRequest,
    SignupState,
    User,
)
from training.audit.actions import record_event
from training.institutions.models import Institution

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


class BadDomain(ValueError):
    """What was typed is no domain."""


class AlreadyListed(Exception):
    """That domain may sign up already."""


class AlreadyEnded(Exception):
    """That domain may not sign up any more."""


class DomainNotListed(LookupError):
    """No listed domain has that address."""


class ReasonMissing(Exception):
    """Somebody is declined without being told why."""


def is_open() -> bool:
    """Say whether anybody may ask for an account without an invitation."""
    return SignupDomain.objects.open().exists()


def domains() -> Sequence[str]:
    """Return the domains that may sign up today, by name."""
    return list(SignupDomain.objects.open().values_list("domain", flat=True))


def domain_of(email: str) -> SignupDomain:
    """Return the listed domain of an address, or raise DomainNotListed. A subdomain is another."""
    domain = email.lower().rpartition("@")[2]
    listed = SignupDomain.objects.open().filter(domain=domain).first()
    if listed is None:
        raise DomainNotListed(domain)
    return listed


def clean_domain(typed: str) -> str:
    """Return a domain as it is kept; raise BadDomain if it is none."""
    domain = typed.strip().lower().removeprefix("@").rstrip(".")
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise BadDomain(typed)
    return domain


@transaction.atomic
def list_domain(
    *, domain: str, institution: Institution, reason: str, by: User, at: datetime
) -> SignupDomain:
    """Let the addresses of a domain ask for accounts."""
    try:
        with transaction.atomic():
            listed = SignupDomain.objects.create(
                domain=clean_domain(domain),
                institution=institution,
                reason=reason,
                added_by=by,
                added_at=at,
            )
    except IntegrityError:
        raise AlreadyListed(domain) from None
    record_event(actor=by.actor, verb="domain listed", record=listed, at=at, reason=reason)
    return listed


@transaction.atomic
def end_domain(*, domain: SignupDomain, reason: str, by: User, at: datetime) -> None:
    """Let no more addresses of a domain ask; who asked before is answered all the same."""
    ended = SignupDomain.objects.open().filter(pk=domain.pk).update(ended_by=by, ended_at=at)
    if not ended:
        raise AlreadyEnded
    record_event(actor=by.actor, verb="domain ended", record=domain, at=at, reason=reason)


@transaction.atomic
def ask(*, person: User, at: datetime) -> SignupRequest:
    """Keep that an account made without an invitation waits to be let in."""
    request = SignupRequest.objects.create(
        person=person, domain=domain_of(person.email), asked_at=at
    )
    record_event(actor=person.actor, verb="account asked for", record=person, at=at)
    return request


@transaction.atomic
def let_in(*, request: SignupRequest, by: User, at: datetime, reason: str = "") -> None:
    """Open the account, also one that was declined before, and tell the person."""
    request = _decide(request, SignupState.ACCEPTED, by=by, at=at, reason=reason)
    User.objects.filter(pk=request.person_id).update(awaits_approval=False, is_active=True)
    record_event(actor=by.actor, verb="account let in", record=request.person, at=at, reason=reason)
    _tell(request, template="emails/account_accepted", path=reverse("account_login"), at=at)


@transaction.atomic
def decline(*, request: SignupRequest, by: User, at: datetime, reason: str) -> None:
    """Close the account, and tell the person why."""
    if not reason.strip():
        raise ReasonMissing
    request = _decide(request, SignupState.DECLINED, by=by, at=at, reason=reason)
    User.objects.filter(pk=request.person_id).update(is_active=False)
    record_event(
        actor=by.actor, verb="account declined", record=request.person, at=at, reason=reason
    )
    _tell(request, template="emails/account_declined", path="/", at=at)


def _decide(
    request: SignupRequest, state: SignupState, *, by: User, at: datetime, reason: str
) -> SignupRequest:
    request = (
        SignupRequest.objects.select_for_update(of=("self",))
        .select_related("person")
        .get(pk=request.pk)
    )
    SIGNUP_LIFECYCLE.require(request.state, state)
    request.state, request.decided_by, request.decided_at = state, by, at
    request.reason = reason
    request.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    return request


def _tell(request: SignupRequest, *, template: str, path: str, at: datetime) -> None:
    post_mail(
        to=request.person.email,
        template=template,
        context={
            "display_name": request.person.display_name,
            "reason": request.reason,
            "url": absolute(path),
        },
        language=request.person.language,
        at=at,
    )
