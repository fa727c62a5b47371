from celery import shared_task
from django.utils import timezone

from training.accounts import delivery


@shared_task
def send_mail(*, mail_id: int) -> None:
    """Send one message."""
    delivery.deliver(mail_id=mail_id, now=timezone.now())


@shared_task
def queue_unsent_mail() -> None:
    """Queue again every message that is due: its first task may have been lost."""
    for mail_id in delivery.due_messages(now=timezone.now()):
        send_mail.delay(mail_id=mail_id)
