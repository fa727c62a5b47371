"""Reads about notices, consents, exports and requests."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, override

from training.accounts.models import User
from training.institutions.models import Country
from training.institutions.rules import PRIVACY_FIELDS
from training.kernel.texts import in_language
from training.privacy.models import (
    Consent,
    DataExport,
    DataRequest,
    NoticeShown,
    NoticeVersion,
    Purpose,
)
from training.privacy.rules import Calendar
from training.privacy.wording import SENTENCES

_ROOM = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Notice:
    """A version of the privacy notice in one language."""

    version: NoticeVersion
    summary: str
    points: Sequence[tuple[str, str]]
    is_complete: bool


@dataclass(frozen=True)
class ConsentState:
    """Where a person's decision about one purpose stands."""

    purpose: Purpose
    sentence: Promise
    is_given: bool
    decided_at: datetime | None


@dataclass(frozen=True)
class PrivacyPage:
    """What a person sees of their own data and decisions."""

    version: NoticeVersion | None
    shown_at: datetime | None
    consents: Sequence[ConsentState]
    export: DataExport | None
    is_downloadable: bool
    requests: Sequence[DataRequest]
    retention: Sequence[tuple[str, int | None]]


def privacy_page(*, person: User, now: datetime, language: str) -> PrivacyPage:
    """Return what stands on a person's page about their own data."""
    version = current_version()
    shown = NoticeShown.objects.filter(person=person, version=version).first() if version else None
    export = DataExport.objects.of(person).filter(removed_at=None).first()
    return PrivacyPage(
        version=version,
        shown_at=shown.shown_at if shown else None,
        consents=consents_of(person),
        export=export,
        is_downloadable=bool(export and export.expires_at and now < export.expires_at),
        requests=list(DataRequest.objects.of(person).order_by("-asked_at", "-pk")),
        retention=retention_in(version, language=language) if version else [],
    )


def retention_in(version: NoticeVersion, *, language: str) -> list[tuple[str, int | None]]:
    """Return what is kept and for how many years; None is for good."""
    return [
        (in_language(rule["names"], language), rule["years"])
        for rule in version.texts.get("retention", [])
    ]


def calendar_here() -> Calendar:
    """Return the days without work of this site's country; without a pack, weekends alone."""
    country = Country.objects.filter(code=settings.COUNTRY).first()
    return Calendar.of(country.calendar if country else {})


def open_requests_due(*, on: date) -> int:
    """Return how many requests wait whose last day is that one or has passed."""
    return DataRequest.objects.open().filter(due_on__lte=on).count()


def current_version() -> NoticeVersion | None:
    """Return the version of the notice in force here, or nothing before a pack is loaded."""
    version: NoticeVersion | None = (
        NoticeVersion.objects.filter(country__code=settings.COUNTRY)
        .select_related("country")
        .order_by("-number")
        .first()
    )
    return version


def current_notice(*, language: str) -> Notice | None:
    """Return the notice in force in a language."""
    version = current_version()
    return notice_in(version, language=language) if version else None


def notice_in(version: NoticeVersion, *, language: str) -> Notice:
    """Return a version in a language; what the sponsors have not said is marked."""
    with override(language):
        missing = gettext("[to be completed by the sponsors]")
    details = {name: version.details.get(name) or missing for name in PRIVACY_FIELDS}
    texts = version.texts
    return Notice(
        version=version,
        summary=_filled(in_language(texts["summary"], language), details),
        points=[
            (
                in_language(point["titles"], language),
                _filled(in_language(point["texts"], language), details),
            )
            for point in texts["points"]
        ],
        is_complete=all(version.details.get(name) for name in PRIVACY_FIELDS),
    )


def _filled(text: str, details: Mapping[str, str]) -> str:
    return _ROOM.sub(lambda room: details[room[1]], text)


def was_shown(*, person: User, version: NoticeVersion) -> bool:
    """Say whether a person was shown that version."""
    return NoticeShown.objects.filter(person=person, version=version).exists()


def has_consent(*, person_id: int, purpose: Purpose) -> bool:
    """Say whether a person allows something now: silence is no."""
    return bool(
        Consent.objects.filter(person_id=person_id, purpose=purpose)
        .order_by("-decided_at", "-pk")
        .values_list("is_given", flat=True)
        .first()
    )


def consents_of(person: User) -> list[ConsentState]:
    """Return the state of every purpose, in one query."""
    newest: dict[str, Consent] = {}
    for row in Consent.objects.filter(person=person).order_by("decided_at", "pk"):
        newest[row.purpose] = row
    return [
        ConsentState(
            purpose=purpose,
            sentence=SENTENCES[purpose],
            is_given=bool(purpose in newest and newest[purpose].is_given),
            decided_at=newest[purpose].decided_at if purpose in newest else None,
        )
        for purpose in Purpose
    ]
