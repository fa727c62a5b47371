"""Lessons, as their authors write them."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail_localize.fields import SynchronizedField, TranslatableField

from cms.blocks import LESSON_BLOCKS, Citation
from cms.blocks.notes import referred_to, terms_in
from cms.models.glossary_term import GlossaryTerm, drafted_meanings
from cms.models.parts import PAGE_TEXTS, CoursePart, opening
from cms.showing import previewed_lesson


class LessonPage(CoursePart):
    """A lesson: one objective, a text of blocks, and the law that it rests on."""

    class Bloom(models.TextChoices):
        REMEMBER = "remember", _("remember")
        UNDERSTAND = "understand", _("understand")
        APPLY = "apply", _("apply")
        ANALYSE = "analyse", _("analyse")
        EVALUATE = "evaluate", _("evaluate")
        CREATE = "create", _("create")

    objective = models.TextField(_("objective"), help_text=_("What the reader can do afterwards."))
    minutes = models.PositiveIntegerField(
        _("minutes"), default=45, validators=[MinValueValidator(1), MaxValueValidator(600)]
    )
    competence = models.CharField(_("competence"), max_length=20, blank=True)
    bloom = models.CharField(
        _("what it asks of the learner"), max_length=12, choices=Bloom.choices, blank=True
    )
    content_notice = models.TextField(
        _("content notice"),
        blank=True,
        help_text=_("Warns before distressing material and names the support line."),
    )
    is_required = models.BooleanField(
        _("required"), default=True, help_text=_("The course is not completed without it.")
    )
    opens_after = opening()
    check_by = models.DateField(_("check the law again by"), null=True, blank=True)
    citations = StreamField(
        [("citation", Citation())], verbose_name=_("legal citations"), blank=True
    )
    body = StreamField(LESSON_BLOCKS, verbose_name=_("text"), blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("objective"),
        FieldPanel("content_notice"),
        FieldPanel("body"),
        FieldPanel("citations"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("minutes"), FieldPanel("is_required")]),
                FieldPanel("opens_after"),
                FieldRowPanel([FieldPanel("competence"), FieldPanel("bloom")]),
                FieldPanel("check_by"),
            ],
            heading=_("In the course"),
        ),
    ]
    parent_page_types = ["cms.ModulePage"]
    subpage_types: list[str] = []
    template = "cms/lesson_preview.html"

    translatable_fields = [
        *PAGE_TEXTS,
        TranslatableField("objective"),
        TranslatableField("content_notice"),
        TranslatableField("citations"),
        TranslatableField("body"),
        SynchronizedField("minutes", overridable=False),
        SynchronizedField("competence", overridable=False),
        SynchronizedField("bloom", overridable=False),
        SynchronizedField("is_required", overridable=False),
        SynchronizedField("opens_after", overridable=False),
        SynchronizedField("check_by", overridable=False),
    ]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    def clean(self):
        super().clean()
        keys = [citation.value["key"] for citation in self.citations]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValidationError(
                {"citations": _("Used twice as an identifier: %s.") % ", ".join(twice)}
            )
        missing = sorted(set(referred_to(self.written)) - set(keys))
        if missing:
            raise ValidationError(
                {
                    "body": _("The text refers to citations that are not there: %s.")
                    % ", ".join(missing)
                }
            )
        terms = set(self.term_codes)
        known = GlossaryTerm.objects.filter(code__in=terms).values_list("code", flat=True)
        unknown = sorted(terms - set(known))
        if unknown:
            raise ValidationError(
                {
                    "body": _("The text refers to terms that the glossary does not have: %s.")
                    % ", ".join(unknown)
                }
            )

    @property
    def written(self) -> str:
        """Return all that the blocks say, as one text to look for references in."""
        return str(self.body.get_prep_value())

    @property
    def term_codes(self) -> list[str]:
        """Return the codes of the terms that the text refers to."""
        return terms_in(self.written)

    def get_preview_context(self, request, mode_name):
        terms = drafted_meanings(self.term_codes, language=self.locale.language_code)
        return super().get_preview_context(request, mode_name) | {
            "lesson": previewed_lesson(self, terms=terms)
        }
