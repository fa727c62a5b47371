"""Responses: one answer a question of an attempt."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.attempt import Attempt
from assessments.models.item_version import ItemVersion


class Response(models.Model):
    """What a learner answered, saved as it was given.

    `revision` counts the changes: whoever saves says which one they saw, so that two windows
    cannot overwrite each other unseen.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="responses")
    item_version = models.ForeignKey(
        ItemVersion, on_delete=models.PROTECT, related_name="responses"
    )
    answer = models.JSONField(_("answer"), null=True)
    is_flagged = models.BooleanField(_("to look at again"), default=False)
    revision = models.PositiveIntegerField(_("changes"), default=0)
    saved_at = models.DateTimeField(_("saved"), null=True)
    fraction = models.DecimalField(
        _("share of the points earned"), max_digits=7, decimal_places=6, null=True
    )

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        ordering = ["attempt", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_response_an_item", fields=["attempt", "item_version"]
            ),
            models.CheckConstraint(
                name="response_fraction_lies_between_0_and_1",
                condition=Q(fraction=None) | Q(fraction__gte=0, fraction__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.item_version_id}"
