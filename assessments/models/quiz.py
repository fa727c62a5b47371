"""Quizzes as trainers put them together."""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StreamBlock
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, RevisionMixin, WorkflowMixin
from wagtail.search import index
from wagtail.snippets.blocks import SnippetChooserBlock

from assessments.models.item import Item
from assessments.rules import Feedback


class ItemChooserBlock(SnippetChooserBlock):
    """Choose an item; kept by its `translation_key`, which all its languages share."""

    def __init__(self, target_model: str = "assessments.Item", **kwargs: Any) -> None:
        super().__init__(target_model, **kwargs)

    def to_python(self, value: str | None) -> Item | None:
        return self.bulk_to_python([value])[0]

    def bulk_to_python(self, values: Iterable[str | None]) -> list[Item | None]:
        """Return the items in the source language, else in any; None for one that is gone."""
        values = list(values)
        found: dict[str, Item] = {}
        for item in Item.objects.select_related("locale").filter(
            translation_key__in={value for value in values if value}
        ):
            is_source = item.locale.language_code == settings.LANGUAGE_CODE
            if is_source or str(item.translation_key) not in found:
                found[str(item.translation_key)] = item
        return [found.get(value) if value else None for value in values]

    def get_prep_value(self, value: Item | None) -> str | None:
        return None if value is None else str(value.translation_key)

    class Meta:
        icon = "help"


class QuestionsBlock(StreamBlock):
    """The questions of a quiz, in order."""

    item = ItemChooserBlock(label=_("Question"))

    class Meta:
        required = False


class Quiz(
    WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, index.Indexed, models.Model
):
    """A quiz: which items, in which order, and on what terms.

    It has no languages of its own: its title and introduction belong to the page that offers it.
    """

    FEEDBACK = [
        (Feedback.EACH_ATTEMPT, _("after each attempt")),
        (Feedback.WHEN_CLOSED, _("once it is passed or no attempt is left")),
        (Feedback.NEVER, _("never: only the mark")),
    ]

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(
        _("name"), max_length=200, help_text=_("For colleagues; learners see the page's title.")
    )
    items = StreamField(QuestionsBlock(), verbose_name=_("questions"), blank=True)
    cut_score = models.DecimalField(
        _("share of the points needed to pass"),
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.7"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("Between 0 and 1: 0.7 is a mark of 14 on a scale of 20."),
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts allowed"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    shuffle_items = models.BooleanField(_("shuffle the questions"), default=True)
    shuffle_options = models.BooleanField(_("shuffle the options"), default=True)
    feedback = models.CharField(
        _("right answers and reasons are shown"),
        max_length=20,
        choices=FEEDBACK,
        default=Feedback.EACH_ATTEMPT,
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes it takes"), default=30, validators=[MinValueValidator(1)]
    )

    search_fields = [
        index.SearchField("name"),
        index.AutocompleteField("name"),
        index.FilterField("live"),
        index.FilterField("has_unpublished_changes"),
    ]

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def item_keys(self) -> list[uuid.UUID]:
        """Return the translation keys of its items, in order, also of those that are gone."""
        return [uuid.UUID(block["value"]) for block in self.items.raw_data if block["value"]]
