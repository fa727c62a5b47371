"""What the public page of a course tells of its published version and its editions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum

from training.catalogue.models import CourseVersion
from training.enrollments.models import Cohort, Edition, Enrollment, EnrollmentState
from training.kernel.activities import provider_named
from training.kernel.texts import in_language


@dataclass(frozen=True)
class OfferedActivity:
    """One line of the outline."""

    title: str
    minutes: int
    icon: str


@dataclass(frozen=True)
class OfferedModule:
    """A module and its lines."""

    title: str
    activities: Sequence[OfferedActivity]


@dataclass(frozen=True)
class OfferedEdition:
    """An edition that takes people now or later; `title` is '' when it has no name of its own.

    `places_left` is None when nobody counts them.
    """

    edition: Edition
    title: str
    takes_now: bool
    places_left: int | None

    @property
    def is_by_application(self) -> bool:
        """Say whether one applies, and is answered."""
        return bool(self.edition.entry == Edition.Entry.APPLICATION)

    @property
    def is_by_nomination(self) -> bool:
        """Say whether only institutions name those who take part."""
        return bool(self.edition.entry == Edition.Entry.NOMINATION)


@dataclass(frozen=True)
class CourseOffer:
    """A course as it can be taken now."""

    modules: Sequence[OfferedModule]
    editions: Sequence[OfferedEdition]
    enrollment: Enrollment | None

    @property
    def to_enter(self) -> OfferedEdition | None:
        """Return the edition that somebody who wants the course should enter: the first open one.

        One with places left comes before one with a waiting list.
        """
        now = [offered for offered in self.editions if offered.takes_now]
        return min(now, key=lambda offered: offered.places_left == 0, default=None)


def course_offer(*, key: str, learner: Any, language: str, now: datetime) -> CourseOffer:
    """Return the outline of the last version, the next editions, and one's own enrollment."""
    version = (
        CourseVersion.objects.filter(course__key=key)
        .order_by("-number")
        .prefetch_related("activities")
        .first()
    )
    if version is None:
        return CourseOffer(modules=[], editions=[], enrollment=None)
    editions = list(
        Edition.objects.filter(
            course_version__course=version.course_id, enrollment_closes_at__gt=now
        ).order_by("starts_on", "code")
    )
    places = _places_left(editions)
    return CourseOffer(
        modules=_modules(version, language),
        editions=[
            OfferedEdition(
                edition=edition,
                title=in_language(edition.titles, language),
                takes_now=edition.entry != Edition.Entry.NOMINATION
                and edition.enrollment_opens_at <= now,
                places_left=places.get(edition.pk),
            )
            for edition in editions
        ],
        enrollment=_enrollment(learner, version),
    )


def _places_left(editions: Sequence[Edition]) -> dict[int, int]:
    """Return the free places of the editions whose places are counted, in two queries."""
    capacities = (
        Cohort.objects.filter(edition__in=editions)
        .order_by()
        .values_list("edition")
        .annotate(places=Sum("capacity"))
    )
    taken = dict(
        Enrollment.objects.filter(cohort__edition__in=editions)
        .holding_a_place()
        .order_by()
        .values_list("cohort__edition")
        .annotate(people=Count("pk"))
    )
    return {
        edition: max(0, places - taken.get(edition, 0))
        for edition, places in dict(capacities).items()
    }


def _modules(version: CourseVersion, language: str) -> list[OfferedModule]:
    by_key: Mapping[str, Any] = {activity.key: activity for activity in version.activities.all()}
    return [
        OfferedModule(
            title=in_language(module["title"], language),
            activities=[
                OfferedActivity(
                    title=by_key[key].title(language),
                    minutes=by_key[key].minutes,
                    icon=provider_named(by_key[key].provider).icon,
                )
                for key in module["activities"]
            ],
        )
        for module in version.outline
    ]


def _enrollment(learner: Any, version: CourseVersion) -> Enrollment | None:
    if not learner.is_authenticated:
        return None
    own = Enrollment.objects.of(learner).filter(course_version__course=version.course_id)
    return own.exclude(state=EnrollmentState.WITHDRAWN).order_by("-enrolled_at").first()
