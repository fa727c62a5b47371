"""Reads about people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.utils.translation import get_language

from training.accounts.models import Post, User
from training.accounts.rules import DocumentKind
from training.institutions.models import Country
from training.kernel.texts import in_language


class UnknownDocumentKind(LookupError):
    """No country pack describes such a document."""


def document_kinds(*, language: str | None = None) -> Sequence[DocumentKind]:
    """Return the identity documents of all countries, as their packs order them."""
    language = language or get_language() or "es"
    return [
        DocumentKind(
            country=country.code,
            code=entry["code"],
            name=in_language(entry["names"], language),
            pattern=entry["pattern"],
            hint=in_language(entry["hints"], language),
        )
        for country in Country.objects.all()
        for entry in country.document_types
    ]


def document_kind(key: str) -> DocumentKind:
    """Return the kind of document called `COUNTRY:type`."""
    for kind in document_kinds():
        if kind.key == key:
            return kind
    raise UnknownDocumentKind(key)


def people_by_email(emails: Collection[str]) -> dict[str, User]:
    """Return who has these addresses; for a merged account, the one that speaks for it."""
    found = User.objects.filter(email__in=emails).select_related("merged_into")
    return {person.email: person.current for person in found}


@dataclass(frozen=True)
class IdentityHints:
    """What helps to make sure who somebody is, without giving away what only they know."""

    name: str
    email: str
    document: str
    posts: Sequence[str]
    joined_at: datetime
    last_seen_at: datetime | None
    factors: Sequence[str]


def identity_hints(*, person: User, on: date) -> IdentityHints:
    """Return hints of who a person is; of the document only its last two characters."""
    posts = (
        Post.objects.held_on(on)
        .filter(person=person)
        .select_related("institution", "judicial_district", "fiscal_district")
    )
    number = person.document_number
    factors = Authenticator.objects.filter(user=person).order_by("pk")
    return IdentityHints(
        name=person.certificate_name or person.display_name,
        email=person.email,
        document=f"{person.document_type.upper()} ••••{number[-2:]}" if number else "",
        posts=[
            ", ".join(
                str(part)
                for part in (
                    post,
                    post.institution,
                    post.judicial_district or post.fiscal_district,
                )
                if part
            )
            for post in posts
        ],
        joined_at=person.date_joined,
        last_seen_at=person.last_login,
        factors=[factor.get_type_display() for factor in factors],
    )
