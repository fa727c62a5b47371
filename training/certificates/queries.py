"""What the public may read of a certificate: from its snapshot alone, in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import CharField

from training.certificates.models import Certificate
from training.certificates.rules import initials, masked_document
from training.compiled import CompiledQuery, Slot
from training.kernel.texts import in_language
from training.privacy.models import Purpose
from training.privacy.queries import has_consent


@dataclass(frozen=True)
class Verification:
    """The public answer about one certificate.

    `is_whole` is false when only its number was known: the document is then left out, and the name
    is initials unless the holder consents to more (R-57). The mark is never shown (R-45: only if
    the holder allows).
    """

    is_whole: bool
    is_name_shown: bool
    is_revoked: bool
    revoked_at: datetime | None
    revocation_reason: str
    number: str
    kind: str
    recipient: str
    document: str
    course: str
    course_code: str
    edition_code: str
    mode: str
    starts_on: date
    ends_on: date
    hours: Decimal
    academic_hour_minutes: int
    issuers: Sequence[str]
    co_organisers: Sequence[str]
    place: str
    issued_on: date
    is_demonstration: bool


_by_code: Final[CompiledQuery[Certificate]] = CompiledQuery(
    lambda: Certificate.objects.filter(code=Slot("code", CharField())).order_by()
)


def verification_by_code(code: str, *, language: str) -> Verification | None:
    """Return the answer to whoever holds the paper, with the name as printed on it."""
    return _verification(_by_code.get(code=code), language, is_whole=True)


def verification_by_number(number: str, *, language: str) -> Verification | None:
    """Return the answer to whoever only knows a number, which can be guessed.

    The name is initials alone, unless its holder allows it to be seen now.
    """
    numbered = Certificate.objects.select_related("enrollment__learner").filter(number=number)
    certificate = numbered.first()
    return _verification(certificate, language, is_whole=False)


def _verification(
    certificate: Certificate | None, language: str, *, is_whole: bool
) -> Verification | None:
    if certificate is None:
        return None
    name = certificate.recipient_name
    is_name_shown = is_whole or has_consent(
        person_id=certificate.enrollment.learner.current_id, purpose=Purpose.NAME_ON_VERIFICATION
    )
    return Verification(
        is_whole=is_whole,
        is_name_shown=is_name_shown,
        is_revoked=certificate.is_revoked,
        revoked_at=certificate.revoked_at,
        revocation_reason=certificate.revocation_reason,
        number=certificate.number,
        kind=certificate.kind_title(language),
        recipient=name if is_name_shown else initials(name),
        document=_document(certificate, language) if is_whole else "",
        course=certificate.course_title(language),
        course_code=certificate.course_code,
        edition_code=certificate.edition_code,
        mode=in_language(certificate.mode_names, language),
        starts_on=certificate.starts_on,
        ends_on=certificate.ends_on,
        hours=certificate.hours,
        academic_hour_minutes=certificate.academic_hour_minutes,
        issuers=_names(certificate.issuers, "issuer", language),
        co_organisers=_names(certificate.issuers, "co-organiser", language),
        place=certificate.place,
        issued_on=certificate.issued_on,
        is_demonstration=certificate.is_demonstration,
    )


def _document(certificate: Certificate, language: str) -> str:
    if not certificate.document_number:
        return ""
    kind = in_language(certificate.document_names, language) or certificate.document_type.upper()
    return f"{kind} {masked_document(certificate.document_number)}"


def _names(issuers: Sequence[Mapping[str, Any]], part: str, language: str) -> list[str]:
    return [in_language(issuer["names"], language) for issuer in issuers if issuer["part"] == part]
