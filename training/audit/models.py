"""Who did what to which record, when and why; and who looked at whose data."""

import uuid
from typing import Any, ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from training.audit.append_only import AgeingQuerySet, AppendOnlyModel


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


class Access(AppendOnlyModel):
    """Somebody signed in or out, or looked at another person's data (R-64).

    It holds no name and no address: people by their identifiers, the network without its host.
    """

    KEPT_DAYS: Final = 730  # what the law asks; the trigger leaves a day for clocks that differ

    class Verb(models.TextChoices):
        SIGNED_IN = "signed-in", _("signed in")
        SIGN_IN_FAILED = "sign-in-failed", _("sign-in failed")
        SIGNED_OUT = "signed-out", _("signed out")
        VIEWED = "viewed", _("looked at")
        EXPORTED = "exported", _("took a copy")
        ROLES_CHANGED = "roles-changed", _("changed the roles")

    at = models.DateTimeField(_("when"), db_index=True)
    verb = models.CharField(_("what"), max_length=20, choices=Verb.choices)
    actor_uuid = models.UUIDField(_("who"), null=True, db_index=True)
    subject_uuid = models.UUIDField(_("about whom"), null=True, db_index=True)
    place = models.CharField(_("page"), max_length=100, blank=True)
    network = models.CharField(_("network"), max_length=50, blank=True)

    objects: ClassVar[Any] = AgeingQuerySet.as_manager()

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.verb} {self.place}".strip()
