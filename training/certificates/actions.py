"""Issue and revoke certificates, and give them their numbers."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import override

from training.accounts.models import Post, User
from training.audit.actions import Actor, record_event
from training.certificates.models import (
    LIFECYCLE,
    Certificate,
    CertificateState,
    RegistrySeries,
)
from training.certificates.rules import fill, long_date, mark_in_words, plain_number
from training.certificates.tasks import queue_render
from training.certificates.wording import (
    DESIGN_VERSION,
    compose,
    mode_name,
    paper_languages,
    speech,
)
from training.enrollments.models import Edition, Enrollment
from training.institutions.models import Country, District
from training.kernel.identifiers import new_code, registry_number
from training.kernel.texts import in_language
from training.progress.models import Outcome
from training.progress.rules import mark_on_scale

Texts = dict[str, str]


class AlreadyIssued(Exception):
    """Another certificate of this kind stands for the enrollment."""


class AlreadyRevoked(Exception):
    """The certificate has been revoked before."""


class ReasonMissing(Exception):
    """A certificate is revoked only with a reason for the public."""


@transaction.atomic
def issue(
    *,
    enrollment: Enrollment,
    scaled: Decimal | None,
    actor: Actor,
    at: datetime,
    reason: str,
    kind: str = Certificate.Kind.APPROVAL,
) -> Certificate:
    """Issue the certificate of a completed enrollment; its file is made afterwards.

    `scaled` is the course's score between 0 and 1, None when it gives no mark. Raise
    AlreadyIssued while another certificate of the kind stands.
    """
    certificate = _snapshot(enrollment, kind=kind, scaled=scaled, at=at)
    try:
        with transaction.atomic():
            _enter_in_registry(certificate)
            certificate.save(force_insert=True)
    except IntegrityError as problem:
        standing = Certificate.objects.unrevoked().filter(enrollment=enrollment, kind=kind)
        if standing.exists():
            raise AlreadyIssued(str(enrollment.uuid)) from problem
        raise
    record_event(
        actor=actor,
        verb="certificate.issued",
        record=certificate,
        at=at,
        reason=reason,
        detail={
            "number": certificate.number,
            "kind": certificate.kind,
            "enrollment": str(enrollment.uuid),
            "evidence": certificate.evidence_digest,
        },
    )

    def ask_for_the_file() -> None:  # not a partial: Django names a robust callback that fails
        queue_render(certificate_id=certificate.pk, at=at)

    transaction.on_commit(ask_for_the_file, robust=True)
    return certificate


@transaction.atomic
def revoke(
    *,
    certificate: Certificate,
    actor: Actor,
    at: datetime,
    reason_public: str,
    reason_internal: str = "",
) -> None:
    """Revoke a certificate for good; the public reason is shown to whoever verifies it.

    Raise AlreadyRevoked the second time, ReasonMissing without a public reason.
    """
    reason_public = " ".join(reason_public.split())
    if not reason_public:
        raise ReasonMissing(certificate.number)
    moved = Certificate.objects.filter(
        pk=certificate.pk, state__in=LIFECYCLE.sources(CertificateState.REVOKED)
    ).update(state=CertificateState.REVOKED, revoked_at=at, revocation_reason=reason_public)
    if not moved:
        raise AlreadyRevoked(certificate.number)
    record_event(
        actor=actor,
        verb="certificate.revoked",
        record=certificate,
        at=at,
        reason=reason_internal or reason_public,
        detail={"number": certificate.number, "public_reason": reason_public},
    )
    certificate.refresh_from_db()


def _enter_in_registry(certificate: Certificate) -> None:
    """Give a certificate the next number; the series stays locked until the transaction ends.

    A number that is not committed is given again: there are no gaps.
    """
    series, year = certificate.series, certificate.year
    RegistrySeries.objects.get_or_create(series=series, year=year)
    registry = RegistrySeries.objects.select_for_update().get(series=series, year=year)
    registry.last_sequence += 1
    registry.save(update_fields=["last_sequence"])
    certificate.sequence = registry.last_sequence
    certificate.number = registry_number(series=series, year=year, sequence=certificate.sequence)


def _snapshot(
    enrollment: Enrollment, *, kind: str, scaled: Decimal | None, at: datetime
) -> Certificate:
    """Return a certificate with all that it says, not numbered yet."""
    enrollment = Enrollment.objects.select_related(
        "learner__merged_into", "edition", "course_version__course__country"
    ).get(pk=enrollment.pk)
    edition, version = enrollment.edition, enrollment.course_version
    learner = enrollment.learner.current
    country = version.course.country
    issued_on = at.astimezone(ZoneInfo(country.time_zone)).date()
    code = new_code()
    certificate = Certificate(
        enrollment=enrollment,
        kind=kind,
        series=edition.series,
        year=issued_on.year,
        code=code,
        verification_address=settings.BASE_URL
        + reverse("certificates:verification", kwargs={"code": code}),
        recipient_name=enrollment.name_on_certificate,
        languages=paper_languages(country.languages),
        course_code=version.course.code,
        course_version=version.number,
        edition_code=edition.code,
        edition_titles=edition.titles,
        mode=edition.mode,
        **_period(enrollment, edition, ZoneInfo(country.time_zone)),
        hours_asynchronous=edition.hours_asynchronous,
        hours_synchronous=edition.hours_synchronous,
        hours_assessed=edition.hours_assessed,
        academic_hour_minutes=edition.academic_hour_minutes,
        scale_maximum=edition.scale_maximum,
        syllabus=version.syllabus,
        place=edition.place,
        issued_at=at,
        issued_on=issued_on,
        issuers=_issuers(edition),
        signatories=edition.signatories,
        legal_basis=edition.legal_basis,
        design_version=DESIGN_VERSION,
        evidence_digest=_evidence_digest(enrollment),
        is_demonstration=settings.DEMONSTRATION or learner.is_demonstration,
        **_document(learner, country),
        **_post(learner, issued_on),
    )
    certificate.course_titles = {
        language: in_language(version.titles, language) for language in certificate.languages
    }
    if scaled is not None:
        certificate.mark = mark_on_scale(scaled, maximum=edition.scale_maximum)
        certificate.mark_words = {
            language: mark_in_words(certificate.mark, speech(language).numerals)
            for language in certificate.languages
        }
    certificate.mode_names = {
        language: mode_name(edition.mode, language, country.wording)
        for language in certificate.languages
    }
    certificate.wording = {
        language: _wording(certificate, language, country.wording)
        for language in certificate.languages
    }
    return certificate


def _wording(certificate: Certificate, language: str, pack: Mapping[str, Any]) -> Texts:
    """Return what the paper says in a language, composed once and for all."""
    style = speech(language)
    start = long_date(certificate.starts_on, style)
    end = long_date(certificate.ends_on, style)
    day = long_date(certificate.issued_on, style)
    fields = {
        "name": certificate.recipient_name,
        "course": certificate.course_titles[language],
        "course_code": certificate.course_code,
        "edition": in_language(certificate.edition_titles, language) or certificate.edition_code,
        "mode": certificate.mode_names[language],
        "start": start,
        "end": end,
        "hours": plain_number(certificate.hours),
        "minutes": str(certificate.academic_hour_minutes),
        "mark": "" if certificate.mark is None else f"{certificate.mark:.2f}",
        "mark_words": certificate.mark_words.get(language, ""),
        "scale": str(certificate.scale_maximum),
        "place": certificate.place,
        "date": day,
    }
    composed = compose(
        kind=certificate.kind,
        language=language,
        pack=pack,
        fields=fields,
        has_mark=certificate.mark is not None,
    )
    issued = fill(style.issued, {"place": certificate.place, "date": day})
    return composed | {"start": start, "end": end, "issued": issued}


def _period(enrollment: Enrollment, edition: Edition, zone: ZoneInfo) -> dict[str, date]:
    """Return from when to when the learner took the course, never a day that is yet to come.

    With a tutor it began with the edition, at one's own pace with the enrollment; it ended when
    it was completed, at the latest on the last day that the learner had.
    """
    enrolled_on = enrollment.enrolled_at.astimezone(zone).date()
    is_self_paced = edition.mode == Edition.Mode.SELF_PACED
    starts_on = max(edition.starts_on, enrolled_on) if is_self_paced else edition.starts_on
    ends_on = enrollment.last_day
    if enrollment.completed_at is not None:
        ends_on = min(ends_on, enrollment.completed_at.astimezone(zone).date())
    return {"starts_on": min(starts_on, ends_on), "ends_on": ends_on}


def _document(learner: User, country: Country) -> dict[str, Any]:
    names: Texts = next(
        (kind["names"] for kind in country.document_types if kind["code"] == learner.document_type),
        {},
    )
    return {
        "document_country": learner.document_country,
        "document_type": learner.document_type,
        "document_number": learner.document_number,
        "document_names": names,
    }


def _post(learner: User, day: date) -> dict[str, Any]:
    """Return the post that the learner held on a day, and where; nothing if there was none."""
    post = (
        Post.objects.filter(person=learner)
        .held_on(day)
        .select_related("institution", "judicial_district", "fiscal_district")
        .first()
    )
    if post is None:
        return {}
    district = _district(post)
    return {
        "post_role": post.role,
        "post_titles": _post_titles(post),
        "institution_names": post.institution.names,
        "district_kind": district.kind if district else "",
        "district_name": district.name if district else "",
    }


def _post_titles(post: Post) -> Texts:
    titles: Texts = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            titles[language] = post.title or str(post.get_role_display())
    return titles


def _district(post: Post) -> District | None:
    if post.role == Post.Role.PROSECUTOR:
        return post.fiscal_district or post.judicial_district
    return post.judicial_district or post.fiscal_district


def _issuers(edition: Edition) -> list[dict[str, Any]]:
    return [
        {
            "names": issuer.institution.names,
            "short_names": issuer.institution.short_names,
            "part": issuer.part,
        }
        for issuer in edition.issuer_set.select_related("institution")
    ]


def _evidence_digest(enrollment: Enrollment) -> str:
    """Return the SHA-256 over the standing outcomes of an enrollment and their evidence."""
    facts = (
        Outcome.objects.filter(enrollment=enrollment)
        .standing()
        .order_by("source")
        .values_list("source", "is_success", "scaled", "evidence")
    )
    lines = [
        [source, ok, None if scaled is None else str(scaled), proof]
        for source, ok, scaled, proof in facts
    ]
    return hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode()).hexdigest()
