"""Nomination lists in the admin: send one, read what would happen, confirm, watch it being done."""

from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from training.accounts.models import User
from training.enrollments.forms import FAULTS, NominationForm
from training.enrollments.models import Cohort, Nomination, NominationLine, NominationPlan
from training.enrollments.nominations import (
    AlreadyConfirmed,
    OfficialDocument,
    SituationChanged,
    confirm,
    draft_list,
)
from training.enrollments.sheets import BadSheet, template_csv, template_xlsx

NOMINATE = "enrollments.add_nomination"
LINES_A_PAGE = 100
LOOK_AGAIN = 3  # seconds after which a page with progress asks again
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class StaffRequest(HttpRequest):
    """A request that passed the admin's doors."""

    user: User


class NominationPage(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page about the nominations for a cohort."""

    kwargs: dict[str, Any]
    permission_required = NOMINATE
    header_icon = "upload"
    page_title = gettext_lazy("Nominations")

    @cached_property
    def cohort(self) -> Cohort:
        """Return for which cohort."""
        return get_object_or_404(Cohort.objects.select_related("edition"), pk=self.kwargs["pk"])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        members = reverse("cohort:members", args=[self.cohort.pk])
        return [
            *self.breadcrumbs_items,
            {"url": reverse("cohort:index"), "label": gettext_lazy("Cohorts")},
            {"url": members, "label": self.cohort.name},
            {"url": "", "label": self.get_page_title()},
        ]


class NominationsView(NominationPage, FormView):
    """The lists of a cohort, and sending another one."""

    request: StaffRequest
    template_name = "enrollments/nominations.html"
    form_class = NominationForm

    def form_valid(self, form: NominationForm) -> HttpResponse:
        """Check the list and show what would happen, or say why it cannot be read."""
        values = form.cleaned_data
        try:
            nomination = draft_list(
                cohort=self.cohort,
                document=OfficialDocument(
                    nominated_by=values["nominated_by"],
                    kind=values["document_kind"],
                    number=values["document_number"],
                    date=values["document_date"],
                ),
                data=values["file"].read(),
                file_name=values["file"].name,
                uploaded_by=self.request.user,
                at=timezone.now(),
            )
        except BadSheet as refusal:
            form.add_error("file", str(FAULTS[refusal.fault]))
            return self.form_invalid(form)
        return redirect("cohort:nomination", self.cohort.pk, nomination.uuid)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lists sent before."""
        lists = self.cohort.nominations.select_related("uploaded_by").annotate(rows=Count("lines"))
        return super().get_context_data(cohort=self.cohort, lists=lists, **kwargs)


class NominationView(NominationPage, TemplateView):
    """One list: what would happen, or how far it is done."""

    request: StaffRequest
    template_name = "enrollments/nomination.html"

    @cached_property
    def nomination(self) -> Nomination:
        """Return which list of the cohort."""
        lists = Nomination.objects.select_related("cohort__edition", "uploaded_by")
        return get_object_or_404(lists, cohort=self.cohort, uuid=self.kwargs["uuid"])

    def get_page_title(self) -> str:
        """Return how the document is called."""
        return str(self.nomination)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the list; while a worker has it, the page asks again by itself."""
        response = super().get(request, *args, **kwargs)
        if self.nomination.confirmed_at and not self.nomination.finished_at:
            response.headers["Refresh"] = str(LOOK_AGAIN)
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Confirm: exactly what the page says is done."""
        try:
            confirm(
                nomination=self.nomination,
                confirmed_by=self.request.user,
                at=timezone.now(),
            )
        except SituationChanged:
            messages.warning(
                request,
                _("Nothing was done: something changed since the check. Read the rows again."),
            )
        except AlreadyConfirmed:
            messages.info(request, _("This list was confirmed before."))
        return redirect("cohort:nomination", self.cohort.pk, self.nomination.uuid)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count what happens, and show the rows of one kind or all, page by page."""
        lines = self.nomination.lines.all()
        counted = dict(lines.order_by().values_list("plan").annotate(Count("pk")))
        results = dict(lines.order_by().values_list("result").annotate(Count("pk")))
        kind = self.request.GET.get("what", "")
        kind = kind if kind in NominationPlan.values else ""
        shown = lines.filter(plan=kind) if kind else lines
        total = sum(counted.values())
        return super().get_context_data(
            nomination=self.nomination,
            cohort=self.cohort,
            counts=[(plan, counted.get(plan.value, 0)) for plan in NominationPlan],
            kind=kind,
            page=Paginator(shown, LINES_A_PAGE).get_page(self.request.GET.get("p")),
            total=total,
            done=total - results.get(NominationLine.Result.NONE.value, 0),
            changed=results.get(NominationLine.Result.CHANGED.value, 0),
            can_confirm=self.nomination.confirmed_at is None
            and total > counted.get(NominationPlan.ERROR.value, 0),
            **kwargs,
        )


class TemplateFileView(PermissionRequiredMixin, View):
    """An empty list to fill in."""

    permission_required = NOMINATE

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Send it in the format that was asked for."""
        language = (get_language() or "es").partition("-")[0]
        if kind == "csv":
            response = HttpResponse(template_csv(language), content_type="text/csv; charset=utf-8")
        elif kind == "xlsx":
            response = HttpResponse(template_xlsx(language), content_type=XLSX)
        else:
            raise Http404
        name = _("nominations")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
        return response
