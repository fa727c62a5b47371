"""Institutions and districts in the Wagtail admin: read-only, for their packs own them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BooleanColumn, Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from training.institutions.models import District, Institution
from training.institutions.rules import folded


class ReadOnlyPolicy(ModelPermissionPolicy):
    """What a pack loads is changed by the pack alone."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Say whether a person may look."""
        return action == "view" and super().user_has_permission(user, action)


class NamedIndexView(generic.IndexView):
    """A list that is searched by present and former names, accents or not."""

    def search_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what has the searched words in one of its names; these lists are short."""
        if not self.is_searching:
            return queryset
        wanted = folded(self.search_query)
        found = [
            row.pk for row in queryset if any(wanted in folded(name) for name in names_of(row))
        ]
        return queryset.filter(pk__in=found)


def names_of(row: Institution | District) -> Iterable[str]:
    """Return every name by which somebody may look for an institution or a district."""
    yield row.code
    yield from row.aliases
    if isinstance(row, Institution):
        yield from row.names.values()
        yield from row.short_names.values()
    else:
        yield row.name


def _aliases(row: Institution | District) -> str:
    return ", ".join(row.aliases)


class InstitutionIndexView(NamedIndexView):
    """All institutions."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show names and what an institution is to people."""
        name = self._get_title_column_class(TitleColumn)
        return [
            name("name", label=_("Name"), accessor=str),
            Column("code", label=_("Code"), sort_key="code"),
            Column("kind", label=_("Kind"), sort_key="kind"),
            Column("aliases", label=_("Other names"), accessor=_aliases),
            BooleanColumn("is_employer", label=_("People hold posts there")),
        ]


class DistrictIndexView(NamedIndexView):
    """All districts, and which of the other list serve the same territory."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show names, dates and counterparts."""
        name = self._get_title_column_class(TitleColumn)
        return [
            name("name", label=_("Name"), sort_key="name"),
            Column("kind", label=_("Kind"), accessor="get_kind_display", sort_key="kind"),
            Column("aliases", label=_("Other names"), accessor=_aliases),
            Column("counterparts", label=_("Counterpart"), accessor=_counterparts),
            Column("valid_from", label=_("From"), sort_key="valid_from"),
            Column("valid_to", label=_("To"), sort_key="valid_to"),
        ]

    def get_base_queryset(self) -> QuerySet[District]:
        """Fetch counterparts in a fixed number of queries."""
        return District.objects.prefetch_related("to_fiscal__fiscal", "to_judicial__judicial")


def _counterparts(district: District) -> str:
    if district.kind == District.Kind.JUDICIAL:
        return ", ".join(str(pair.fiscal) for pair in district.to_fiscal.all())
    return ", ".join(str(pair.judicial) for pair in district.to_judicial.all())


class ReadOnlyViewSet(ModelViewSet):
    """A list without forms."""

    add_to_reference_index = False
    copy_view_enabled = False
    search_fields = ["code"]  # makes Wagtail show the search; NamedIndexView looks at every name

    @property
    def permission_policy(self) -> ReadOnlyPolicy:
        """Let people look only."""
        return ReadOnlyPolicy(self.model)


class InstitutionViewSet(ReadOnlyViewSet):
    """Institutions."""

    model = Institution
    form_fields: list[str] = []
    menu_label = _("Institutions")
    icon = "home"
    index_view_class = InstitutionIndexView
    list_filter = ["kind", "is_employer"]


class DistrictViewSet(ReadOnlyViewSet):
    """Judicial and fiscal districts."""

    model = District
    form_fields: list[str] = []
    menu_label = _("Districts")
    icon = "site"
    index_view_class = DistrictIndexView
    list_filter = ["kind"]


class InstitutionsGroup(ViewSetGroup):
    """Institutions and districts under one entry of the menu."""

    menu_label = _("Institutions")
    menu_icon = "home"
    menu_order = 270
    items = (InstitutionViewSet, DistrictViewSet)
