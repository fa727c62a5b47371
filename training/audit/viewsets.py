"""Audit events in the Wagtail admin: found and read, nothing else."""

import json
from typing import Any

import django_filters
from django.apps import apps
from django.db.models import Q, QuerySet
from django.urls import URLPattern
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from training.audit.models import Event
from training.audit.spreadsheets import ExportedListMixin

READING = frozenset({"index", "index_results", "inspect"})


class ReadingPolicy(ModelPermissionPolicy):
    """Whoever may see events sees them; nobody does anything else to them."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Say whether a person may do this to events."""
        return action == "view" and super().user_has_permission(user, action)


class EventFilterSet(WagtailFilterSet):
    """Find events by deed, doer, record and day."""

    verb = django_filters.AllValuesFilter(label=_("What"), empty_label=_("All"))
    record_kind = django_filters.ChoiceFilter(
        label=_("Record"), choices=lambda: _record_kinds(), empty_label=_("All")
    )
    actor = django_filters.CharFilter(label=_("Who"), method="done_by")
    record_key = django_filters.CharFilter(label=_("Record key"), lookup_expr="iexact")
    at = django_filters.DateFromToRangeFilter(label=_("When"), widget=DateRangePickerWidget)

    class Meta:
        model = Event
        fields: list[str] = []

    def done_by(self, queryset: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Keep the deeds of a person, by part of the name or by role."""
        return queryset.filter(Q(actor_name__icontains=value) | Q(actor_role__icontains=value))


class EventIndexView(ExportedListMixin, generic.IndexView):
    """Every event, the newest first."""

    right = "audit.view_event"
    more_columns = (
        Column("record_key", label=_("Record key")),
        Column("detail", label=_("Detail"), accessor=lambda event: _detail(event)),
    )

    @cached_property
    def columns(self) -> list[Column]:
        """Show who did what to which record, when and why."""
        when = self._get_title_column_class(_MomentColumn)
        return [
            when("at", label=_("When"), sort_key="at", get_url=self.get_inspect_url),
            Column("verb", label=_("What"), sort_key="verb"),
            Column("actor_name", label=_("Who"), sort_key="actor_name"),
            Column("actor_role", label=_("Role")),
            Column("record", label=_("Record"), accessor=_record),
            Column("reason", label=_("Why")),
        ]


class _MomentColumn(TitleColumn, DateColumn):
    """A moment that leads to its event."""


class EventInspectView(generic.InspectView):
    """One event with its detail."""

    def get_detail_display_value(self) -> str:
        """Return the detail as people read it."""
        return _detail(self.object) or "-"

    def get_record_kind_display_value(self) -> str:
        """Return what kind of record it was."""
        return _kind_name(self.object.record_kind)


class EventViewSet(ModelViewSet):
    """All that was done to any record."""

    model = Event
    name = "audit"
    menu_label = _("Audit")
    menu_order = 290
    icon = "history"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = [
        "at",
        "actor_name",
        "actor_role",
        "actor_uuid",
        "verb",
        "record_kind",
        "record_key",
        "reason",
        "detail",
        "uuid",
    ]
    exclude_form_fields = ()
    list_per_page = 50
    search_fields = ["verb", "actor_name", "record_key", "reason"]
    ordering = ["-at", "-pk"]
    filterset_class = EventFilterSet
    index_view_class = EventIndexView
    inspect_view_class = EventInspectView

    @property
    def permission_policy(self) -> ReadingPolicy:
        """Let nobody add, edit or delete an event."""
        return ReadingPolicy(Event)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the doors that read."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in READING]


def _record(event: Event) -> str:
    return f"{_kind_name(event.record_kind)} {event.record_key[:8]}"


def _record_kinds() -> list[tuple[str, str]]:
    kinds = Event.objects.order_by("record_kind").values_list("record_kind", flat=True).distinct()
    return [(kind, _kind_name(kind)) for kind in kinds]


def _kind_name(kind: str) -> str:
    """Return a kind of record in words; as it is when the model is gone."""
    try:
        return str(capfirst(apps.get_model(kind)._meta.verbose_name))
    except LookupError:
        return kind


def _detail(event: Event) -> str:
    return "; ".join(f"{key}: {_plain(value)}" for key, value in event.detail.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
