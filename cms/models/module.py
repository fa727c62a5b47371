"""Modules of a course."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page
from wagtail_localize.fields import TranslatableField

from cms.models.parts import PAGE_TEXTS, CoursePart


class ModulePage(CoursePart):
    """A part of a course: a title over lessons and quizzes."""

    summary = models.TextField(_("summary"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("summary")]
    parent_page_types = ["cms.CoursePage"]
    subpage_types = ["cms.LessonPage", "cms.QuizPage"]
    template = "cms/module_preview.html"
    admin_default_ordering = "ord"

    translatable_fields = [*PAGE_TEXTS, TranslatableField("summary")]

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
