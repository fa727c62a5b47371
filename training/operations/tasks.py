from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone

from training.operations import actions


@shared_task
def record_beat() -> None:
    """Show that broker, worker and database work together."""
    actions.record_beat(at=timezone.now())


@worker_ready.connect
def record_first_beat(**kwargs: object) -> None:
    """Spare the health check the wait for the first interval."""
    record_beat()
