"""Where a quiz stands in a course."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page
from wagtail_localize.fields import SynchronizedField, TranslatableField

from cms.models.parts import PAGE_TEXTS, CoursePart, opening


class QuizPage(CoursePart):
    """A place in a course for a quiz: its title and introduction there, and what it counts."""

    quiz = models.ForeignKey(
        "assessments.Quiz", on_delete=models.PROTECT, related_name="+", verbose_name=_("quiz")
    )
    introduction = models.TextField(_("introduction"), blank=True)
    is_required = models.BooleanField(
        _("required"), default=True, help_text=_("The course is not completed without it.")
    )
    opens_after = opening()
    weight = models.DecimalField(
        _("weight"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("How much it counts for the mark of the course beside the other quizzes."),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("quiz"),
        FieldPanel("introduction"),
        MultiFieldPanel(
            [FieldPanel("is_required"), FieldPanel("opens_after"), FieldPanel("weight")],
            heading=_("In the course"),
        ),
    ]
    parent_page_types = ["cms.ModulePage"]
    subpage_types: list[str] = []
    template = "cms/quiz_preview.html"

    translatable_fields = [
        *PAGE_TEXTS,
        TranslatableField("introduction"),
        SynchronizedField("quiz", overridable=False),
        SynchronizedField("is_required", overridable=False),
        SynchronizedField("opens_after", overridable=False),
        SynchronizedField("weight", overridable=False),
    ]

    class Meta:
        verbose_name = _("quiz in a course")
        verbose_name_plural = _("quizzes in courses")
