"""Envelopes: an identifier in, one call out. The rows are the outbox that the sweeps read."""

from datetime import datetime
from typing import Final

from celery import shared_task
from django.utils import timezone

from training.enrollments import working_off
from training.enrollments.models import Nomination

SWEEP_BATCH: Final = 200


@shared_task(acks_late=True)
def work_off_nomination(*, nomination_id: int) -> None:
    """Do what a confirmed nomination list says."""
    working_off.work_off(nomination_id=nomination_id, at=timezone.now())


@shared_task
def sweep_nominations() -> None:
    """Queue again the lists that were left half done, and seat the invited who came."""
    now = timezone.now()
    for nomination_id in list(working_off.stalled(now=now)):
        queue_nomination(nomination_id=nomination_id, at=now)
    for line_id in list(working_off.invited_who_came().values_list("pk", flat=True)[:SWEEP_BATCH]):
        working_off.seat_invited(line_id=line_id, at=now)


def queue_nomination(*, nomination_id: int, at: datetime) -> None:
    """Ask a worker to work a list off; a broker that does not answer is not waited for."""
    Nomination.objects.filter(pk=nomination_id).update(queued_at=at)
    work_off_nomination.apply_async(kwargs={"nomination_id": nomination_id}, retry=False)
