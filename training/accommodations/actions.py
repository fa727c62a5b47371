"""State what one needs, decide about it, withdraw the consent.

Each leaves an audit event in its transaction; no event and no message names a need or a word.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from training.accommodations.models import LIFECYCLE, NEEDS, Accommodation, AccommodationState
from training.accommodations.rules import gives_something, is_within_bounds
from training.accommodations.wording import CONSENT
from training.accounts.mail import absolute, post_mail
from training.accounts.models import User
from training.audit.actions import record_event


class ConsentMissing(Exception):
    """Nothing is kept without the person's consent."""


class NeedMissing(Exception):
    """The person said nothing that somebody could decide about."""


class AlreadyWaiting(Exception):
    """A request of this person waits for a decision."""


class OwnRequest(Exception):
    """Nobody decides about a request of their own."""


class OutOfBounds(ValueError):
    """More was to be granted than the rules allow."""


class LastDayPassed(ValueError):
    """The last day of what was to be granted has passed."""


class NothingGranted(ValueError):
    """It was to be granted without saying what."""


class ReasonMissing(ValueError):
    """A refusal has to say why."""


@transaction.atomic
def ask(
    *,
    person: User,
    needs: Collection[str],
    words: str,
    has_consented: bool,
    language: str,
    at: datetime,
) -> Accommodation:
    """Keep what somebody needs, with the sentence that they agreed to as proof.

    Raise ConsentMissing, NeedMissing or AlreadyWaiting; then nothing is kept.
    """
    if not has_consented:
        raise ConsentMissing(str(person.uuid))
    if not needs and not words.strip():
        raise NeedMissing(str(person.uuid))
    User.objects.select_for_update().get(pk=person.pk)
    if Accommodation.objects.of(person).waiting().exists():
        raise AlreadyWaiting(str(person.uuid))
    with override(language):
        wording = str(CONSENT)
    asked: Accommodation = Accommodation.objects.create(
        person=person,
        words=words,
        consent_wording=wording,
        consent_language=language,
        consented_at=at,
        **{need: need in needs for need in NEEDS},
    )
    record_event(actor=person.actor, verb="accommodation.asked", record=asked, at=at)
    return asked


@transaction.atomic
def grant(
    *,
    asked: Accommodation,
    extra_time_percent: int,
    extra_attempts: int,
    until: date | None,
    answer: str,
    by: User,
    at: datetime,
) -> None:
    """Grant something once; it replaces what was granted before. The learner is told.

    Raise IllegalTransition when it was decided or withdrawn meanwhile.
    """
    if not is_within_bounds(extra_time_percent=extra_time_percent, extra_attempts=extra_attempts):
        raise OutOfBounds(extra_time_percent, extra_attempts)
    if not gives_something(
        extra_time_percent=extra_time_percent, extra_attempts=extra_attempts, answer=answer
    ):
        raise NothingGranted
    if until is not None and until < timezone.localdate(at):
        raise LastDayPassed(until)
    _decide(
        asked,
        AccommodationState.GRANTED,
        by=by,
        at=at,
        extra_time_percent=extra_time_percent,
        extra_attempts=extra_attempts,
        until=until,
        answer=answer,
    )


@transaction.atomic
def decline(*, asked: Accommodation, answer: str, by: User, at: datetime) -> None:
    """Decline once, with the reason; the learner is told.

    Raise IllegalTransition when it was decided or withdrawn meanwhile.
    """
    if not answer.strip():
        raise ReasonMissing
    _decide(asked, AccommodationState.DECLINED, by=by, at=at, answer=answer)


@transaction.atomic
def withdraw(*, person: User, at: datetime) -> bool:
    """Erase what a person stated and was answered; what was granted ends. Say if there was any."""
    kept = list(Accommodation.objects.of(person).kept().order_by("pk").select_for_update())
    for own in kept:
        LIFECYCLE.require(own.state, AccommodationState.WITHDRAWN)
        own.state, own.withdrawn_at = AccommodationState.WITHDRAWN, at
        own.words = own.answer = ""
        for need in NEEDS:
            setattr(own, need, False)
        own.save()
        record_event(actor=person.actor, verb="accommodation.withdrawn", record=own, at=at)
    return bool(kept)


def _decide(
    asked: Accommodation, state: AccommodationState, *, by: User, at: datetime, **changes: object
) -> None:
    """Follow an arrow, exactly once, and tell the learner."""
    if asked.person.current_id == by.current_id:
        raise OwnRequest
    moved = Accommodation.objects.filter(pk=asked.pk, state__in=LIFECYCLE.sources(state)).update(
        state=state, decided_by=by, decided_at=at, **changes
    )
    asked.refresh_from_db()
    if not moved:
        LIFECYCLE.require(asked.state, state)
    record_event(actor=by.actor, verb=f"accommodation.{state.value}", record=asked, at=at)
    _tell(asked.person.current, at=at)


def _tell(person: User, *, at: datetime) -> None:
    """Say that there is an answer, and neither to what nor which; its kind shows in a list."""
    post_mail(
        to=person.email,
        template="emails/account_news",
        context={
            "display_name": person.display_name,
            "account_url": absolute(reverse("accommodations:home")),
        },
        language=person.language or settings.LANGUAGE_CODE,
        at=at,
    )
