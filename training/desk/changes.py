"""Requests about courses as a queue, the answer to each, and a change made without one."""

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

from training.desk.forms import ChangeAnswerForm, MakeChangeForm, TermsForm
from training.desk.views import DeskPage, StaffRequest
from training.enrollments.applications import AlreadyIn
from training.enrollments.changes import (
    AlreadyAnswered,
    NotActive,
    NotLater,
    NotOfCourse,
    ReasonMissing,
    TermsMissing,
)
from training.enrollments.models import ChangeRequest, ChangeState, Enrollment, EnrollmentState
from training.enrollments.places import NoPlace
from training.learning.changes import accept, decline, make

ANSWER = "enrollments.change_changerequest"
CHANGE = "enrollments.change_enrollment"


class ChangeFilterSet(WagtailFilterSet):
    """Find requests by what is asked for and by what they were answered."""

    class Meta:
        model = ChangeRequest
        fields = ["change", "state"]


class ChangesView(PermissionRequiredMixin, BaseListingView):
    """All requests: first those that await an answer, the longest wait first."""

    permission_required = ANSWER
    page_title = gettext_lazy("Requests about courses")
    header_icon = "history"
    verbose_name_plural = gettext_lazy("requests about courses")
    index_url_name = "desk:changes"
    index_results_url_name = "desk:changes_results"
    is_searchable = True
    search_fields = (
        "enrollment__learner__display_name",
        "enrollment__learner__email",
        "enrollment__edition__code",
    )
    filterset_class = ChangeFilterSet
    template_name = "wagtailadmin/generic/listing.html"
    results_template_name = "wagtailadmin/generic/listing_results.html"
    paginate_by = 50
    columns = (
        TitleColumn(
            "learner",
            label=gettext_lazy("Learner"),
            accessor="enrollment.learner.display_name",
            get_url=lambda asked: reverse("desk:change", args=[asked.uuid]),
        ),
        Column("change", label=gettext_lazy("Asks for"), accessor="get_change_display"),
        Column("edition", label=gettext_lazy("Edition"), accessor="enrollment.edition"),
        DateColumn("asked_at", label=gettext_lazy("Asked")),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display"),
    )

    def get_base_queryset(self) -> QuerySet[ChangeRequest]:
        """Return all of them."""
        return ChangeRequest.objects.select_related("enrollment__learner", "enrollment__edition")

    def order_queryset(self, queryset: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
        """Put what waits before what was answered, on every engine."""
        return queryset.order_by(F("decided_at").desc(nulls_first=True), "asked_at", "pk")


class ChangePage(DeskPage, FormView):
    """A page on which one learner's enrollment may be changed."""

    request: StaffRequest

    @cached_property
    def enrollment(self) -> Enrollment:
        """Return whose enrollment it is about."""
        raise NotImplementedError

    def get_page_title(self) -> str:
        """Return whom it is about."""
        return self.enrollment.learner.display_name

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what the learner's course has."""
        return super().get_form_kwargs() | {
            "enrollment": self.enrollment,
            "now": timezone.now(),
            "language": get_language(),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which course, and until when."""
        return super().get_context_data(
            enrollment=self.enrollment,
            course=self.enrollment.course_version.title(get_language()),
            is_active=self.enrollment.state == EnrollmentState.ACTIVE,
            **kwargs,
        )

    def refused(self, form: TermsForm, problem: Exception) -> HttpResponse:
        """Say at its field why a change cannot be made; what was typed stays."""
        field, words = _PROBLEMS[type(problem)]
        form.add_error(field if field in form.fields else None, str(words))
        return self.form_invalid(form)


_PROBLEMS: dict[type[Exception], tuple[str, Any]] = {
    NotLater: (
        "until",
        gettext_lazy("Choose a day after today and after the last day that the learner has."),
    ),
    TermsMissing: ("", gettext_lazy("Fill in what this change needs.")),
    NotOfCourse: (
        "edition",
        gettext_lazy("Choose an edition of this course that is not over, and one of its cohorts."),
    ),
    NoPlace: (
        "cohort",
        gettext_lazy("There is no place for this person. Choose another cohort or edition."),
    ),
    AlreadyIn: ("edition", gettext_lazy("The learner is in that edition already.")),
    NotActive: (
        "",
        gettext_lazy("The learner has completed or left the course: nothing can be changed."),
    ),
}


class ChangeView(ChangePage):
    """One request: read it, then accept or decline it."""

    permission_required = ANSWER
    template_name = "desk/change.html"
    header_icon = "history"
    form_class = ChangeAnswerForm
    trail = (("desk:changes", gettext_lazy("Requests about courses")),)

    @cached_property
    def asked(self) -> ChangeRequest:
        """Return which request."""
        return get_object_or_404(
            ChangeRequest.objects.select_related(
                "enrollment__learner",
                "enrollment__cohort",
                "enrollment__edition",
                "enrollment__course_version__course",
                "edition",
                "activity",
                "decided_by",
            ),
            uuid=self.kwargs["uuid"],
        )

    @cached_property
    def enrollment(self) -> Enrollment:
        """Return the enrollment that the request is about."""
        return self.asked.enrollment

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with what was asked for."""
        return super().get_form_kwargs() | {"asked": self.asked}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say who asks for what, and why."""
        activity = self.asked.activity
        return super().get_context_data(
            asked=self.asked,
            quiz=activity.title(get_language()) if activity else "",
            is_open=self.asked.state == ChangeState.SUBMITTED,
            **kwargs,
        )

    def form_valid(self, form: ChangeAnswerForm) -> HttpResponse:
        """Carry out the decision, or say why it cannot be."""
        given = {
            "request": self.asked,
            "decided_by": self.request.user,
            "at": timezone.now(),
            "words": form.cleaned_data["answer"],
        }
        try:
            if "accept" in self.request.POST:
                accept(**given, terms=form.terms)
                messages.success(self.request, _("Accepted and carried out; the learner was told."))
            elif "decline" in self.request.POST:
                decline(**given)
                messages.success(self.request, _("Declined; the learner was told why."))
            else:
                return self.form_invalid(form)
        except ReasonMissing:
            form.add_error("answer", _("Say why you decline: the learner reads it."))
            return self.form_invalid(form)
        except AlreadyAnswered:
            messages.error(self.request, _("Somebody answered this request before you."))
        except tuple(_PROBLEMS) as problem:
            return self.refused(form, problem)
        return redirect("desk:changes")


class MakeChangeView(ChangePage):
    """A change for one learner without a request, with a reason that the learner reads."""

    permission_required = CHANGE
    template_name = "desk/make_change.html"
    header_icon = "history"
    form_class = MakeChangeForm
    trail = (("desk:learners", gettext_lazy("Learners")),)

    @cached_property
    def enrollment(self) -> Enrollment:
        """Return whose enrollment it is."""
        return get_object_or_404(
            Enrollment.objects.with_course().select_related("learner", "cohort"),
            uuid=self.kwargs["uuid"],
        )

    def form_valid(self, form: MakeChangeForm) -> HttpResponse:
        """Make it, or say why it cannot be made."""
        try:
            make(
                enrollment=self.enrollment,
                change=form.wanted,
                terms=form.terms,
                made_by=self.request.user,
                at=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except ReasonMissing:
            form.add_error("reason", _("Say why: the learner reads it, and the audit keeps it."))
            return self.form_invalid(form)
        except tuple(_PROBLEMS) as problem:
            return self.refused(form, problem)
        messages.success(self.request, _("Done; the learner was told by e-mail."))
        return redirect("desk:person", self.enrollment.learner.uuid)
