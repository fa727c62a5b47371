"""The trainers' queue of reported problems, in the Wagtail admin."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from training.accounts.requests import PersonRequest
from training.feedback import actions, queries
from training.feedback.forms import AnswerForm
from training.feedback.models import LIFECYCLE, Report, ReportState
from training.kernel.lifecycle import IllegalTransition

ANSWER = "feedback.answer_report"


class ReadingPolicy(ModelPermissionPolicy):
    """Reports are read here; nobody adds, edits or deletes one."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Say whether a person may do this."""
        return action == "view" and super().user_has_permission(user, action)


class ReportFilterSet(WagtailFilterSet):
    """Find reports by course, by what is wrong and by where they stand."""

    course = django_filters.ChoiceFilter(
        label=_("Course"),
        field_name="activity__course_version__course",
        choices=queries.reported_courses,
        empty_label=_("All"),
    )
    kind = django_filters.ChoiceFilter(
        label=_("What is wrong"), choices=Report.Kind.choices, empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=ReportState.choices, empty_label=_("All")
    )

    class Meta:
        model = Report
        fields: list[str] = []


class ReportIndexView(generic.IndexView):
    """Every report: what waits first, the oldest on top."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show what is wrong with which text, since when, and where it stands."""
        about = self._get_title_column_class(TitleColumn)
        return [
            about(
                "about",
                label=_("About"),
                accessor=lambda row: row.about or row.activity.title(_language()),
                get_url=lambda row: reverse("problems:report", args=[row.uuid]),
            ),
            Column(
                "activity",
                label=_("Activity"),
                accessor=lambda row: row.activity.title(_language()),
            ),
            Column("course", label=_("Course"), accessor="activity.course_version.course.code"),
            Column("kind", label=_("What is wrong"), accessor="get_kind_display"),
            DateColumn("reported_at", label=_("Reported"), sort_key="reported_at"),
            Column("state", label=_("State"), accessor="get_state_display"),
        ]

    def get_base_queryset(self) -> QuerySet[Report]:
        """Put what waits before what was answered; fetch activity and course in one query."""
        return Report.objects.select_related("activity__course_version__course").annotate(
            place=Case(
                When(state=ReportState.OPEN, then=0),
                When(state=ReportState.IN_PROGRESS, then=1),
                default=2,
            )
        )


class ReportView(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """One report: take it on, then answer it."""

    request: PersonRequest
    permission_required = ANSWER
    template_name = "feedback/answer.html"
    form_class = AnswerForm
    page_title = _("Problem reported")
    header_icon = "warning"

    @cached_property
    def report(self) -> Report:
        """Return the report."""
        return get_object_or_404(
            Report.objects.select_related(
                "activity__course_version__course", "taken_by", "answered_by", "reporter"
            ),
            uuid=self.kwargs["uuid"],
        )

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Lead back to the queue."""
        items: list[dict[str, str]] = super().get_breadcrumbs_items()
        queue = {"url": reverse("problems:index"), "label": gettext("Problems reported")}
        return [*items, queue, {"url": "", "label": str(capfirst(self.report.get_kind_display()))}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the report, and what may be done about it now."""
        state = self.report.state
        return super().get_context_data(
            report=self.report,
            activity_title=self.report.activity.title(_language()),
            may_take_on=LIFECYCLE.allows(state, ReportState.IN_PROGRESS),
            may_answer=LIFECYCLE.allows(state, ReportState.SOLVED),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the report on, or answer it."""
        if "take_on" not in request.POST:
            answered: HttpResponse = super().post(request, *args, **kwargs)
            return answered
        try:
            actions.take_on(report=self.report, by=self.request.user, at=timezone.now())
        except IllegalTransition:
            messages.error(request, _("Somebody has taken this report on already."))
        return redirect("problems:report", self.report.uuid)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Answer, or say why not and keep what was typed."""
        try:
            actions.answer_report(
                report=self.report,
                is_solved=form.cleaned_data["decision"],
                answer=form.cleaned_data["answer"],
                by=self.request.user,
                at=timezone.now(),
            )
        except IllegalTransition:
            form.add_error(None, _("Not sent: somebody answered this report meanwhile."))
            return self.form_invalid(form)
        messages.success(self.request, _("The answer is on its way to whoever reported it."))
        return redirect("problems:index")


class ReportViewSet(ModelViewSet):
    """The queue of reported problems."""

    model = Report
    name = "problems"
    menu_label = _("Problems reported")
    menu_order = 208
    icon = "warning"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    exclude_form_fields = ()
    list_per_page = 50
    filterset_class = ReportFilterSet
    index_view_class = ReportIndexView
    search_fields = ["about", "words", "answer"]
    ordering = ["place", "reported_at", "pk"]

    @property
    def permission_policy(self) -> ReadingPolicy:
        """Let nobody add, edit or delete."""
        return ReadingPolicy(Report)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the list, and add the page of one report."""
        lists = [p for p in super().get_urlpatterns() if p.name in {"index", "index_results"}]
        return [*lists, path("<uuid:uuid>/", ReportView.as_view(), name="report")]


def _language() -> str:
    return get_language() or "es"
