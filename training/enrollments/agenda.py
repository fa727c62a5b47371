"""A person's own calendar: its secret address, and whether they are reminded by e-mail."""

import secrets
from datetime import datetime
from typing import Final

from django.db import transaction

from training.accounts.models import User
from training.audit.actions import record_event
from training.enrollments.models import Agenda

BYTES: Final = 32  # of chance in an address


class UnknownAddress(LookupError):
    """No calendar is served at this address, or not any more."""


def agenda_of(person: User) -> Agenda:
    """Return what a person chose; who chose nothing has no address and is reminded."""
    return Agenda.objects.filter(person=person).first() or Agenda(person=person)


@transaction.atomic
def renew_address(*, person: User, at: datetime) -> Agenda:
    """Give a person's calendar a new secret address; the old one serves nothing any more."""
    agenda, _is_new = Agenda.objects.update_or_create(
        person=person, defaults={"token": secrets.token_urlsafe(BYTES), "made_at": at}
    )
    record_event(actor=person.actor, verb="calendar address made", record=person, at=at)
    return agenda


@transaction.atomic
def close_address(*, person: User, at: datetime) -> None:
    """Serve a person's calendar nowhere."""
    closed = Agenda.objects.filter(person=person, token__isnull=False).update(
        token=None, made_at=None
    )
    if closed:
        record_event(actor=person.actor, verb="calendar address closed", record=person, at=at)


@transaction.atomic
def choose_reminders(*, person: User, wants_reminders: bool, at: datetime) -> None:
    """Remember whether a person wants to be reminded by e-mail."""
    Agenda.objects.update_or_create(person=person, defaults={"wants_reminders": wants_reminders})
    verb = "reminders switched on" if wants_reminders else "reminders switched off"
    record_event(actor=person.actor, verb=verb, record=person, at=at)


def owner_of(token: str) -> User:
    """Return whose calendar an address serves; raise UnknownAddress when it serves nobody's."""
    agenda = (
        Agenda.objects.filter(token=token, person__is_active=True).select_related("person").first()
    )
    if agenda is None:
        raise UnknownAddress
    return agenda.person
