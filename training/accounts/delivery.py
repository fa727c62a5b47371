"""Send the messages that wait; each try is claimed, so that two workers do not send one twice."""

from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db.models import F, QuerySet

from training.accounts.models import OutgoingMail

BETWEEN_ATTEMPTS = timedelta(minutes=10)


def due_messages(*, now: datetime) -> QuerySet[OutgoingMail, int]:
    """Return the identifiers of the messages that should be sent now, the oldest first."""
    return OutgoingMail.objects.due(now).order_by("created_at").values_list("pk", flat=True)


def deliver(*, mail_id: int, now: datetime) -> bool:
    """Send a message unless it was sent or another worker has it; say whether it was sent here."""
    claimed = (
        OutgoingMail.objects.due(now)
        .filter(pk=mail_id)
        .update(attempts=F("attempts") + 1, not_before=now + BETWEEN_ATTEMPTS)
    )
    if not claimed:
        return False
    mail = OutgoingMail.objects.get(pk=mail_id)
    message = EmailMultiAlternatives(subject=mail.subject, body=mail.text, to=[mail.to])
    message.attach_alternative(mail.html, "text/html")
    message.extra_headers["Content-Language"] = mail.language
    message.send()
    OutgoingMail.objects.filter(pk=mail_id).update(sent_at=now, subject="", text="", html="")
    return True
