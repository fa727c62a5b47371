"""Items as they were frozen."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.models.item import KINDS
from training.audit.append_only import AppendOnlyModel


class ItemVersion(AppendOnlyModel):
    """An item as it was approved once.

    `structure` holds key, points and classification, from the source language alone; `texts`
    holds what is read, by language. A language without an approved translation is missing.
    """

    key = models.UUIDField(_("key"), db_index=True)
    number = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    source_language = models.CharField(_("source language"), max_length=10)
    structure = models.JSONField(_("structure"))
    texts = models.JSONField(_("texts by language"))
    digest = models.CharField(_("digest of the content"), max_length=64)
    frozen_at = models.DateTimeField(_("frozen"))

    class Meta:
        verbose_name = _("question version")
        verbose_name_plural = _("question versions")
        ordering = ["key", "-number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(name="one_item_version_a_number", fields=["key", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.number}"

    @property
    def points(self) -> Decimal:
        """Return what a right answer is worth."""
        return Decimal(self.structure["points"])

    @property
    def option_ids(self) -> list[str]:
        """Return the identifiers of the options in their author's order; none for a number."""
        return [option["id"] for option in self.structure.get("options", [])]
