"""The queue of requests for accommodations, in the Wagtail admin."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Case, QuerySet, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from training.accommodations import actions
from training.accommodations.access import DECIDE_PAGE
from training.accommodations.forms import DecisionForm
from training.accommodations.models import Accommodation, AccommodationState
from training.accounts.requests import PersonRequest
from training.audit.access import network_in, record_access
from training.audit.models import Access
from training.kernel.lifecycle import IllegalTransition

DECIDE = "accommodations.decide_accommodation"


class ReadingPolicy(ModelPermissionPolicy):
    """Requests are read here; nobody adds, edits or deletes one."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Say whether a person may do this."""
        return action == "view" and super().user_has_permission(user, action)


class RequestFilterSet(WagtailFilterSet):
    """Find requests by where they stand."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            choice
            for choice in AccommodationState.choices
            if choice[0] != AccommodationState.WITHDRAWN
        ],
        empty_label=_("All"),
    )

    class Meta:
        model = Accommodation
        fields: list[str] = []


class RequestIndexView(generic.IndexView):
    """Who asked, and where it stands; what they need stands on the request's own page only."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show who asks, since when, and where it stands."""
        person = self._get_title_column_class(TitleColumn)
        return [
            person(
                "person",
                label=_("Who"),
                accessor="person.current.display_name",
                get_url=lambda row: reverse(DECIDE_PAGE, args=[row.uuid]),
            ),
            DateColumn("consented_at", label=_("Asked"), sort_key="consented_at"),
            Column("state", label=_("State"), accessor="get_state_display"),
            DateColumn("decided_at", label=_("Decided")),
        ]

    def get_base_queryset(self) -> QuerySet[Accommodation]:
        """Put what waits first; what was withdrawn stands in nobody's list."""
        return (
            Accommodation.objects.kept()
            .select_related("person__merged_into")
            .annotate(place=Case(When(state=AccommodationState.WAITING, then=0), default=1))
        )


@method_decorator(sensitive_post_parameters(), name="dispatch")
class DecideView(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """One request: read it, then grant or decline it."""

    request: PersonRequest
    permission_required = DECIDE
    template_name = "accommodations/decide.html"
    form_class = DecisionForm
    page_title = _("Request for an accommodation")
    header_icon = "clipboard-list"

    @cached_property
    def asked(self) -> Accommodation:
        """Return the request."""
        return get_object_or_404(
            Accommodation.objects.select_related("person__merged_into", "decided_by"),
            uuid=self.kwargs["uuid"],
        )

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Lead back to the queue."""
        items: list[dict[str, str]] = super().get_breadcrumbs_items()
        queue = {
            "url": reverse("accommodation-requests:index"),
            "label": gettext("Accommodations"),
        }
        return [*items, queue, {"url": "", "label": str(self.asked.person.current)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the request."""
        return super().get_context_data(asked=self.asked, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Decide, or say why not and keep what was typed."""
        given = dict(form.cleaned_data)
        asked, by, at = self.asked, self.request.user, timezone.now()
        try:
            if given.pop("decision"):
                actions.grant(asked=asked, by=by, at=at, **given)
            else:
                actions.decline(asked=asked, answer=given["answer"], by=by, at=at)
        except IllegalTransition:
            form.add_error(
                None, _("Not sent: it was decided by somebody else or withdrawn meanwhile.")
            )
            return self.form_invalid(form)
        except actions.OwnRequest:
            form.add_error(None, _("This request is yours: another person has to decide it."))
            return self.form_invalid(form)
        said = gettext("Decided; %(name)s is told that there is an answer.")
        messages.success(self.request, said % {"name": asked.person.current})
        return redirect("accommodation-requests:index")

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Show the request again: it is read once more, which the log of openings does not see."""
        record_access(
            verb=Access.Verb.VIEWED,
            at=timezone.now(),
            actor=self.request.user.uuid,
            subject=self.asked.person.uuid,
            place=DECIDE_PAGE,
            network=network_in(self.request),
        )
        shown: HttpResponse = super().form_invalid(form)
        return shown


class RequestViewSet(ModelViewSet):
    """The queue of requests for accommodations."""

    model = Accommodation
    name = "accommodation-requests"
    menu_label = _("Accommodations")
    menu_order = 211
    icon = "clipboard-list"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    exclude_form_fields = ()
    list_per_page = 50
    filterset_class = RequestFilterSet
    index_view_class = RequestIndexView
    search_fields = ["person__display_name", "person__email"]
    ordering = ["place", "consented_at", "pk"]

    @property
    def permission_policy(self) -> ReadingPolicy:
        """Let nobody add, edit or delete."""
        return ReadingPolicy(Accommodation)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the list, and add the page of one request."""
        lists = [p for p in super().get_urlpatterns() if p.name in {"index", "index_results"}]
        return [*lists, path("<uuid:uuid>/", DecideView.as_view(), name="decide")]
