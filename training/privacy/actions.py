"""Writes about notices, consents and requests. Each leaves an audit event in its transaction."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from training.accounts.mail import absolute, post_mail
from training.accounts.models import User
from training.audit.actions import Actor, record_event
from training.institutions.models import Country
from training.institutions.rules import PRIVACY_FIELDS
from training.privacy.models import (
    LIFECYCLE,
    Consent,
    DataExport,
    DataRequest,
    DataRequestState,
    NoticeShown,
    NoticeVersion,
    Purpose,
)
from training.privacy.queries import calendar_here, has_consent
from training.privacy.rules import last_day
from training.privacy.tasks import make_export
from training.privacy.wording import SENTENCES


class NothingToPublish(Exception):
    """The country's pack holds no privacy notice."""


class AlreadyAsked(Exception):
    """A copy of this person's data is being made."""


class OwnRequest(Exception):
    """Nobody answers a request of their own."""


def publish_from_pack(country: Country, at: datetime, actor: Actor) -> None:
    """Publish a version when the words of a country's pack changed; keep the sponsors' details."""
    if not country.privacy:
        return
    latest = _latest(country)
    if latest is None or latest.texts != country.privacy:
        _publish(country, details=latest.details if latest else {}, actor=actor, at=at)


@transaction.atomic
def publish_details(
    *, country: Country, details: Mapping[str, str], actor: Actor, at: datetime, reason: str = ""
) -> NoticeVersion:
    """Publish a version with what the sponsors say of this site; without a change, none.

    Everybody is asked to read it at the next sign-in: who answers for data is part of the notice.
    """
    unknown = details.keys() - PRIVACY_FIELDS
    if unknown:
        raise ValueError(f"no such detail: {', '.join(sorted(unknown))}")
    country = Country.objects.select_for_update().get(pk=country.pk)
    if not country.privacy:
        raise NothingToPublish(country.code)
    latest = _latest(country)
    said = {name: text.strip() for name, text in details.items() if text.strip()}
    if latest and latest.details == said and latest.texts == country.privacy:
        return latest
    return _publish(country, details=said, actor=actor, at=at, reason=reason)


def _latest(country: Country) -> NoticeVersion | None:
    latest: NoticeVersion | None = (
        NoticeVersion.objects.filter(country=country).order_by("-number").first()
    )
    return latest


def _publish(
    country: Country, *, details: Mapping[str, str], actor: Actor, at: datetime, reason: str = ""
) -> NoticeVersion:
    latest = _latest(country)
    version: NoticeVersion = NoticeVersion.objects.create(
        country=country,
        number=latest.number + 1 if latest else 1,
        pack_version=country.pack_version,
        texts=country.privacy,
        details=dict(details),
        published_at=at,
    )
    record_event(
        actor=actor,
        verb="privacy notice published",
        record=version,
        at=at,
        reason=reason,
        detail={"country": country.code, "number": version.number},
    )
    return version


@transaction.atomic
def record_shown(
    *,
    person: User,
    version: NoticeVersion,
    language: str,
    occasion: NoticeShown.Occasion,
    at: datetime,
) -> None:
    """Keep the proof that a person was shown a version; the first time counts."""
    _shown, is_first = NoticeShown.objects.get_or_create(
        person=person,
        version=version,
        defaults={"language": language, "occasion": occasion, "shown_at": at},
    )
    if is_first:
        record_event(
            actor=person.actor,
            verb="privacy notice shown",
            record=person,
            at=at,
            detail={"version": str(version.uuid), "number": version.number},
        )


@transaction.atomic
def decide_consent(
    *, person: User, purpose: Purpose, is_given: bool, language: str, at: datetime
) -> None:
    """Give or withdraw a consent; what stands already is not written again."""
    User.objects.select_for_update().get(pk=person.pk)
    if has_consent(person_id=person.pk, purpose=purpose) == is_given:
        return
    with override(language):
        wording = str(SENTENCES[purpose])
    Consent.objects.create(
        person=person,
        purpose=purpose,
        is_given=is_given,
        wording=wording,
        language=language,
        decided_at=at,
    )
    record_event(
        actor=person.actor,
        verb="consent given" if is_given else "consent withdrawn",
        record=person,
        at=at,
        detail={"purpose": purpose.value},
    )


@transaction.atomic
def ask_export(*, person: User, language: str, at: datetime) -> DataExport:
    """Ask for a copy of all that is kept about a person; a worker makes it after the commit."""
    try:
        with transaction.atomic():
            export = DataExport.objects.create(
                person=person, language=language, asked_at=at, not_before=at
            )
    except IntegrityError:
        raise AlreadyAsked from None
    record_event(actor=person.actor, verb="copy of data asked", record=person, at=at)
    transaction.on_commit(partial(make_export.delay, export_id=export.pk), robust=True)
    return export


@transaction.atomic
def ask_request(
    *, person: User, kind: DataRequest.Kind, text: str, language: str, at: datetime
) -> DataRequest:
    """Exercise a right; the legal clock starts, and the person gets a receipt."""
    request = DataRequest.objects.create(
        person=person,
        kind=kind,
        text=text,
        asked_at=at,
        due_on=last_day(asked_on=timezone.localdate(at), kind=kind.value, calendar=calendar_here()),
    )
    record_event(
        actor=person.actor,
        verb="data request made",
        record=request,
        at=at,
        detail={"kind": kind.value, "due_on": request.due_on.isoformat()},
    )
    _tell(request, template="emails/data_request_received", language=language, at=at)
    return request


@transaction.atomic
def answer_request(
    *, request: DataRequest, is_granted: bool, answer: str, by: User, at: datetime
) -> None:
    """Answer a request once, with the reason; the person is told.

    Raise IllegalTransition when somebody answered it meanwhile.
    """
    if request.person_id == by.pk:
        raise OwnRequest
    state = DataRequestState.GRANTED if is_granted else DataRequestState.REFUSED
    answered = DataRequest.objects.filter(pk=request.pk, state__in=LIFECYCLE.sources(state)).update(
        state=state, answer=answer, answered_at=at, answered_by=by
    )
    request.refresh_from_db()
    if not answered:
        LIFECYCLE.require(request.state, state)
    record_event(
        actor=by.actor,
        verb=f"data request {state.value}",
        record=request,
        at=at,
        reason=answer,
        detail={"kind": request.kind, "due_on": request.due_on.isoformat()},
    )
    _tell(request, template="emails/data_request_answered", language=request.person.language, at=at)


def _tell(request: DataRequest, *, template: str, language: str, at: datetime) -> None:
    post_mail(
        to=request.person.email,
        template=template,
        context={
            "display_name": request.person.display_name,
            "asked": request,
            "privacy_url": absolute(reverse("privacy:home")),
        },
        language=language or settings.LANGUAGE_CODE,
        at=at,
    )
