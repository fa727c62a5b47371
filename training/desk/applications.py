"""Applications as a queue, and the answer to each."""

from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from training.desk.forms import AnswerForm
from training.desk.views import DeskPage, StaffRequest
from training.enrollments.applications import AlreadyAnswered, AnswerMissing, accept, decline
from training.enrollments.models import Application, ApplicationState
from training.enrollments.places import Seat, place_of

ANSWER = "enrollments.change_application"


class ApplicationFilterSet(WagtailFilterSet):
    """Find applications by edition and by what they were answered."""

    class Meta:
        model = Application
        fields = ["edition", "state"]


class ApplicationsView(PermissionRequiredMixin, BaseListingView):
    """All applications: first those that await an answer, the longest wait first."""

    permission_required = ANSWER
    page_title = gettext_lazy("Applications")
    header_icon = "mail"
    verbose_name_plural = gettext_lazy("applications")
    index_url_name = "desk:applications"
    index_results_url_name = "desk:applications_results"
    is_searchable = True
    search_fields = ("learner__display_name", "learner__email", "edition__code")
    filterset_class = ApplicationFilterSet
    template_name = "wagtailadmin/generic/listing.html"
    results_template_name = "wagtailadmin/generic/listing_results.html"
    paginate_by = 50
    columns = (
        TitleColumn(
            "learner",
            label=gettext_lazy("Applicant"),
            accessor="learner.display_name",
            get_url=lambda application: reverse("desk:application", args=[application.uuid]),
        ),
        Column("edition", label=gettext_lazy("Edition")),
        Column("superior", label=gettext_lazy("Supported by")),
        DateColumn("applied_at", label=gettext_lazy("Applied")),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display"),
    )

    def get_base_queryset(self) -> QuerySet[Application]:
        """Return all of them."""
        return Application.objects.select_related("learner", "edition")

    def order_queryset(self, queryset: QuerySet[Application]) -> QuerySet[Application]:
        """Put what waits before what was answered, on every engine."""
        return queryset.order_by(F("decided_at").desc(nulls_first=True), "applied_at", "pk")


class ApplicationView(DeskPage, FormView):
    """One application: read it, then accept or decline it."""

    request: StaffRequest
    permission_required = ANSWER
    template_name = "desk/application.html"
    header_icon = "mail"
    form_class = AnswerForm
    trail = (("desk:applications", gettext_lazy("Applications")),)

    @cached_property
    def application(self) -> Application:
        """Return which one."""
        return get_object_or_404(
            Application.objects.select_related(
                "learner", "edition__course_version__course", "decided_by"
            ),
            uuid=self.kwargs["uuid"],
        )

    def get_page_title(self) -> str:
        """Return who applied."""
        return self.application.learner.display_name

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the cohorts of the edition."""
        return super().get_form_kwargs() | {"edition": self.application.edition}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say who applies for what, from which post."""
        application = self.application
        posts = application.learner.posts.held_on(timezone.localdate()).select_related(
            "institution", "judicial_district", "fiscal_district"
        )
        return super().get_context_data(
            application=application,
            course=application.edition.course_version.title(get_language()),
            posts=posts,
            is_open=application.state == ApplicationState.SUBMITTED,
            **kwargs,
        )

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        """Carry out the decision, or say why it cannot be."""
        given = {
            "application": self.application,
            "decided_by": self.request.user,
            "at": timezone.now(),
            "answer": form.cleaned_data["answer"],
        }
        try:
            if "accept" in self.request.POST:
                seat = accept(**given, cohort=form.cleaned_data["cohort"])
                messages.success(self.request, _told(seat))
            elif "decline" in self.request.POST:
                decline(**given)
                messages.success(self.request, _("Declined; the applicant was told why."))
            else:
                return self.form_invalid(form)
        except AnswerMissing:
            form.add_error("answer", _("Say why you decline: the applicant reads it."))
            return self.form_invalid(form)
        except AlreadyAnswered:
            messages.error(self.request, _("Somebody answered this application before you."))
        return redirect("desk:applications")


def _told(seat: Seat) -> str:
    if seat.wait is not None:
        words = _("Accepted. All places are taken: number %(place)d on the waiting list.")
        return words % {"place": place_of(seat.wait)}
    return _("Accepted: enrolled, and told by e-mail.")
