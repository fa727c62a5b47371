"""The progress of one's cohorts: who is stuck where. Answers are never part of it."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets.button import Button, HeaderButton

from training.desk import progress
from training.desk.lists import DeskList
from training.desk.progress import SEE_COHORT_PROGRESS, SEE_ENROLLMENTS
from training.desk.views import SEE_RECORDS, DeskPage, StaffRequest
from training.enrollments.models import Cohort


class CohortFilterSet(WagtailFilterSet):
    """Find cohorts by edition."""

    class Meta:
        model = Cohort
        fields = ["edition"]


class CohortsView(DeskList):
    """The cohorts that a person guides; a registrar sees all."""

    right = SEE_COHORT_PROGRESS
    page_title = gettext_lazy("Progress of my cohorts")
    header_icon = "group"
    verbose_name_plural = gettext_lazy("cohorts that you guide")
    index_url_name = "desk:cohorts"
    index_results_url_name = "desk:cohorts_results"
    search_fields = ("name", "code", "edition__code")
    filterset_class = CohortFilterSet
    default_ordering = "-edition"
    columns = (
        TitleColumn(
            "name",
            label=gettext_lazy("Cohort"),
            sort_key="name",
            get_url=lambda cohort: reverse("desk:cohort", args=[cohort.uuid]),
        ),
        Column("edition", label=gettext_lazy("Edition"), sort_key="edition"),
        Column("members", label=gettext_lazy("Learners"), sort_key="members"),
        Column("completed", label=gettext_lazy("Completed"), sort_key="completed"),
        Column("silent", label=gettext_lazy("Nothing for 14 days"), sort_key="silent"),
    )

    def get_base_queryset(self) -> QuerySet[Any]:
        """Return the cohorts with their counts."""
        own = progress.cohorts_of(self.request.user).select_related("edition")
        return progress.with_counts(own, now=timezone.now())


class CohortView(DeskPage, TemplateView):
    """One cohort: how many are how far, who is silent, and where each one is."""

    request: StaffRequest
    permission_required = SEE_COHORT_PROGRESS
    template_name = "desk/cohort.html"
    header_icon = "group"
    trail = (("desk:cohorts", gettext_lazy("Progress of my cohorts")),)

    @cached_property
    def cohort(self) -> Cohort:
        """Return which one of those that the person guides."""
        own = progress.cohorts_of(self.request.user)
        return get_object_or_404(own.select_related("edition"), uuid=self.kwargs["uuid"])

    def get_page_title(self) -> str:
        """Return the cohort's name."""
        return self.cohort.name

    def get_header_buttons(self) -> list[Button]:
        """Lead to the same learners as a list, which can be taken out."""
        if not self.request.user.has_perm(SEE_ENROLLMENTS):
            return []
        listed = f"{reverse('desk:progress')}?cohort={self.cohort.pk}"
        return [HeaderButton(gettext_lazy("As a list"), url=listed, icon_name="list-ul")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how far everybody is."""
        far = progress.cohort_progress(
            cohort=self.cohort, now=timezone.now(), language=get_language()
        )
        return super().get_context_data(
            progress=far,
            quiet_days=progress.QUIET_DAYS,
            shows_records=self.request.user.has_perm(SEE_RECORDS),
            **kwargs,
        )
