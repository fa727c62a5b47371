"""Lessons as they were published."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from training.audit.append_only import AppendOnlyModel


class LessonVersion(AppendOnlyModel):
    """A lesson frozen once, with its texts in every approved language.

    `texts` maps a language to {"title", "objective", "notice", "citations", "body", "review"}; see
    `cms.freezing.Text`. It refers to no page and no image of the library.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(_("key of its page"), max_length=64)
    number = models.PositiveIntegerField(_("version"))
    source_language = models.CharField(_("source language"), max_length=10)
    minutes = models.PositiveIntegerField(_("minutes"))
    competence = models.CharField(_("competence"), max_length=20, blank=True)
    bloom = models.CharField(_("what it asks of the learner"), max_length=12, blank=True)
    check_by = models.DateField(_("check the law again by"), null=True)
    texts = models.JSONField(_("texts by language"))
    digest = models.CharField(_("digest of the content"), max_length=64)
    frozen_at = models.DateTimeField(_("frozen"))
    frozen_by_uuid = models.UUIDField(null=True)
    frozen_by_name = models.CharField(_("frozen by"), max_length=200)

    class Meta:
        verbose_name = _("lesson version")
        verbose_name_plural = _("lesson versions")
        ordering = ["key", "number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(name="one_lesson_version_a_number", fields=["key", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.number}"

    def text(self, language: str) -> tuple[str, dict[str, Any]]:
        """Return the text in a language with its code, else that in the source language."""
        short = language.partition("-")[0]
        found = next((code for code in (language, short) if code in self.texts), None)
        code = found or self.source_language
        return code, self.texts[code]
