"""Envelopes: an identifier in, one call out. The row itself is the outbox that the sweep reads."""

from datetime import datetime
from typing import Final

from celery import shared_task
from django.utils import timezone

from training.certificates import documents
from training.certificates.models import Certificate

SWEEP_BATCH: Final = 50


@shared_task(acks_late=True)
def render_certificate(*, certificate_id: int) -> None:
    """Make a certificate's file, unless it has one."""
    documents.attach_pdf(certificate_id=certificate_id)


@shared_task
def sweep_unrendered() -> None:
    """Queue again what has waited for its file: a message may be lost, a row is not."""
    now = timezone.now()
    due = Certificate.objects.due_for_rendering(now).values_list("pk", flat=True)
    for certificate_id in list(due[:SWEEP_BATCH]):
        queue_render(certificate_id=certificate_id, at=now)


def queue_render(*, certificate_id: int, at: datetime) -> None:
    """Ask a worker for a certificate's file; a broker that does not answer is not waited for."""
    Certificate.objects.filter(pk=certificate_id).update(render_queued_at=at)
    render_certificate.apply_async(kwargs={"certificate_id": certificate_id}, retry=False)
