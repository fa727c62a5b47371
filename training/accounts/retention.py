"""Messages that were sent: their words went at once, who got what and when goes after years."""

from datetime import datetime

from django.db.models import QuerySet

from training.accounts.models import OutgoingMail


class MessageKeeper:
    """Deletes the rows of messages that were sent long ago."""

    what = "messages"

    def overdue(self, *, before: datetime) -> int:
        """Return how many messages are old enough to go."""
        return self._old(before).count()

    def empty(self, *, before: datetime, most: int) -> int:
        """Delete some of them."""
        chosen = list(self._old(before).order_by("pk").values_list("pk", flat=True)[:most])
        number, _models = OutgoingMail.objects.filter(pk__in=chosen).delete()
        return number

    def _old(self, before: datetime) -> "QuerySet[OutgoingMail]":
        return OutgoingMail.objects.filter(sent_at__lt=before)
