"""The access log: kept as long as the notice says, and never less than the law asks."""

from datetime import datetime, timedelta

from django.utils import timezone

from training.audit.append_only import AppendOnlyQuerySet
from training.audit.models import Access


class AccessKeeper:
    """Removes the old rows of the access log; the triggers let nobody remove a young one."""

    what = "access"

    def overdue(self, *, before: datetime) -> int:
        """Return how many rows are old enough to go."""
        return self._old(before).count()

    def empty(self, *, before: datetime, most: int) -> int:
        """Remove some of them."""
        return Access.objects.remove_oldest(before=self._legal(before), most=most)

    def _old(self, before: datetime) -> AppendOnlyQuerySet:
        return Access.objects.filter(at__lt=self._legal(before))

    def _legal(self, before: datetime) -> datetime:
        """A country pack may keep the log longer than the law asks, not shorter."""
        return min(before, timezone.now() - timedelta(days=Access.KEPT_DAYS))
