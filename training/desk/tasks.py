"""Envelopes: an identifier in, one call out. The row itself is the outbox that the sweep reads."""

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from training.desk import exports
from training.desk.models import ListExport

GRACE: Final = timedelta(minutes=1)  # an export's own task is usually faster than the sweep
SWEEP_BATCH: Final = 50


@shared_task(acks_late=True)
def make_list_export(*, export_id: int) -> None:
    """Make one list as a file."""
    exports.make(export_id=export_id, at=timezone.now())


@shared_task
def queue_unmade_list_exports() -> None:
    """Queue again the files that wait: a message may be lost, a row is not."""
    due = ListExport.objects.unmade(timezone.now() - GRACE).values_list("pk", flat=True)
    for export_id in list(due[:SWEEP_BATCH]):
        make_list_export.delay(export_id=export_id)


@shared_task
def remove_expired_list_exports() -> None:
    """Remove the files whose week is over."""
    exports.remove_expired(at=timezone.now(), most=SWEEP_BATCH)
