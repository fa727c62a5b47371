"""Enrollments and progress as lists: found, filtered, and taken out."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

import django_filters
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Prefetch, Q, QuerySet
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from training.accounts.models import Post
from training.audit.spreadsheets import ExportedListMixin
from training.desk import progress
from training.desk.progress import SEE_ENROLLMENTS
from training.enrollments.models import Cohort, Edition, Enrollment, EnrollmentState
from training.institutions.models import District, Institution


class DistrictChoices(django_filters.fields.ModelChoiceField):
    """Districts of both lists, each with the list that it stands in."""

    def label_from_instance(self, obj: District) -> str:
        """Return how a district is called in the filter."""
        return f"{obj.name} ({obj.get_kind_display()})"


class DistrictFilter(django_filters.ModelChoiceFilter):
    """A filter over districts of both lists."""

    field_class = DistrictChoices


def of_present_post(name: str, value: Institution | District) -> QuerySet[Post]:
    """Return the posts held today at an institution or in a district of either list."""
    posts = Post.objects.held_on(timezone.localdate()).order_by()
    if name == "district":
        return posts.filter(Q(judicial_district=value) | Q(fiscal_district=value))
    return posts.filter(**{name: value})


class PostFilterSet(WagtailFilterSet):
    """Find people, or what is theirs, by the post that they hold today."""

    person: str  # how the rows lead to the person

    institution = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Institution"),
        queryset=Institution.objects.filter(post__isnull=False).distinct(),
        method="of_post",
    )
    district = DistrictFilter(
        label=gettext_lazy("District"),
        queryset=District.objects.order_by("name", "kind"),
        method="of_post",
    )

    def of_post(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Keep those of people who hold such a post today."""
        people = of_present_post(name, value).values("person")
        return queryset.filter(**{f"{self.person}__in": people})


class EnrollmentFilterSet(PostFilterSet):
    """Find enrollments by what they are in, whose they are, and when."""

    person = "learner"

    edition = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Edition"), queryset=Edition.objects.all()
    )
    cohort = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Cohort"), queryset=Cohort.objects.all()
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=EnrollmentState.choices
    )
    enrolled_at = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Enrolled"), widget=DateRangePickerWidget
    )
    completed_at = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Completed"), widget=DateRangePickerWidget
    )

    class Meta:
        model = Enrollment
        fields: list[str] = []


class ProgressFilterSet(EnrollmentFilterSet):
    """Find also those who have done nothing for two weeks."""

    quiet = django_filters.ChoiceFilter(
        label=gettext_lazy("Activity"),
        choices=[("quiet", gettext_lazy("In progress, and nothing for 14 days"))],
        method="without_activity",
    )

    def without_activity(
        self, queryset: QuerySet[Enrollment], name: str, value: str
    ) -> QuerySet[Enrollment]:
        """Keep those in progress who have done nothing for two weeks."""
        since = timezone.now() - timedelta(days=progress.QUIET_DAYS)
        return progress.quiet(queryset, since=since)


def present_posts() -> QuerySet[Post]:
    """Return the posts held today with what a line shows of them."""
    return Post.objects.held_on(timezone.localdate()).select_related(
        "institution", "judicial_district", "fiscal_district"
    )


def _post(enrollment: Any) -> Any:
    posts = enrollment.learner.present_posts
    return posts[0] if posts else None


def _institution(enrollment: Enrollment) -> str:
    post = _post(enrollment)
    return str(post.institution) if post else ""


def _district(enrollment: Enrollment) -> str:
    post = _post(enrollment)
    return str((post and (post.judicial_district or post.fiscal_district)) or "")


def _course(enrollment: Enrollment) -> str:
    return enrollment.course_version.title(get_language() or "es")


