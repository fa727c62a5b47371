"""Sign-ins and sign-outs for the access log, and the pages of this room that it watches."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training.accounts.models import Recovery, SignupRequest, User
from training.audit.access import network_in, record_access
from training.audit.models import Access
from training.kernel.access import watch


@receiver(user_logged_in)
def keep_sign_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Keep that somebody signed in."""
    _keep(Access.Verb.SIGNED_IN, request, actor=user.uuid)


@receiver(user_logged_out)
def keep_sign_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Keep that somebody signed out."""
    if user is not None:
        _keep(Access.Verb.SIGNED_OUT, request, actor=user.uuid)


@receiver(user_login_failed)
def keep_failure(
    *, credentials: Mapping[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Keep that a sign-in failed: whose account it was for, never what was typed."""
    typed = str(credentials.get("email") or credentials.get("username") or "").lower()
    account = User.objects.filter(email=typed).values_list("uuid", flat=True).first()
    _keep(Access.Verb.SIGN_IN_FAILED, request, subject=account)


def _keep(
    verb: Access.Verb,
    request: HttpRequest | None,
    *,
    actor: UUID | None = None,
    subject: UUID | None = None,
) -> None:
    record_access(
        verb=verb, at=timezone.now(), actor=actor, subject=subject, network=network_in(request)
    )


def watch_pages() -> None:
    """Have the openings of this room's pages about people kept."""
    for place in ("wagtailusers_users:index", "wagtailusers_users:index_results"):
        watch(place, title=_("People"))
    watch("wagtailusers_users:edit", title=_("Details of a person"), owner=_person)
    watch("wagtailusers_users:history", title=_("History of a person"), owner=_person)
    watch("privilege-reviews:read", title=_("Review of privileges"))
    watch("privilege-reviews:csv", title=_("Review of privileges"), is_export=True)
    watch("signup-requests:decide", title=_("Account that was asked for"), owner=_who_asks)
    watch("recovery:decide", title=_("Recovery of an account"), owner=_who_recovers)


def _person(words: Mapping[str, Any]) -> UUID | None:
    return User.objects.filter(pk=words["pk"]).values_list("uuid", flat=True).first()


def _who_recovers(words: Mapping[str, Any]) -> UUID | None:
    people = Recovery.objects.filter(uuid=words["uuid"]).values_list("person__uuid", flat=True)
    return people.first()


def _who_asks(words: Mapping[str, Any]) -> UUID | None:
    people = SignupRequest.objects.filter(uuid=words["uuid"])
    return people.values_list("person__uuid", flat=True).first()
