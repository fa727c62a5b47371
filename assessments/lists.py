"""Attempts as a list: who tried what, when, and the mark. Never an answer, nor the paper."""

from typing import Any, Final

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils.translation import get_language, gettext_lazy
from wagtail.admin.filters import DateRangePickerWidget
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn

from assessments.models import Attempt
from assessments.models.attempt import AttemptState
from training.desk.lists import DeskList, MarkColumn, PostFilterSet, present_posts
from training.desk.progress import enrollments_with_marks_for
from training.enrollments.models import Cohort, Edition, EnrollmentState
from training.progress.rules import mark_on_scale

SEE_ATTEMPTS: Final = "assessments.view_attempt"


class AttemptFilterSet(PostFilterSet):
    """Find attempts by what they are part of, whose they are, and when."""

    person = "enrollment__learner"

    edition = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Edition"),
        queryset=Edition.objects.all(),
        field_name="enrollment__edition",
    )
    cohort = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Cohort"),
        queryset=Cohort.objects.all(),
        field_name="enrollment__cohort",
    )
    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=AttemptState.choices)
    is_passed = django_filters.BooleanFilter(label=gettext_lazy("Passed"))
    enrollment__state = django_filters.ChoiceFilter(
        label=gettext_lazy("State of the enrollment"), choices=EnrollmentState.choices
    )
    submitted_at = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Handed in"), widget=DateRangePickerWidget
    )

    class Meta:
        model = Attempt
        fields: list[str] = []


def _mark(attempt: Attempt) -> Any:
    if attempt.scaled is None:
        return None
    return mark_on_scale(attempt.scaled, maximum=attempt.enrollment.edition.scale_maximum)


def _quiz(attempt: Attempt) -> str:
    return attempt.activity.title(get_language() or "es")


def _institution(attempt: Any) -> str:
    posts = attempt.enrollment.learner.present_posts
    return str(posts[0].institution) if posts else ""


class AttemptsView(DeskList):
    """The attempts whose marks a person may see: a registrar all, others those of their cohorts."""

    right = SEE_ATTEMPTS
    page_title = gettext_lazy("Attempts at quizzes")
    header_icon = "list-ol"
    verbose_name_plural = gettext_lazy("attempts")
    index_url_name = "attempts"
    index_results_url_name = "attempts_results"
    search_fields = (
        "enrollment__learner__display_name",
        "enrollment__learner__email",
        "enrollment__edition__code",
    )
    filterset_class = AttemptFilterSet
    default_ordering = "-started_at"
    columns = (
        Column(
            "learner",
            label=gettext_lazy("Learner"),
            accessor="enrollment.learner.display_name",
            sort_key="enrollment__learner__display_name",
        ),
        Column("edition", label=gettext_lazy("Edition"), accessor="enrollment.edition"),
        Column("cohort", label=gettext_lazy("Cohort"), accessor="enrollment.cohort"),
        Column("quiz", label=gettext_lazy("Quiz"), accessor=_quiz),
        Column("number", label=gettext_lazy("Attempt")),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display"),
        MarkColumn("mark", label=gettext_lazy("Mark"), accessor=_mark),
        BooleanColumn("is_passed", label=gettext_lazy("Passed")),
        DateColumn("started_at", label=gettext_lazy("Begun"), sort_key="started_at"),
        DateColumn("submitted_at", label=gettext_lazy("Handed in"), sort_key="submitted_at"),
    )
    more_columns = (
        Column("email", label=gettext_lazy("E-mail"), accessor="enrollment.learner.email"),
        Column("institution", label=gettext_lazy("Institution"), accessor=_institution),
        Column(
            "maximum",
            label=gettext_lazy("Highest mark"),
            accessor="enrollment.edition.scale_maximum",
        ),
    )

    def get_base_queryset(self) -> QuerySet[Attempt]:
        """Return them with what the columns show; the paper stays where it is."""
        return (
            Attempt.objects.filter(enrollment__in=enrollments_with_marks_for(self.request.user))
            .select_related("activity", "enrollment__learner", "enrollment__cohort")
            .select_related("enrollment__edition")
            .defer("paper")
            .prefetch_related(
                Prefetch(
                    "enrollment__learner__posts",
                    queryset=present_posts(),
                    to_attr="present_posts",
                )
            )
        )
