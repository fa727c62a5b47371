"""Envelopes: an identifier in, one call out. The row itself is the outbox that the sweep reads."""

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from training.privacy import exports, retention
from training.privacy.models import DataExport

GRACE: Final = timedelta(minutes=1)  # an export's own task is usually faster than the sweep
SWEEP_BATCH: Final = 50


@shared_task(acks_late=True)
def make_export(*, export_id: int) -> None:
    """Make one copy of somebody's data."""
    exports.make(export_id=export_id, at=timezone.now())


@shared_task
def queue_unmade_exports() -> None:
    """Queue again the copies that wait: a message may be lost, a row is not."""
    due = DataExport.objects.unmade(timezone.now() - GRACE).values_list("pk", flat=True)
    for export_id in list(due[:SWEEP_BATCH]):
        make_export.delay(export_id=export_id)


@shared_task
def remove_expired_exports() -> None:
    """Remove the copies whose week is over."""
    exports.remove_expired(at=timezone.now(), most=SWEEP_BATCH)


@shared_task
def apply_retention() -> None:
    """Empty what has been kept as long as the notice says."""
    retention.apply(at=timezone.now())