class MarkColumn(Column):
    """A mark as everywhere else on the pages; a number in the file."""

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        """Write it with a point and without needless zeros."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        if context["raw_value"] is not None:
            context["value"] = floatformat(context["raw_value"], "-2u")
        return context


LEARNER: Final = TitleColumn(
    "learner",
    label=gettext_lazy("Learner"),
    sort_key="learner__display_name",
    accessor="learner.display_name",
    get_url=lambda enrollment: reverse("desk:person", args=[enrollment.learner.uuid]),
)
EDITION: Final = Column("edition", label=gettext_lazy("Edition"), sort_key="edition__code")
COHORT: Final = Column("cohort", label=gettext_lazy("Cohort"), sort_key="cohort__code")
STATE: Final = Column(
    "state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"
)
EMAIL: Final = Column("email", label=gettext_lazy("E-mail"), accessor="learner.email")
COURSE: Final = Column("course", label=gettext_lazy("Course"), accessor=_course)
INSTITUTION: Final = Column("institution", label=gettext_lazy("Institution"), accessor=_institution)
DISTRICT: Final = Column("district", label=gettext_lazy("District"), accessor=_district)


class DeskList(PermissionRequiredMixin, ExportedListMixin, BaseListingView):
    """A list of the desk: searched, filtered, paged, taken out."""

    is_searchable = True
    template_name = "wagtailadmin/generic/listing.html"
    results_template_name = "wagtailadmin/generic/listing_results.html"
    paginate_by = 50

    def get_permission_required(self) -> tuple[str]:
        """Ask for the right that taking the list out asks for."""
        return (self.right,)

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Settle what is equal, so that no page repeats a row."""
        ordered = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "pk")


class EnrollmentsView(DeskList):
    """Who is enrolled in what, and how it stands."""

    right = SEE_ENROLLMENTS
    page_title = gettext_lazy("Enrollments")
    header_icon = "list-ul"
    verbose_name_plural = gettext_lazy("enrollments")
    index_url_name = "desk:enrollments"
    index_results_url_name = "desk:enrollments_results"
    search_fields = (
        "learner__display_name",
        "learner__email",
        "learner__document_number",
        "name_on_certificate",
        "edition__code",
    )
    filterset_class = EnrollmentFilterSet
    default_ordering = "-enrolled_at"
    columns: Sequence[Column] = (
        LEARNER,
        EDITION,
        COHORT,
        INSTITUTION,
        DISTRICT,
        DateColumn("enrolled_at", label=gettext_lazy("Enrolled"), sort_key="enrolled_at"),
        STATE,
        DateColumn("completed_at", label=gettext_lazy("Completed"), sort_key="completed_at"),
    )
    more_columns: Sequence[Column] = (
        EMAIL,
        COURSE,
        Column("name_on_certificate", label=gettext_lazy("Name on the certificate")),
        Column("post", label=gettext_lazy("Post"), accessor=lambda e: str(_post(e) or "")),
    )

    def get_base_queryset(self) -> QuerySet[Enrollment]:
        """Return all, with what the columns show."""
        return (
            Enrollment.objects.with_course()
            .select_related("learner", "cohort")
            .prefetch_related(
                Prefetch("learner__posts", queryset=present_posts(), to_attr="present_posts")
            )
        )


class ProgressView(EnrollmentsView):
    """How far everybody has come; marks for those alone who may see them (R-34)."""

    page_title = gettext_lazy("Progress")
    header_icon = "history"
    index_url_name = "desk:progress"
    index_results_url_name = "desk:progress_results"
    filterset_class = ProgressFilterSet
    only_on_page = frozenset({"done"})  # "6 / 12" would become a day of December
    default_ordering = "-last_at"
    columns: Sequence[Column] = (
        LEARNER,
        EDITION,
        COHORT,
        STATE,
        Column("done", label=gettext_lazy("Done of what is required"), accessor="line.done"),
        MarkColumn("mark", label=gettext_lazy("Mark so far"), accessor="line.mark"),
        Column("next", label=gettext_lazy("Next"), accessor="line.next"),
        DateColumn("last_at", label=gettext_lazy("Last activity"), sort_key="last_at"),
    )
    more_columns: Sequence[Column] = (
        EMAIL,
        COURSE,
        INSTITUTION,
        DISTRICT,
        Column("required_done", label=gettext_lazy("Done"), accessor="line.required_done"),
        Column("required", label=gettext_lazy("Required"), accessor="line.required"),
        DateColumn("enrolled_at", label=gettext_lazy("Enrolled")),
        DateColumn("completed_at", label=gettext_lazy("Completed")),
    )

    def get_base_queryset(self) -> QuerySet[Enrollment]:
        """Return all with the moment of their last activity."""
        return progress.with_last_activity(super().get_base_queryset())

    @cached_property
    def own_cohorts(self) -> frozenset[int]:
        """Return whose marks this person sees besides."""
        return progress.coordinated_by(self.request.user)

    def decorated(self, rows: Iterable[Enrollment]) -> Sequence[Enrollment]:
        """Add to each row how far it is."""
        return progress.with_lines(
            rows,
            user=self.request.user,
            own_cohorts=self.own_cohorts,
            language=get_language() or "es",
        )
