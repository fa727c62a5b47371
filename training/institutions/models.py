"""Countries, institutions and districts, as their country packs describe them."""

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from training.kernel.texts import in_language


def _valid_period(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{name}_ends_after_it_begins",
        condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=F("valid_from")),
    )


Row = TypeVar("Row", bound=models.Model)


class ValidQuerySet(models.QuerySet[Row]):
    """Rows that hold for a period."""

    def valid_on(self, day: date) -> Self:
        """Return what is in force on a day; both ends of a period are included."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day)
        )


class Country(models.Model):
    """A country served by the platform: everything particular to it is data of its pack."""

    code = models.CharField(_("code"), max_length=2, unique=True, help_text="ISO 3166-1 alpha-2")
    names = models.JSONField(_("names by language"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    languages = models.JSONField(_("languages"), default=list)
    document_types = models.JSONField(_("identity documents"), default=list)
    post_levels = models.JSONField(_("levels of post"), default=dict)
    defaults = models.JSONField(_("defaults of an edition"), default=dict)
    wording = models.JSONField(_("wording of certificates"), default=dict)
    notices = models.JSONField(_("support lines and notices"), default=dict)
    privacy = models.JSONField(_("privacy notice"), default=dict)
    calendar = models.JSONField(_("days without work"), default=dict)
    pack_version = models.CharField(_("version of the pack"), max_length=40)

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["code"]

    def __str__(self) -> str:
        return in_language(self.names, get_language() or "es")


class InstitutionQuerySet(ValidQuerySet["Institution"]):
    """Institutions, by what they are to people."""

    def employers(self) -> Self:
        """Return those at which somebody can hold a post."""
        return self.filter(is_employer=True)


class Institution(models.Model):
    """A court service, prosecution service, agency or school; issuers are institutions too."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT, null=True, blank=True)
    code = models.CharField(_("code"), max_length=40, unique=True)
    names = models.JSONField(_("names by language"))
    short_names = models.JSONField(_("short names by language"), default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    is_employer = models.BooleanField(_("people hold posts there"), default=True)
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("to"), null=True, blank=True)

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        ordering = ["code"]
        constraints = [_valid_period("institution")]

    def __str__(self) -> str:
        return in_language(self.names, get_language() or "es")


class District(models.Model):
    """A judicial or a fiscal district: two lists, each with its own names and dates."""

    class Kind(models.TextChoices):
        JUDICIAL = "judicial", _("judicial district")
        FISCAL = "fiscal", _("fiscal district")

    country = models.ForeignKey(Country, on_delete=models.PROTECT)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    is_national = models.BooleanField(_("national competence"), default=False)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("to"), null=True, blank=True)
    counterparts = models.ManyToManyField(
        "self", through="Crosswalk", through_fields=("judicial", "fiscal"), symmetrical=False
    )

    objects = ValidQuerySet.as_manager()

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(name="one_district_a_code", fields=["country", "kind", "code"]),
            _valid_period("district"),
        ]

    def __str__(self) -> str:
        return self.name


class Crosswalk(models.Model):
    """A judicial district and the fiscal district that serves the same territory."""

    judicial = models.ForeignKey(District, on_delete=models.PROTECT, related_name="to_fiscal")
    fiscal = models.ForeignKey(District, on_delete=models.PROTECT, related_name="to_judicial")
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("to"), null=True, blank=True)

    objects = ValidQuerySet.as_manager()

    class Meta:
        verbose_name = _("counterpart district")
        verbose_name_plural = _("counterpart districts")
        constraints = [
            models.UniqueConstraint(name="one_crosswalk_a_pair", fields=["judicial", "fiscal"]),
            _valid_period("crosswalk"),
        ]

    def __str__(self) -> str:
        return f"{self.judicial} = {self.fiscal}"
