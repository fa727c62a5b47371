"""The access log in the Wagtail admin: found and read, nothing else."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from training.accounts.models import User
from training.audit.models import Access
from training.audit.viewsets import ReadingPolicy
from training.kernel.access import watched


class AccessFilterSet(WagtailFilterSet):
    """Find accesses by deed, doer, whose data and day."""

    verb = django_filters.ChoiceFilter(
        label=_("What"), choices=Access.Verb.choices, empty_label=_("All")
    )
    actor = django_filters.CharFilter(label=_("Who"), method="of_people")
    subject = django_filters.CharFilter(label=_("About whom"), method="of_people")
    at = django_filters.DateFromToRangeFilter(label=_("When"), widget=DateRangePickerWidget)

    class Meta:
        model = Access
        fields: list[str] = []

    def of_people(self, queryset: QuerySet[Access], name: str, value: str) -> QuerySet[Access]:
        """Keep what people did or had done, by part of their name or their address."""
        return queryset.filter(**{f"{name}_uuid__in": _called(value)})


class AccessIndexView(generic.IndexView):
    """Every access, the newest first."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show who did what, about whom, where and when."""
        return [
            Column("at", label=_("When"), accessor=_moment, sort_key="at"),
            Column("verb", label=_("What"), accessor="get_verb_display"),
            Column("actor", label=_("Who"), accessor=lambda row: row.actor_name or "–"),
            Column("subject", label=_("About whom"), accessor=lambda row: row.subject_name or "–"),
            Column("place", label=_("Page"), accessor=_page),
            Column("network", label=_("Network"), accessor=lambda row: row.network or "–"),
        ]

    def get_base_queryset(self) -> QuerySet[Access]:
        """Fetch the names in the same query: the log itself has none."""
        rows: QuerySet[Access] = Access.objects.annotate(
            actor_name=_name_of("actor_uuid"), subject_name=_name_of("subject_uuid")
        )
        return rows

    def search_queryset(self, queryset: QuerySet[Access]) -> QuerySet[Access]:
        """Find what a person did or had done."""
        if not self.search_query:
            return queryset
        people = _called(self.search_query)
        return queryset.filter(Q(actor_uuid__in=people) | Q(subject_uuid__in=people))


class AccessViewSet(ModelViewSet):
    """Who signed in, and who looked at whose data."""

    model = Access
    name = "access-log"
    menu_label = _("Access log")
    menu_order = 291
    icon = "history"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    exclude_form_fields = ()
    list_per_page = 50
    ordering = ["-at", "-pk"]
    search_fields = ["place"]  # that there is a field to search in; the view says in what
    filterset_class = AccessFilterSet
    index_view_class = AccessIndexView

    @property
    def permission_policy(self) -> ReadingPolicy:
        """Let nobody add, edit or delete an access."""
        return ReadingPolicy(Access)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the doors that read."""
        return [p for p in super().get_urlpatterns() if p.name in {"index", "index_results"}]


def _called(words: str) -> QuerySet[User, UUID]:
    people = User.objects.filter(Q(display_name__icontains=words) | Q(email__iexact=words))
    return people.order_by().values_list("uuid", flat=True)


def _name_of(column: str) -> Subquery:
    return Subquery(User.objects.filter(uuid=OuterRef(column)).values("display_name")[:1])


def _moment(row: Any) -> str:
    return date_format(localtime(row.at), "DATETIME_FORMAT")


def _page(row: Access) -> str:
    page = watched(row.place)
    return str(page.title) if page else row.place or "–"
