"""Read audit events."""

from django.db import models

from training.audit.append_only import AppendOnlyQuerySet
from training.audit.models import Event


def events_of(record: models.Model) -> AppendOnlyQuerySet:
    """Return the events of one record, newest first."""
    return Event.objects.filter(
        record_kind=record._meta.label_lower,
        record_key=str(getattr(record, "uuid", record.pk)),
    )
