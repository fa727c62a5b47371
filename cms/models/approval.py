"""Approvals: a second person read this text in this language, and found it right."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from training.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet


class ApprovalQuerySet(AppendOnlyQuerySet):
    """Approvals, newest last."""

    def of(self, kind: str, key: str, language: str) -> "ApprovalQuerySet":
        """Return the approvals of one text in one language."""
        return self.filter(object_kind=kind, object_key=key, language=language)


ApprovalManager = models.Manager.from_queryset(ApprovalQuerySet)


class Approval(AppendOnlyModel):
    """One finished review. The digest says what was read; the revision is only where to find it."""

    object_kind = models.CharField(_("kind"), max_length=100)
    object_key = models.CharField(_("key"), max_length=64)
    language = models.CharField(_("language"), max_length=10)
    digest = models.CharField(_("digest of the text"), max_length=64)
    revision_number = models.BigIntegerField(_("revision"))
    approved_at = models.DateTimeField(_("approved"))
    approved_by_uuid = models.UUIDField()
    approved_by_name = models.CharField(_("approved by"), max_length=200)

    objects: ClassVar[ApprovalManager] = ApprovalManager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["object_kind", "object_key", "language"], name="approval_of_text")
        ]

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_key} {self.language}"
