"""Privacy notices, what people allow and what they ask about their data, in the Wagtail admin."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Case, Exists, OuterRef, QuerySet, When
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy

from training.accounts.models import User
from training.accounts.requests import PersonRequest
from training.institutions.models import Country
from training.institutions.rules import PRIVACY_FIELDS
from training.kernel.lifecycle import IllegalTransition
from training.privacy import actions, queries, rules
from training.privacy.forms import AnswerForm, DetailsForm
from training.privacy.models import (
    Consent,
    DataRequest,
    DataRequestState,
    NoticeVersion,
    Purpose,
)

ANSWER = "privacy.answer_datarequest"


class FactsPolicy(ModelPermissionPolicy):
    """Facts are added and read; nobody edits or deletes one."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this."""
        return action not in {"change", "delete"} and super().user_has_permission(user, action)


class FactsViewSet(ModelViewSet):
    """A list of facts."""

    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    list_per_page = 50
    doors = frozenset({"index", "index_results"})

    @property
    def permission_policy(self) -> FactsPolicy:
        """Let nobody edit or delete."""
        return FactsPolicy(self.model)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Leave out the doors that nobody may use."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in self.doors]


class NoticeIndexView(generic.IndexView):
    """Every version, the newest first."""

    add_item_label = _("Say what the sponsors say")

    @cached_property
    def columns(self) -> list[Column]:
        """Show which version, since when, and whether anything is still to be said."""
        return [
            Column("version", label=_("Version"), accessor=str),
            DateColumn("published_at", label=_("Published")),
            Column("pack_version", label=_("Version of the pack")),
            BooleanColumn(
                "complete",
                label=_("Complete"),
                accessor=lambda row: all(row.details.get(name) for name in PRIVACY_FIELDS),
            ),
        ]

    def get_base_queryset(self) -> QuerySet[NoticeVersion]:
        """Fetch the country in the same query."""
        versions: QuerySet[NoticeVersion] = NoticeVersion.objects.select_related("country")
        return versions


class NoticeCreateView(generic.CreateView):
    """Publish a version with what the sponsors say."""

    page_title = _("Privacy notice")
    submit_button_label = _("Publish the version")
    success_message = _("The notice in force is %(object)s. People are asked to read it.")

    def get_initial(self) -> dict[str, Any]:
        """Begin with what the version in force says."""
        version = queries.current_version()
        return dict(version.details) if version else {}

    def save_instance(self) -> NoticeVersion:
        """Publish through the action."""
        given = self.form.cleaned_data
        country = get_object_or_404(Country, code=settings.COUNTRY)
        try:
            version = actions.publish_details(
                country=country,
                details={name: given[name] for name in PRIVACY_FIELDS},
                actor=self.request.user.actor,
                at=timezone.now(),
                reason=given["reason"],
            )
        except actions.NothingToPublish:
            raise Http404 from None
        log(instance=version, action="wagtail.create", content_changed=True)
        return version

    def get_success_buttons(self) -> list[Any]:
        """Offer nothing: a version is not edited."""
        return []


class NoticeViewSet(FactsViewSet):
    """The privacy notice over time."""

    model = NoticeVersion
    name = "privacy-notice"
    menu_label = _("Privacy notice")
    menu_order = 280
    icon = "doc-full"
    doors = frozenset({"index", "index_results", "add"})
    index_view_class = NoticeIndexView
    add_view_class = NoticeCreateView

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the one form there is."""
        return DetailsForm


class ConsentFilterSet(WagtailFilterSet):
    """Find decisions by purpose, and who allows something today."""

    purpose = django_filters.ChoiceFilter(label=_("Purpose"), choices=Purpose.choices)
    today = django_filters.BooleanFilter(
        label=_("In force today"),
        method="in_force",
        widget=forms.CheckboxInput,
    )

    class Meta:
        model = Consent
        fields: list[str] = []

    def in_force(self, queryset: QuerySet[Consent], name: str, value: bool) -> QuerySet[Consent]:
        """Keep the consents that were given and not decided about again."""
        if not value:
            return queryset
        later = Consent.objects.filter(
            person=OuterRef("person"), purpose=OuterRef("purpose"), pk__gt=OuterRef("pk")
        )
        return queryset.filter(~Exists(later), is_given=True)


class ConsentIndexView(generic.IndexView):
    """Every decision, the newest first."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show who decided what, and when."""
        return [
            Column("person", label=_("Who"), accessor="person.display_name"),
            Column("email", label=_("E-mail"), accessor="person.email"),
            Column("purpose", label=_("Purpose"), accessor="get_purpose_display"),
            BooleanColumn("is_given", label=_("Given")),
            DateColumn("decided_at", label=_("Decided")),
        ]

    def get_base_queryset(self) -> QuerySet[Consent]:
        """Fetch the people in the same query."""
        consents: QuerySet[Consent] = Consent.objects.select_related("person")
        return consents


