"""What courses are about, as the catalogue sorts them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cms.models.parts import ReviewedPageForm
from training.kernel.texts import in_language


class Topic(models.Model):
    """A topic that authors choose for their courses, called by a name in each language."""

    code = models.SlugField(
        _("code"),
        max_length=40,
        unique=True,
        help_text=_("Stands in the address of a search, e.g. investigation."),
    )
    names = models.JSONField(_("names by language"), default=dict)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name(get_language() or "es")

    def name(self, language: str) -> str:
        """Return the name in a language, else in any, else the code."""
        return in_language(self.names, language) or self.code


def named_topics(language: str) -> dict[str, str]:
    """Return the name of every topic by its code, in the order of the names; one query."""
    names = {topic.code: topic.name(language) for topic in Topic.objects.all()}
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))


def topic_choices() -> Iterable[tuple[str, Any]]:
    """Return the topics as a form offers them."""
    return named_topics(get_language() or "es").items()


class CoursePageForm(ReviewedPageForm):
    """A course; its topics are ticked."""

    topics = forms.MultipleChoiceField(
        label=_("Topics"),
        required=False,
        choices=topic_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("By these the course is found in the catalogue."),
    )
