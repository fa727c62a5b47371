"""Where items are kept together."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.search import index


class Bank(index.Indexed, models.Model):
    """A collection of items on one subject."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    description = models.TextField(_("what belongs in it"), blank=True)

    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        verbose_name = _("question bank")
        verbose_name_plural = _("question banks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
