"""Editions and cohorts in the Wagtail admin."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy

from training.accounts.models import User
from training.enrollments.editions import BadList, enroll_list, save_cohort, save_edition
from training.enrollments.forms import TROUBLES, CohortForm, EditionForm, ListForm
from training.enrollments.models import Cohort, Edition, EnrollmentState, Wait
from training.enrollments.places import NoPlace, places_of
from training.enrollments.views import NOMINATE, NominationsView, NominationView, TemplateFileView

KEPT = frozenset({"index", "index_results", "add", "edit"})


class NeverDeletedPolicy(ModelPermissionPolicy):
    """Editions and cohorts are made and changed; records refer to them, so they stay."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this."""
        return action != "delete" and super().user_has_permission(user, action)


class KeptViewSet(ModelViewSet):
    """A list with forms, and no door to delete; our audit keeps the history."""

    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False

    @property
    def permission_policy(self) -> NeverDeletedPolicy:
        """Let nobody delete."""
        return NeverDeletedPolicy(self.model)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Offer no link to the doors that are left out."""
        closed = dict.fromkeys(("delete_url_name", "history_url_name", "usage_url_name"))
        return super().get_common_view_kwargs(**closed, **kwargs)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Leave out the doors that nobody may use."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in KEPT]


class EditionFilterSet(WagtailFilterSet):
    """Find editions by course and kind."""

    course_version__course = django_filters.AllValuesFilter(
        label=gettext_lazy("Course"),
        field_name="course_version__course__code",
        empty_label=gettext_lazy("All"),
    )

    class Meta:
        model = Edition
        fields = ["mode", "issuing", "entry"]


class EditionIndexView(generic.IndexView):
    """All editions, the latest first."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show what runs when, and how many take part."""
        code = self._get_title_column_class(TitleColumn)
        return [
            code("code", label=gettext_lazy("Code"), sort_key="code", get_url=self.get_edit_url),
            Column("course", label=gettext_lazy("Course"), accessor=_course),
            _DayColumn("starts_on", label=gettext_lazy("Starts"), sort_key="starts_on"),
            _DayColumn("ends_on", label=gettext_lazy("Ends"), sort_key="ends_on"),
            Column("entry", label=gettext_lazy("How one gets in"), accessor="get_entry_display"),
            Column("issuing", label=gettext_lazy("Issued"), accessor="get_issuing_display"),
            Column("learners", label=gettext_lazy("Learners"), sort_key="learners"),
        ]

    def get_base_queryset(self) -> QuerySet[Edition]:
        """Count the learners in the same query."""
        return Edition.objects.select_related("course_version__course").annotate(
            learners=Count("enrollments")
        )


class _DayColumn(Column):
    """A day as it is: Wagtail's own column calls every day to come "just now"."""

    def get_value(self, instance: Edition) -> str:
        """Return the day in the reader's language."""
        return date_format(super().get_value(instance))


def _course(edition: Edition) -> str:
    return f"{edition.course_version} · {edition.course_version.title(get_language() or 'es')}"


class EditionSaving:
    """Stores an edition through its action."""

    form: EditionForm
    request: Any
    error_message = gettext_lazy("Nothing was saved: mend the fields that are marked.")

    def save_instance(self) -> Edition:
        """Store what was filled in, with its issuers and signatories."""
        edition = save_edition(
            edition=self.form.edition(),
            issuers=self.form.issuers.drafts,
            actor=self.request.user.actor,
            at=timezone.now(),
            reason=self.form.cleaned_data.get("reason", ""),
        )
        action = "wagtail.edit" if isinstance(self, generic.EditView) else "wagtail.create"
        log(instance=edition, action=action, content_changed=True)
        return edition


class EditionCreateView(EditionSaving, generic.CreateView):
    """A new edition."""

    template_name = "enrollments/edition.html"


class EditionEditView(EditionSaving, generic.EditView):
    """An edition as it stands."""

    template_name = "enrollments/edition.html"


class EditionViewSet(KeptViewSet):
    """Every edition of every course."""

    model = Edition
    name = "edition"
    url_prefix = "editions"
    menu_label = gettext_lazy("Editions")
    menu_order = 220
    icon = "date"
    search_fields = ["code", "course_version__course__code"]
    ordering = ["-starts_on", "code"]
    filterset_class = EditionFilterSet
    index_view_class = EditionIndexView
    add_view_class = EditionCreateView
    edit_view_class = EditionEditView

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the one form there is."""
        return EditionForm


class CohortIndexView(generic.IndexView):
    """All cohorts with the places taken."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show where a cohort belongs and how full it is."""
        name = self._get_title_column_class(TitleColumn)
        return [
            name(
                "name",
                label=gettext_lazy("Name"),
                sort_key="name",
                get_url=lambda cohort: reverse("cohort:members", args=[cohort.pk]),
            ),
            Column("code", label=gettext_lazy("Code"), sort_key="code"),
            Column("edition", label=gettext_lazy("Edition"), sort_key="edition__code"),
            Column("places", label=gettext_lazy("Places taken"), accessor=_places),
            Column("coordinators", label=gettext_lazy("Coordinators"), accessor=_coordinators),
        ]

    def get_base_queryset(self) -> QuerySet[Cohort]:
        """Fetch what the columns show in a fixed number of queries."""
        return (
            Cohort.objects.select_related("edition")
            .prefetch_related("coordinators")
            .annotate(
                members=Count(
                    "enrollments", filter=~Q(enrollments__state=EnrollmentState.WITHDRAWN)
                )
            )
        )


def _places(cohort: Any) -> str:
    return f"{cohort.members} / {cohort.capacity}"


def _coordinators(cohort: Cohort) -> str:
    return ", ".join(person.display_name for person in cohort.coordinators.all())


