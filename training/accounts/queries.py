"""Reads about people."""

from collections.abc import Sequence

from django.utils.translation import get_language

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
