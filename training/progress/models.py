"""Outcomes: facts about what a learner did, appended once."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from training.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment


class OutcomeQuerySet(AppendOnlyQuerySet):
    """Outcomes, and those among them that still stand."""

    def standing(self) -> "OutcomeQuerySet":
        """Return the outcomes that no other supersedes."""
        return self.filter(superseded_by=None)


OutcomeManager = models.Manager.from_queryset(OutcomeQuerySet)


class Outcome(AppendOnlyModel):
    """One fact: this learner did this activity, with this result, at this time."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="outcomes")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="outcomes")
    source = models.CharField(_("source"), max_length=120, unique=True)
    is_success = models.BooleanField(_("success"))
    scaled = models.DecimalField(
        _("score between 0 and 1"), max_digits=7, decimal_places=6, null=True
    )
    occurred_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    evidence = models.CharField(_("digest of the evidence"), max_length=128, blank=True)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )

    objects: ClassVar[OutcomeManager] = OutcomeManager()

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        ordering = ["occurred_at", "pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["enrollment", "activity"], name="outcome_of_enrollment"),
            models.Index(fields=["occurred_at"], name="outcome_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                name="scaled_lies_between_0_and_1",
                condition=Q(scaled=None) | Q(scaled__gte=0, scaled__lte=1),
            )
        ]

    def __str__(self) -> str:
        return self.source
