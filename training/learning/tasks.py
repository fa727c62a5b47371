"""Envelopes: one call out, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from training.learning import reminders


@shared_task
def write_reminders() -> None:
    """Write the reminders that are due; those written before are not written again."""
    reminders.write_due(now=timezone.now())
