"""Administrators' pages that cross rooms. Each names the right that it needs."""

from datetime import date, datetime
from typing import Any

import django_filters
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.widgets.button import Button, HeaderButton

from training.accounts.models import User
from training.certificates.actions import AlreadyIssued, AlreadyRevoked, ReasonMissing, revoke
from training.certificates.models import Certificate
from training.desk import queries
from training.desk.forms import IssueForm, RevokeForm
from training.desk.lists import DeskList, PostFilterSet
from training.enrollments.models import Cohort, Edition, Enrollment, EnrollmentState
from training.learning.actions import NotCompleted, issue_certificate
from training.learning.queries import course_outline

SEE_RECORDS = "accounts.view_record"
ISSUE = "certificates.issue_certificate"
REVOKE = "certificates.revoke_certificate"


class LearnerFilterSet(PostFilterSet):
    """Find learners by the post that they hold today, and by what they are enrolled in."""

    person = "pk"

    edition = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Edition"), queryset=Edition.objects.all(), method="of_enrollment"
    )
    cohort = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Cohort"), queryset=Cohort.objects.all(), method="of_enrollment"
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=EnrollmentState.choices, method="of_enrollment"
    )

    class Meta:
        model = User
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        """Ask edition, cohort and state of one and the same enrollment."""
        found = super().filter_queryset(queryset)
        asked = {
            name: value
            for name, value in self.form.cleaned_data.items()
            if name in ("edition", "cohort", "state") and value
        }
        if not asked:
            return found
        return found.filter(pk__in=Enrollment.objects.filter(**asked).values("learner"))

    def of_enrollment(self, queryset: QuerySet[User], name: str, value: Any) -> QuerySet[User]:
        """Leave it to `filter_queryset`, which asks for all at once."""
        return queryset


class LearnersView(DeskList):
    """Everybody who learns, found by name, address or document."""

    right = SEE_RECORDS
    page_title = gettext_lazy("Learners")
    header_icon = "user"
    verbose_name_plural = gettext_lazy("learners")
    index_url_name = "desk:learners"
    index_results_url_name = "desk:learners_results"
    search_fields = ("display_name", "certificate_name", "email", "document_number")
    filterset_class = LearnerFilterSet
    default_ordering = "display_name"
    columns = (
        TitleColumn(
            "display_name",
            label=gettext_lazy("Name"),
            sort_key="display_name",
            get_url=lambda person: reverse("desk:person", args=[person.uuid]),
        ),
        Column("email", label=gettext_lazy("E-mail"), sort_key="email"),
        Column("document", label=gettext_lazy("Document"), accessor=lambda p: _document(p)),
        Column("post", label=gettext_lazy("Post"), accessor=lambda p: _present_post(p)),
        Column("courses", label=gettext_lazy("Courses"), sort_key="courses"),
        Column(
            "standing_certificates",
            label=gettext_lazy("Certificates"),
            sort_key="standing_certificates",
        ),
    )
    more_columns = (
        Column("is_active", label=gettext_lazy("Active")),
        Column("date_joined", label=gettext_lazy("Joined")),
    )

    def get_base_queryset(self) -> QuerySet[User]:
        """Return the learners with what the columns show."""
        return queries.learners(on=timezone.localdate())


def _document(person: User) -> str:
    return f"{person.document_type.upper()} {person.document_number}".strip()


def _present_post(person: Any) -> str:
    if not person.present_posts:
        return ""
    post = person.present_posts[0]
    district = post.judicial_district or post.fiscal_district
    return ", ".join(str(part) for part in (post, post.institution, district) if part)


def _day(moment: datetime | date | None) -> str:
    """Return a day written out, '' for none."""
    if isinstance(moment, datetime):
        moment = timezone.localdate(moment)
    return date_format(moment, _("j F Y")) if moment else ""


class StaffRequest(HttpRequest):
    """A request that passed the admin's doors."""

    user: User


