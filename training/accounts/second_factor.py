"""Whether this session has shown a second factor, and where it is asked for."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.stages import LoginStageController
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from training.accounts.models import Recovery, RecoveryState, User

FACTORS = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})
METHOD = "mfa"
OWES = "owes_a_second_factor"


def is_exempt(user: User) -> bool:
    """Say whether nobody asks this person for a second factor: demonstration accounts only."""
    return settings.DEMONSTRATION and user.is_demonstration


def enrolled_factors(user: User) -> dict[int, str]:
    """Return the kinds of a person's authenticators, recovery codes included, by identifier."""
    return dict(Authenticator.objects.filter(user=user).values_list("pk", "type"))


def person_at_second_factor(request: HttpRequest) -> User | None:
    """Return who gave the right password here and is now asked for a second factor."""
    if request.user.is_authenticated:
        return None
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    person: User | None = stage.login.user if stage else None
    return person


def has_passed(request: HttpRequest, enrolled: dict[int, str]) -> bool:
    """Say whether this session was opened or confirmed with an authenticator that still stands."""
    return any(
        record.get("method") == METHOD and record.get("id") in enrolled
        for record in get_authentication_records(request, request.user)
    )


def address_to_pass(enrolled: dict[int, str], *, then: str) -> str:
    """Return where a person with these authenticators shows one, and comes back."""
    only_keys = set(enrolled.values()) == {Authenticator.Type.WEBAUTHN}
    name = "mfa_reauthenticate_webauthn" if only_keys else "mfa_reauthenticate"
    return f"{reverse(name)}?{urlencode({'next': then})}"


@receiver(authenticator_added)
def count_the_first_factor_as_shown(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Spare who has just set up the first factor, and used it to do so, from showing it again.

    Only the first: a session by password alone shall not pass by adding a factor of its own.
    """
    others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=authenticator.pk)
    if authenticator.type in FACTORS and not others.exists():
        record_authentication(
            request, user, METHOD, id=authenticator.pk, type=str(authenticator.type)
        )


def owes_a_factor(user: User) -> bool:
    """Say whether the lost factor was removed and no new one set up (nobody is let off by it)."""
    return (
        Recovery.objects.filter(person=user, state=RecoveryState.DONE).exists()
        and not Authenticator.objects.filter(user=user, type__in=FACTORS).exists()
    )


@receiver(user_logged_in)
def remember_what_is_owed(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Mark the session of somebody who has to set up a new factor before anything else."""
    if owes_a_factor(user):
        request.session[OWES] = True
