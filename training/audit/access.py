"""Keep who signed in, and who looked at whose data: one insert, and never the end of a page."""

import logging
from datetime import datetime
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import HttpRequest

from training.audit.models import Access
from training.audit.rules import network_of

_log = logging.getLogger(__name__)


def record_access(
    *,
    verb: Access.Verb,
    at: datetime,
    actor: UUID | None = None,
    subject: UUID | None = None,
    place: str = "",
    network: str = "",
) -> None:
    """Keep one access; whatever the database answers, the caller goes on."""
    try:
        with transaction.atomic():
            Access.objects.create(
                at=at,
                verb=verb,
                actor_uuid=actor,
                subject_uuid=subject,
                place=place,
                network=network,
            )
    except DatabaseError:
        _log.exception("An access was not kept: %s %s", verb, place)


def network_in(request: HttpRequest | None) -> str:
    """Return the network that a request came from, '' when it cannot be told."""
    if request is None:
        return ""
    try:
        return network_of(get_adapter().get_client_ip(request))
    except (PermissionDenied, LookupError):
        return ""
