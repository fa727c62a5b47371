"""Items: what a question asks, in every language, and its key."""

from decimal import Decimal
from fractions import Fraction

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import (
    BooleanBlock,
    CharBlock,
    DecimalBlock,
    StreamBlock,
    StructBlock,
    TextBlock,
)
from wagtail.fields import RichTextField, StreamField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    TranslatableMixin,
    WorkflowMixin,
)
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField, TranslatableField

from assessments.display import ask, explain
from assessments.marking import Kind
from assessments.snapshots import structure_of, texts_of

KINDS = [
    (Kind.SINGLE.value, _("single choice")),
    (Kind.MULTIPLE.value, _("multiple choice")),
    (Kind.TRUE_FALSE.value, _("true or false")),
    (Kind.NUMERIC.value, _("number")),
]
RICH_TEXT = ["bold", "italic", "ol", "ul"]


class OptionBlock(StructBlock):
    """One option. Its block's identifier survives translation, and is what an answer names."""

    text = CharBlock(label=_("Option"), max_length=500)
    is_correct = BooleanBlock(label=_("This option is right"), required=False)
    feedback = TextBlock(
        label=_("Why"),
        required=False,
        help_text=_("Shown to whoever chose it, and beside the right answer."),
    )

    class Meta:
        icon = "radio-full"
        label = _("Option")
        label_format = "{text}"


class WrongNumberBlock(StructBlock):
    """A wrong number that learners arrive at, and what it tells of their reasoning."""

    value = DecimalBlock(label=_("Wrong number"), max_digits=18, decimal_places=6)
    feedback = TextBlock(label=_("What went wrong"))

    class Meta:
        icon = "cross"
        label = _("Foreseen mistake")
        label_format = "{value}"


class OptionsBlock(StreamBlock):
    """The options of an item, in order."""

    option = OptionBlock()

    class Meta:
        required = False


class WrongNumbersBlock(StreamBlock):
    """The mistakes foreseen for a number."""

    wrong = WrongNumberBlock()

    class Meta:
        required = False


class Item(
    PreviewableMixin,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    TranslatableMixin,
    index.Indexed,
    models.Model,
):
    """A question, known by its `translation_key` in all languages.

    Key, points and structure count in the source language only; a translation carries texts.
    """

    class Bloom(models.TextChoices):
        REMEMBER = "remember", _("remember")
        UNDERSTAND = "understand", _("understand")
        APPLY = "apply", _("apply")
        ANALYSE = "analyse", _("analyse")
        EVALUATE = "evaluate", _("evaluate")
        CREATE = "create", _("create")

    class Difficulty(models.IntegerChoices):
        EASY = 1, _("easy")
        MEDIUM = 2, _("medium")
        HARD = 3, _("hard")

    bank = models.ForeignKey(
        "assessments.Bank", on_delete=models.PROTECT, related_name="items", verbose_name=_("bank")
    )
    code = models.CharField(
        _("reference"),
        max_length=60,
        help_text=_("A short name for colleagues, e.g. q01-elements."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS, default=Kind.SINGLE.value)
    points = models.DecimalField(
        _("points"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("How much it weighs beside the other questions of a quiz."),
    )
    stem = RichTextField(_("question"), features=RICH_TEXT)
    options = StreamField(OptionsBlock(), verbose_name=_("options"), blank=True)
    number = models.DecimalField(
        _("right number"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    tolerance = models.DecimalField(
        _("tolerance"),
        max_digits=18,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("How far an answer may lie above or below and still be right."),
    )
    unit = models.CharField(
        _("unit"), max_length=60, blank=True, help_text=_("Stands beside the answer: years, soles.")
    )
    number_feedback = models.TextField(_("why the number is right"), blank=True)
    wrong_numbers = StreamField(
        WrongNumbersBlock(), verbose_name=_("foreseen mistakes"), blank=True
    )
    feedback = RichTextField(
        _("explanation"),
        features=RICH_TEXT,
        blank=True,
        help_text=_("Shown to everybody with the result: the reason and its provision."),
    )
    competence = models.CharField(_("competence"), max_length=20, blank=True)
    bloom = models.CharField(
        _("what it asks of the learner"), max_length=12, choices=Bloom.choices, blank=True
    )
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"),
        choices=Difficulty.choices,
        default=Difficulty.MEDIUM,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
    )
    citations = models.TextField(
        _("provisions cited"), blank=True, help_text=_("One a line, e.g. CP 129-A.1.")
    )
    legal_points = models.TextField(
        _("points for a lawyer"),
        blank=True,
        help_text=_("While anything stands here, the question goes into no quiz."),
    )
    reviewed_by = models.CharField(_("law checked by"), max_length=200, blank=True)
    check_by = models.DateField(_("check the law again by"), null=True, blank=True)

    translatable_fields = [
        TranslatableField("stem"),
        TranslatableField("options"),
        TranslatableField("unit"),
        TranslatableField("number_feedback"),
        TranslatableField("wrong_numbers"),
        TranslatableField("feedback"),
        SynchronizedField("bank", overridable=False),
        SynchronizedField("code", overridable=False),
        SynchronizedField("kind", overridable=False),
        SynchronizedField("points", overridable=False),
        SynchronizedField("number", overridable=False),
        SynchronizedField("tolerance", overridable=False),
        SynchronizedField("competence", overridable=False),
        SynchronizedField("bloom", overridable=False),
        SynchronizedField("difficulty", overridable=False),
        SynchronizedField("citations", overridable=False),
        SynchronizedField("legal_points", overridable=False),
        SynchronizedField("reviewed_by", overridable=False),
        SynchronizedField("check_by", overridable=False),
    ]

    search_fields = [
        index.SearchField("code", boost=2),
        index.AutocompleteField("code"),
        index.SearchField("stem"),
        index.AutocompleteField("stem"),
        index.SearchField("citations"),
        index.FilterField("bank"),
        index.FilterField("kind"),
        index.FilterField("competence"),
        index.FilterField("difficulty"),
        index.FilterField("live"),
        index.FilterField("has_unpublished_changes"),
        index.FilterField("locale"),
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["bank", "code"]

    def __str__(self) -> str:
        return (
            f"{self.code} · {Truncator(strip_tags(self.stem)).chars(80)}"
            if self.stem
            else self.code
        )

    def get_preview_template(self, request, mode_name):
        return "assessments/item_preview.html"

    def get_preview_context(self, request, mode_name):
        structure, texts = structure_of(self), {self.locale.language_code: texts_of(self)}
        question = ask(
            kind=self.kind,
            texts=texts,
            language=self.locale.language_code,
            source_language=self.locale.language_code,
            order=[option["id"] for option in structure.get("options", [])],
        )
        return super().get_preview_context(request, mode_name) | {
            "question": question,
            "explained": explain(question, structure=structure, texts=texts, fraction=Fraction(0)),
        }

    @property
    def provisions(self) -> list[str]:
        """Return the provisions cited, one each."""
        return [line.strip() for line in self.citations.splitlines() if line.strip()]
