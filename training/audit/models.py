"""Who did what to which record, when and why."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from training.audit.append_only import AppendOnlyModel


class Event(AppendOnlyModel):
    """One deed. The actor is copied, not referred to, so that the event outlives the account."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(_("when"), db_index=True)
    actor_uuid = models.UUIDField(null=True, db_index=True)
    actor_name = models.CharField(_("who"), max_length=200)
    actor_role = models.CharField(_("role"), max_length=100, blank=True)
    verb = models.CharField(_("what"), max_length=100, db_index=True)
    record_kind = models.CharField(_("record"), max_length=100)
    record_key = models.CharField(_("record key"), max_length=100)
    reason = models.TextField(_("why"), blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["record_kind", "record_key"], name="audit_event_record")]

    def __str__(self) -> str:
        return f"{self.verb} {self.record_kind} {self.record_key}"