class DeskPage(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page of the desk, reached through others."""

    trail: tuple[tuple[str, Any], ...] = ()

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        way = [{"url": reverse(name), "label": label} for name, label in self.trail]
        return [*self.breadcrumbs_items, *way, {"url": "", "label": self.get_page_title()}]


class PersonView(DeskPage, TemplateView):
    """One person's whole record on one page."""

    request: StaffRequest
    permission_required = SEE_RECORDS
    template_name = "desk/person.html"
    header_icon = "user"
    trail = (("desk:learners", gettext_lazy("Learners")),)

    @cached_property
    def person(self) -> User:
        """Return whose record it is."""
        return get_object_or_404(User, uuid=self.kwargs["uuid"])

    def get_page_title(self) -> str:
        """Return the person's name."""
        return self.person.display_name

    def get_header_buttons(self) -> list[Button]:
        """Lead to the details, for whoever may correct them."""
        user = self.request.user
        if not (user.has_perm("accounts.correct_details") or user.has_perm("accounts.change_user")):
            return []
        edit = reverse("wagtailusers_users:edit", args=[self.person.pk])
        return [HeaderButton(_("Correct the details"), url=edit, icon_name="edit")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the record."""
        record = queries.person_record(
            person=self.person, reader=self.request.user, language=get_language()
        )
        return super().get_context_data(record=record, **kwargs)


class AwaitingView(PermissionRequiredMixin, BaseListingView):
    """Completed courses whose certificate waits for a registrar."""

    permission_required = ISSUE
    page_title = gettext_lazy("Awaiting a decision")
    header_icon = "tasks"
    verbose_name_plural = gettext_lazy("certificates")
    index_url_name = "desk:awaiting"
    index_results_url_name = "desk:awaiting_results"
    is_searchable = True
    search_fields = ("learner__display_name", "learner__email", "edition__code")
    paginate_by = 50
    columns = (
        TitleColumn(
            "learner",
            label=gettext_lazy("Learner"),
            accessor="learner.display_name",
            get_url=lambda enrollment: reverse("desk:issue", args=[enrollment.uuid]),
        ),
        Column("name_on_certificate", label=gettext_lazy("Name on the certificate")),
        Column(
            "course",
            label=gettext_lazy("Course"),
            accessor=lambda e: e.course_version.title(get_language()),
        ),
        Column("edition", label=gettext_lazy("Edition")),
        DateColumn("completed_at", label=gettext_lazy("Completed")),
        Column(
            "was_revoked",
            label=gettext_lazy("Why it waits"),
            accessor=lambda e: (
                _("Its certificate was revoked") if e.was_revoked else _("Nobody has decided yet")
            ),
        ),
    )

    def get_base_queryset(self) -> QuerySet[Enrollment]:
        """Return what waits."""
        return queries.awaiting_decision()


class DecisionView(DeskPage, FormView):
    """A decision with its reason; it is shown before it is taken."""

    request: StaffRequest
    template_name = "desk/decision.html"

    def done(self, person: User) -> HttpResponse:
        """Lead back to where the decision is seen."""
        if self.request.user.has_perm(SEE_RECORDS):
            return redirect("desk:person", person.uuid)
        return redirect("wagtailadmin_home")


class IssueView(DecisionView):
    """Issue by hand the certificate of a completed course."""

    permission_required = ISSUE
    form_class = IssueForm
    page_title = gettext_lazy("Issue a certificate")
    header_icon = "check"
    trail = (("desk:awaiting", gettext_lazy("Awaiting a decision")),)

    @cached_property
    def enrollment(self) -> Enrollment:
        """Return whose course it is about."""
        return get_object_or_404(
            Enrollment.objects.with_course().select_related("learner"), uuid=self.kwargs["uuid"]
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what will be issued."""
        enrollment = self.enrollment
        outline = course_outline(enrollment=enrollment, language=get_language())
        mark = _("%(mark)s of %(maximum)s") % {
            "mark": outline.mark,
            "maximum": enrollment.edition.scale_maximum,
        }
        facts = [
            (_("Name on the certificate"), enrollment.name_on_certificate),
            (_("Course"), outline.title),
            (_("Edition"), enrollment.edition.code),
            (_("Completed"), _day(enrollment.completed_at) or _("not yet")),
            (_("Mark"), mark if outline.mark is not None else "–"),
            (_("Academic hours"), floatformat(enrollment.edition.hours, "-2")),
        ]
        return super().get_context_data(
            facts=facts,
            verb=_("Issue the certificate"),
            consequence=_(
                "It gets the next number of the registry and cannot be taken back, only revoked."
            ),
            **kwargs,
        )

    def form_valid(self, form: Form) -> HttpResponse:
        """Issue, or say why not."""
        try:
            certificate = issue_certificate(
                enrollment=self.enrollment,
                actor=self.request.user.actor,
                at=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except NotCompleted:
            messages.error(self.request, _("Not issued: the course is not completed."))
        except AlreadyIssued:
            messages.error(
                self.request, _("Not issued again: a certificate of this course stands.")
            )
        else:
            said = _("Certificate %(number)s was issued.") % {"number": certificate.number}
            messages.success(self.request, said)
        return self.done(self.enrollment.learner)


class RevokeView(DecisionView):
    """Revoke a certificate, with a reason for the public."""

    permission_required = REVOKE
    form_class = RevokeForm
    page_title = gettext_lazy("Revoke a certificate")
    header_icon = "warning"

    @cached_property
    def certificate(self) -> Certificate:
        """Return which one."""
        return get_object_or_404(
            Certificate.objects.select_related("enrollment__learner"), uuid=self.kwargs["uuid"]
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask, unless there is nothing left to revoke."""
        if self.certificate.is_revoked:
            return self._already()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what will be revoked."""
        certificate = self.certificate
        facts = [
            (_("Registry number"), certificate.number),
            (_("Name"), certificate.recipient_name),
            (_("Course"), certificate.course_title(get_language())),
            (_("Issued"), _day(certificate.issued_on)),
        ]
        return super().get_context_data(
            facts=facts,
            verb=_("Revoke the certificate"),
            consequence=_(
                "Whoever verifies it will read that it is revoked, since when, and the public "
                "reason. This cannot be undone."
            ),
            is_serious=True,
            **kwargs,
        )

    def form_valid(self, form: Form) -> HttpResponse:
        """Revoke, or say why not."""
        try:
            revoke(
                certificate=self.certificate,
                actor=self.request.user.actor,
                at=timezone.now(),
                reason_public=form.cleaned_data["reason_public"],
                reason_internal=form.cleaned_data["reason_internal"],
            )
        except AlreadyRevoked:
            return self._already()
        except ReasonMissing:
            form.add_error("reason_public", _("Write a reason for the public."))
            return self.form_invalid(form)
        said = _("Certificate %(number)s is revoked.") % {"number": self.certificate.number}
        messages.success(self.request, said)
        return self.done(self.certificate.enrollment.learner)

    def _already(self) -> HttpResponse:
        said = _("Certificate %(number)s was revoked before.") % {"number": self.certificate.number}
        messages.error(self.request, said)
        return self.done(self.certificate.enrollment.learner)
