from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from training.accounts import delivery, factor_removal

GRACE: Final = timedelta(minutes=1)  # a message's own task is usually faster than the sweep
SWEEP_BATCH: Final = 200


@shared_task
def send_mail(*, mail_id: int) -> None:
    """Send one message."""
    delivery.deliver(mail_id=mail_id, now=timezone.now())


@shared_task
def queue_unsent_mail() -> None:
    """Queue again the messages that are due: their first task may have been lost."""
    due = delivery.due_messages(now=timezone.now() - GRACE)
    for mail_id in list(due)[:SWEEP_BATCH]:
        send_mail.delay(mail_id=mail_id)


@shared_task
def carry_out_recoveries() -> None:
    """Remove the second factors whose waiting time is over."""
    factor_removal.carry_out_due(now=timezone.now(), most=SWEEP_BATCH)
