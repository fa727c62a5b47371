"""Courses as identities, and their versions, frozen when they are published."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from training.audit.append_only import AppendOnlyModel
from training.kernel.activities import ActivityReference
from training.kernel.texts import in_language


class Course(models.Model):
    """What stays the same while versions come and go."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(_("key of its author's page"), max_length=64, unique=True)
    code = models.CharField(_("code"), max_length=20, unique=True)
    country = models.ForeignKey("institutions.Country", on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class CourseVersion(AppendOnlyModel):
    """A course as it was published once: its outline and texts, in every language.

    `outline` is a list of modules, each {"key", "title": {language: text}, "activities": [key]}.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    source_language = models.CharField(_("source language"), max_length=10)
    titles = models.JSONField(_("titles by language"))
    summaries = models.JSONField(_("summaries by language"), default=dict)
    syllabus = models.JSONField(_("syllabus by language"), default=dict)
    outline = models.JSONField(_("outline"))
    digest = models.CharField(_("digest of the content"), max_length=64)
    published_at = models.DateTimeField(_("published"))
    published_by_uuid = models.UUIDField(null=True)
    published_by_name = models.CharField(_("published by"), max_length=200)
    change_note = models.TextField(_("what changed"), blank=True)

    class Meta:
        verbose_name = _("course version")
        verbose_name_plural = _("course versions")
        ordering = ["course", "-number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(name="one_version_a_number", fields=["course", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.course.code} v{self.number}"

    def title(self, language: str) -> str:
        """Return the title in a language, else in the source language."""
        return in_language(self.titles, language)


class Activity(AppendOnlyModel):
    """One thing to do in a course version: who provides it, and what it counts."""

    course_version = models.ForeignKey(
        CourseVersion, on_delete=models.PROTECT, related_name="activities"
    )
    provider = models.CharField(_("provider"), max_length=40)
    key = models.CharField(_("key"), max_length=64)
    version = models.PositiveIntegerField(_("version"))
    titles = models.JSONField(_("titles by language"))
    minutes = models.PositiveIntegerField(_("minutes"))
    is_scored = models.BooleanField(_("gives a mark"))
    is_required = models.BooleanField(_("required"), default=True)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2, default=0)
    opens_after = models.JSONField(
        _("keys of the activities that have to be finished first"), default=list
    )
    order = models.PositiveIntegerField(_("order"))

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["course_version", "order"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_activity_a_key_in_a_version", fields=["course_version", "key"]
            ),
            models.UniqueConstraint(
                name="one_activity_a_place_in_a_version", fields=["course_version", "order"]
            ),
            models.CheckConstraint(
                name="only_scored_activities_weigh", condition=Q(is_scored=True) | Q(weight=0)
            ),
            models.CheckConstraint(name="weights_are_not_negative", condition=Q(weight__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.provider}:{self.key} v{self.version}"

    @property
    def reference(self) -> ActivityReference:
        """Return what its provider knows it by."""
        return ActivityReference(provider=self.provider, key=self.key, version=self.version)

    def title(self, language: str) -> str:
        """Return the title in a language, else in the source language."""
        return in_language(self.titles, language)


Outline = list[dict[str, Any]]