class CohortSaving:
    """Stores a cohort through its action."""

    form: CohortForm
    request: Any

    def save_instance(self) -> Cohort:
        """Store what was filled in."""
        cohort = save_cohort(
            cohort=self.form.instance,
            coordinators=list(self.form.cleaned_data["coordinators"]),
            quotas=self.form.quotas.drafts,
            actor=self.request.user.actor,
            at=timezone.now(),
        )
        action = "wagtail.edit" if isinstance(self, generic.EditView) else "wagtail.create"
        log(instance=cohort, action=action, content_changed=True)
        return cohort


class CohortCreateView(CohortSaving, generic.CreateView):
    """A new cohort."""

    template_name = "enrollments/cohort.html"


class CohortEditView(CohortSaving, generic.EditView):
    """A cohort as it stands; its members have their own page."""

    template_name = "enrollments/cohort.html"

    def get_header_buttons(self) -> list[Button]:
        """Lead to the members."""
        members = reverse("cohort:members", args=[self.object.pk])
        return [HeaderButton(gettext_lazy("Members"), url=members, icon_name="group")]


class StaffRequest(HttpRequest):
    """A request that passed the admin's doors."""

    user: User


class MembersView(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """Who is in a cohort, and enrolling people from a list."""

    request: StaffRequest
    permission_required = "enrollments.view_enrollment"
    template_name = "enrollments/members.html"
    header_icon = "group"
    form_class = ListForm

    @cached_property
    def cohort(self) -> Cohort:
        """Return whose members they are."""
        return get_object_or_404(Cohort.objects.select_related("edition"), pk=self.kwargs["pk"])

    @property
    def may_enroll(self) -> bool:
        """Say whether this person may add to the members."""
        return self.request.user.has_perm("enrollments.add_enrollment")

    def get_page_title(self) -> str:
        """Return the cohort's name."""
        return self.cohort.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("cohort:index"), "label": gettext_lazy("Cohorts")},
            {"url": "", "label": self.cohort.name},
        ]

    def get_header_buttons(self) -> list[Button]:
        """Lead to the cohort's form."""
        if not self.request.user.has_perm("enrollments.change_cohort"):
            return []
        edit = reverse("cohort:edit", args=[self.cohort.pk])
        buttons = [HeaderButton(_("Edit the cohort"), url=edit, icon_name="edit")]
        if self.request.user.has_perm(NOMINATE):
            lists = reverse("cohort:nominations", args=[self.cohort.pk])
            buttons.append(HeaderButton(_("Nominations"), url=lists, icon_name="upload"))
        return buttons

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Enroll, for whoever may."""
        if not self.may_enroll:
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: ListForm) -> HttpResponse:
        """Enroll everybody on the list, or name the lines that cannot be."""
        try:
            seats = enroll_list(
                cohort=self.cohort,
                addresses=form.cleaned_data["addresses"],
                actor=self.request.user.actor,
                at=timezone.now(),
            )
        except BadList as refusal:
            problems = [(p.line, p.text, TROUBLES[p.trouble]) for p in refusal.problems]
            return self.render_to_response(self.get_context_data(form=form, problems=problems))
        except NoPlace:
            form.add_error(
                "addresses",
                _(
                    "Nobody was enrolled: somebody on the list studies in this edition without a "
                    "cohort, and this cohort has no place left for them."
                ),
            )
            return self.form_invalid(form)
        enrolled = sum(seat.enrollment is not None for seat in seats)
        said = ngettext("%(n)d learner enrolled.", "%(n)d learners enrolled.", enrolled)
        messages.success(self.request, said % {"n": enrolled})
        waits = [seat.wait for seat in seats if seat.wait is not None]
        if waits:
            places = places_of(waits)
            named = ", ".join(f"{wait.learner} ({places[wait.pk]})" for wait in waits)
            messages.warning(
                self.request, _("On the waiting list, with their place: %(who)s.") % {"who": named}
            )
        return redirect("cohort:members", self.cohort.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the members, and who waits."""
        members = self.cohort.enrollments.select_related("learner", "nomination", "edition")
        waits = list(
            Wait.objects.waiting()
            .filter(Q(cohort=self.cohort) | Q(edition=self.cohort.edition, cohort=None))
            .select_related("learner")
        )
        places = places_of(waits)
        return super().get_context_data(
            taken=sum(member.state != EnrollmentState.WITHDRAWN for member in members),
            waits=[(places[wait.pk], wait) for wait in waits],
            cohort=self.cohort,
            members=members.order_by("learner__display_name", "pk"),
            may_enroll=self.may_enroll,
            may_change=self.request.user.has_perm("enrollments.change_enrollment"),
            **kwargs,
        )


class CohortViewSet(KeptViewSet):
    """Every cohort, its members, and enrolling by hand."""

    model = Cohort
    name = "cohort"
    url_prefix = "cohorts"
    menu_label = gettext_lazy("Cohorts")
    menu_order = 230
    icon = "group"
    search_fields = ["name", "code", "edition__code"]
    list_filter = ["edition"]
    ordering = ["edition__code", "code"]
    index_view_class = CohortIndexView
    add_view_class = CohortCreateView
    edit_view_class = CohortEditView

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the one form there is."""
        return CohortForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the members and the nominations."""
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/members/", MembersView.as_view(), name="members"),
            path("<int:pk>/nominations/", NominationsView.as_view(), name="nominations"),
            path("<int:pk>/nominations/<uuid:uuid>/", NominationView.as_view(), name="nomination"),
            path(
                "nominations/template/<str:kind>/",
                TemplateFileView.as_view(),
                name="nomination_template",
            ),
        ]
