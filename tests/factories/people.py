"""Situations of people: learners with a post, colleagues with a role, documents, second factors."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import factory
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from training.accounts.models import Post, SignupDomain, SignupRequest, User
from training.accounts.roles import Role
from training.institutions.actions import PACKS, load_country_pack
from training.institutions.models import Country, District, Institution

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXP"


def peru() -> Country:
    """Return Peru, loaded from its pack."""
    return load_country_pack(PACKS / "pe", at=AT).country


class InstitutionFactory(DjangoModelFactory[Institution]):
    """An institution of no country."""

    class Meta:
        model = Institution

    code = factory.Sequence(lambda n: f"institution-{n}")
    names = factory.LazyAttribute(lambda row: {"es": row.code, "en": row.code})
    kind = "judiciary"


class PersonFactory(DjangoModelFactory[User]):
    """Somebody who can sign in: the address is confirmed, the password is PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person-{n}@example.org")
    display_name = factory.Sequence(lambda n: f"Persona {n}")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))
    date_joined = AT

    @factory.post_generation
    def confirmed(self: User, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """Confirm the address."""
        EmailAddress.objects.create(
            user=self, email=self.email, primary=True, verified=extracted is not False
        )

    @factory.post_generation
    def roles(self: User, create: bool, extracted: Iterable[Role] | None, **kwargs: Any) -> None:
        """Give roles, with the rights that they have in the product."""
        if extracted:
            self.groups.set(Group.objects.filter(name__in=[role.value for role in extracted]))


class PostFactory(DjangoModelFactory[Post]):
    """A judge's post, held since 2020."""

    class Meta:
        model = Post

    person = factory.SubFactory(PersonFactory)
    role = Post.Role.JUDGE
    institution = factory.SubFactory(InstitutionFactory)
    valid_from = date(2020, 1, 1)


class SignupDomainFactory(DjangoModelFactory[SignupDomain]):
    """A domain whose addresses may ask for an account."""

    class Meta:
        model = SignupDomain

    domain = factory.Sequence(lambda n: f"court-{n}.example")
    institution = factory.SubFactory(InstitutionFactory)
    reason = "Oficio 12-2026"
    added_by = factory.SubFactory(PersonFactory)
    added_at = AT


class SignupRequestFactory(DjangoModelFactory[SignupRequest]):
    """Somebody who confirmed the address and waits to be let in."""

    class Meta:
        model = SignupRequest

    domain = factory.SubFactory(SignupDomainFactory)
    person = factory.SubFactory(PersonFactory, awaits_approval=True)
    asked_at = AT


def district(name: str, kind: str = "judicial") -> District:
    """Return a district of Peru."""
    return District.objects.get(country__code="PE", kind=kind, name=name)


def enrol_totp(person: User) -> Authenticator:
    """Give a person a second factor whose secret is SECRET."""
    return Authenticator.objects.create(
        user=person,
        type=Authenticator.Type.TOTP,
        data={"secret": get_adapter().encrypt(SECRET)},
    )


def counter_now() -> int:
    """Return the counter of the present half-minute."""
    return next(iter(yield_hotp_counters_from_time()))


def totp_code() -> str:
    """Return the code that the authenticator app would show now."""
    return format_hotp_value(hotp_value(SECRET, counter_now()))
