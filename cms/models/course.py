"""Courses, as their authors write them."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.core.validators import MinValueValidator
from django.db import models
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.blocks import CharBlock
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail_localize.fields import SynchronizedField, TranslatableField

from cms.blocks import Maker
from cms.models.parts import PAGE_TEXTS, CoursePart, address_in_other_language
from cms.models.topic import CoursePageForm
from cms.offers import course_offer, modules_of
from training.catalogue.models import CourseVersion
from training.kernel.frozen import Frozen


@dataclass(frozen=True)
class ListedCourse:
    """A course as lists show it."""

    title: str
    summary: str
    code: str
    hours: Decimal
    url: str
    outcomes: Sequence[str]
    topics: Sequence[str]
    language: str


@dataclass(frozen=True)
class Told:
    """What the page of a course tells of it, as HTML: at a glance, and in full."""

    glance: SafeString
    content: SafeString


_drawn: Final = Frozen[Hashable, Told](most=200)


class CoursePage(CoursePart):
    """A course: what the public reads about it, and the root of its structure."""

    code = models.CharField(_("code"), max_length=20, help_text=_("E.g. TIP-PE-01"))
    country_code = models.CharField(
        _("country"), max_length=2, default="PE", help_text="ISO 3166-1"
    )
    summary = models.TextField(_("summary"))
    audience = models.TextField(_("for whom"), blank=True)
    prerequisites = models.TextField(
        _("what one should know or have done before"), blank=True, max_length=600
    )
    topics = models.JSONField(_("topics"), default=list, blank=True)
    outcomes = StreamField(
        [("outcome", CharBlock(label=_("Outcome"), max_length=400))],
        verbose_name=_("what learners will be able to do"),
        blank=True,
    )
    hours = models.DecimalField(
        _("academic hours"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.25"))],
    )
    academic_hour_minutes = models.PositiveIntegerField(
        _("minutes of an academic hour"), default=45, validators=[MinValueValidator(1)]
    )
    syllabus = StreamField(
        [("line", CharBlock(label=_("Line"), max_length=200))],
        verbose_name=_("syllabus on the back of the certificate"),
        blank=True,
    )
    makers = StreamField([("maker", Maker())], verbose_name=_("makers"), blank=True)

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel([FieldPanel("code"), FieldPanel("country_code")], heading=_("Identity")),
        FieldPanel("summary"),
        FieldPanel("audience"),
        FieldPanel("prerequisites"),
        FieldPanel("topics"),
        FieldPanel("outcomes"),
        MultiFieldPanel(
            [FieldPanel("hours"), FieldPanel("academic_hour_minutes")], heading=_("Hours")
        ),
        FieldPanel("syllabus"),
        FieldPanel("makers"),
    ]
    base_form_class = CoursePageForm
    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.ModulePage"]
    template = "cms/course_page.html"
    admin_default_ordering = "ord"

    translatable_fields = [
        *PAGE_TEXTS,
        TranslatableField("summary"),
        TranslatableField("audience"),
        TranslatableField("prerequisites"),
        TranslatableField("outcomes"),
        TranslatableField("syllabus"),
        TranslatableField("makers"),
        SynchronizedField("code", overridable=False),
        SynchronizedField("country_code", overridable=False),
        SynchronizedField("topics", overridable=False),
        SynchronizedField("hours", overridable=False),
        SynchronizedField("academic_hour_minutes", overridable=False),
    ]

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        permissions = [("publish_course_version", _("Can publish course versions"))]

    def serve(self, request, *args, **kwargs):
        return self.serve_published(request)

    def get_context(self, request, *args, **kwargs):
        offer = course_offer(
            key=str(self.translation_key),
            learner=request.user,
            language=self.locale.language_code,
            now=timezone.now(),
        )
        return super().get_context(request, *args, **kwargs) | {
            "offer": offer,
            "told": self._told(offer.version),
            "other_language_url": address_in_other_language(self),
        }

    def _told(self, version: CourseVersion | None) -> Told:
        """Return what the page tells of the course itself.

        What was published is drawn once a process for each version and language.
        """

        def draw(wanted: list[Hashable]) -> dict[Hashable, Told]:
            modules = modules_of(version, self.locale.language_code) if version else ()
            page = {"page": self, "modules": modules}
            told = Told(
                glance=render_to_string("cms/course_glance.html", page),
                content=render_to_string("cms/course_content.html", page),
            )
            return {wanted[0]: told}

        key = (self.publication, version and version.uuid, get_language())
        return (draw([key]) if self.publication is None else _drawn.get([key], draw))[key]

    def listed(self, request) -> ListedCourse:
        """Return the course as it was published, for a list; asks nothing of the database."""
        told = self.live_revision.content if self.live_revision else {}
        shown = {
            name: told.get(name, getattr(self, name))
            for name in ("title", "summary", "code", "topics")
        }
        return ListedCourse(
            **shown,
            hours=Decimal(told.get("hours", self.hours)),
            url=self.get_url(request) or "",
            outcomes=[line["value"] for line in json.loads(told.get("outcomes") or "[]")],
            language=self.locale.language_code,
        )

    def redirect_here(self, request):
        """Return a redirect to the public page of the course."""
        return redirect(self.get_url(request) or "/")
