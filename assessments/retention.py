"""The answers of attempts go after some years; marks and outcomes stay."""

from datetime import datetime

from django.db.models import QuerySet

from assessments.models import Response


class AnswerKeeper:
    """Empties what was answered in attempts that ended, or were left, long ago."""

    what = "answers"

    def overdue(self, *, before: datetime) -> int:
        """Return how many answers are old enough to be emptied."""
        return self._old(before).count()

    def empty(self, *, before: datetime, most: int) -> int:
        """Empty some of them; what each earned stays."""
        chosen = list(self._old(before).order_by("pk").values_list("pk", flat=True)[:most])
        return Response.objects.filter(pk__in=chosen).update(answer=None)

    def _old(self, before: datetime) -> "QuerySet[Response]":
        return Response.objects.filter(
            attempt__started_at__lt=before, saved_at__lt=before, answer__isnull=False
        )