class ConsentViewSet(FactsViewSet):
    """What people allow, given and withdrawn."""

    model = Consent
    name = "consents"
    menu_label = _("Consents")
    menu_order = 282
    icon = "check"
    exclude_form_fields = ()
    filterset_class = ConsentFilterSet
    index_view_class = ConsentIndexView
    search_fields = ["person__display_name", "person__email"]


class RequestFilterSet(WagtailFilterSet):
    """Find requests by where they stand and by the right that is exercised."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=DataRequestState.choices)
    kind = django_filters.ChoiceFilter(label=_("What is asked"), choices=DataRequest.Kind.choices)

    class Meta:
        model = DataRequest
        fields: list[str] = []


class RequestIndexView(generic.IndexView):
    """Every request, the one that is due first on top."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show who asks what, until when it is to be answered, and where it stands."""
        person = self._get_title_column_class(TitleColumn)
        return [
            person(
                "person",
                label=_("Who"),
                accessor="person.display_name",
                get_url=lambda row: reverse("data-requests:answer", args=[row.uuid]),
            ),
            Column("kind", label=_("What is asked"), accessor="get_kind_display"),
            Column("asked_at", label=_("Asked"), accessor=lambda row: _day(row.asked_at)),
            Column(
                "due_on",
                label=_("Last day to answer"),
                accessor=lambda row: date_format(row.due_on),
                sort_key="due_on",
            ),
            Column("left", label=_("Time left"), accessor=self._time_left),
            Column("state", label=_("State"), accessor="get_state_display"),
        ]

    @cached_property
    def calendar(self) -> rules.Calendar:
        """Return the days that the clocks leave out."""
        return queries.calendar_here()

    def _time_left(self, row: DataRequest) -> str:
        if not row.is_open:
            return "–"
        left = rules.working_days_left(
            today=timezone.localdate(), due_on=row.due_on, calendar=self.calendar
        )
        if row.due_on < timezone.localdate():
            return gettext("The day has passed")
        if left == 0:
            return gettext("Today is the last day")
        return ngettext("%(days)s working day", "%(days)s working days", left) % {"days": left}

    def get_base_queryset(self) -> QuerySet[DataRequest]:
        """Put what waits before what was answered, and fetch the people in the same query."""
        return DataRequest.objects.select_related("person").annotate(
            is_answered=Case(When(state=DataRequestState.OPEN, then=0), default=1)
        )


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment))


class AnswerView(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """One request, and its answer."""

    request: PersonRequest
    permission_required = ANSWER
    template_name = "privacy/answer.html"
    form_class = AnswerForm
    page_title = _("Request about personal data")
    header_icon = "mail"

    @cached_property
    def asked(self) -> DataRequest:
        """Return the request."""
        return get_object_or_404(
            DataRequest.objects.select_related("person", "answered_by"), uuid=self.kwargs["uuid"]
        )

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Lead back to the queue."""
        items: list[dict[str, str]] = super().get_breadcrumbs_items()
        queue = {"url": reverse("data-requests:index"), "label": gettext("Data requests")}
        return [*items, queue, {"url": "", "label": str(self.asked.person)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the request."""
        return super().get_context_data(asked=self.asked, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Answer, or say why not."""
        try:
            actions.answer_request(
                request=self.asked,
                is_granted=form.cleaned_data["decision"],
                answer=form.cleaned_data["answer"],
                by=self.request.user,
                at=timezone.now(),
            )
        except IllegalTransition:
            messages.error(self.request, _("Not sent: somebody answered this request meanwhile."))
        except actions.OwnRequest:
            form.add_error(None, _("This request is yours: another person has to answer it."))
            return self.form_invalid(form)
        else:
            said = gettext("The answer is on its way to %(name)s.")
            messages.success(self.request, said % {"name": self.asked.person})
        return redirect("data-requests:index")


class RequestViewSet(FactsViewSet):
    """The queue of requests about personal data."""

    model = DataRequest
    name = "data-requests"
    menu_label = _("Data requests")
    menu_order = 278
    icon = "mail"
    exclude_form_fields = ()
    filterset_class = RequestFilterSet
    index_view_class = RequestIndexView
    search_fields = ["person__display_name", "person__email", "text"]
    ordering = ["is_answered", "due_on", "pk"]

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the page of one request."""
        answer = path("<uuid:uuid>/", AnswerView.as_view(), name="answer")
        return [*super().get_urlpatterns(), answer]
