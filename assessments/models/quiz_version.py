"""Quizzes as they were frozen."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.models.item_version import ItemVersion
from assessments.models.quiz import Quiz
from training.audit.append_only import AppendOnlyModel
from training.kernel.texts import in_language


class QuizVersion(AppendOnlyModel):
    """A quiz as it was published once: its item versions in order, terms, and texts."""

    key = models.CharField(_("key"), max_length=64, db_index=True)
    number = models.PositiveIntegerField(_("version"))
    source_language = models.CharField(_("source language"), max_length=10)
    titles = models.JSONField(_("titles by language"))
    introductions = models.JSONField(_("introductions by language"), default=dict)
    items: "models.ManyToManyField[ItemVersion, QuizVersionItem]" = models.ManyToManyField(
        ItemVersion, through="QuizVersionItem", related_name="quiz_versions"
    )
    cut_score = models.DecimalField(_("cut score"), max_digits=5, decimal_places=4)
    attempts_allowed = models.PositiveSmallIntegerField(_("attempts allowed"))
    shuffle_items = models.BooleanField(_("shuffle the questions"))
    shuffle_options = models.BooleanField(_("shuffle the options"))
    feedback = models.CharField(
        _("right answers and reasons are shown"), max_length=20, choices=Quiz.FEEDBACK
    )
    minutes = models.PositiveSmallIntegerField(_("minutes it takes"))
    digest = models.CharField(_("digest of the content"), max_length=64)
    frozen_at = models.DateTimeField(_("frozen"))
    frozen_by_uuid = models.UUIDField(null=True)
    frozen_by_name = models.CharField(_("frozen by"), max_length=200)

    class Meta:
        verbose_name = _("quiz version")
        verbose_name_plural = _("quiz versions")
        ordering = ["key", "-number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(name="one_quiz_version_a_number", fields=["key", "number"]),
            models.CheckConstraint(
                name="quiz_cut_score_lies_between_0_and_1",
                condition=models.Q(cut_score__gte=0, cut_score__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{in_language(self.titles, self.source_language)} v{self.number}"

    def title(self, language: str) -> str:
        """Return the title in a language, else in the source language."""
        return self.titles.get(language) or in_language(self.titles, self.source_language)

    def introduction(self, language: str) -> str:
        """Return the introduction in a language, else in the source language."""
        return self.introductions.get(language) or in_language(
            self.introductions, self.source_language
        )


class QuizVersionItem(AppendOnlyModel):
    """The place of an item version in a quiz version."""

    quiz_version = models.ForeignKey(QuizVersion, on_delete=models.PROTECT, related_name="places")
    item_version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="places")
    order = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        verbose_name = _("question of a quiz version")
        verbose_name_plural = _("questions of a quiz version")
        ordering = ["quiz_version", "order"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_item_a_place_in_a_quiz", fields=["quiz_version", "order"]
            ),
            models.UniqueConstraint(
                name="an_item_once_in_a_quiz", fields=["quiz_version", "item_version"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.item_version}"
