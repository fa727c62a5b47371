"""What the public page of a course tells of its published version and its editions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)

from training.catalogue.models import CourseVersion
from training.catalogue.queries import activities_of
from training.compiled import CompiledQuery, Slot
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

    version: CourseVersion | None
    editions: Sequence[OfferedEdition]
    own: UUID | None  # the enrollment of whoever asks

    @property
    def to_enter(self) -> OfferedEdition | None:
        """Return the edition that somebody who wants the course should enter: the first open one.

        One with places left comes before one with a waiting list.
        """
        now = [offered for offered in self.editions if offered.takes_now]
        return min(now, key=lambda offered: offered.places_left == 0, default=None)


def course_offer(*, key: str, learner: Any, language: str, now: datetime) -> CourseOffer:
    """Return the last version, the next editions, and one's own enrollment: two queries."""
    version = _last_version.get(key=key, learner=learner.pk)
    if version is None:
        return CourseOffer(version=None, editions=[], own=None)
    return CourseOffer(
        version=version,
        editions=[
            OfferedEdition(
                edition=edition,
                title=in_language(edition.titles, language),
                takes_now=edition.entry != Edition.Entry.NOMINATION
                and edition.enrollment_opens_at <= now,
                places_left=places_left,
            )
            for edition, places_left in _editions(course=version.course_id, now=now)
        ],
        own=vars(version)["own"],
    )


def _with_own_enrollment() -> "QuerySet[CourseVersion, CourseVersion]":
    own = (
        Enrollment.objects.of(Slot("learner"))
        .filter(course_version__course=OuterRef("course"))
        .exclude(state=EnrollmentState.WITHDRAWN)
        .order_by("-enrolled_at")
    )
    versions = CourseVersion.objects.filter(course__key=Slot("key", CharField()))
    return versions.annotate(own=Subquery(own.values("uuid")[:1])).order_by("-number")[:1]


_last_version: Final = CompiledQuery(_with_own_enrollment)


def _next_editions() -> "QuerySet[Edition, Edition]":
    """Return the editions of a course that take people now or later, with their places."""
    places = Cohort.objects.filter(edition=OuterRef("pk")).order_by().values("edition")
    taken = (
        Enrollment.objects.filter(cohort__edition=OuterRef("pk"))
        .holding_a_place()
        .order_by()
        .values("cohort__edition")
    )
    return (
        Edition.objects.filter(
            course_version__course=Slot("course"),
            enrollment_closes_at__gt=Slot("now", DateTimeField()),
        )
        .annotate(
            places=Subquery(places.annotate(all=Sum("capacity")).values("all")),
            taken=Subquery(taken.annotate(all=Count("pk")).values("all")),
        )
        .order_by("starts_on", "code")
    )


_open_editions: Final = CompiledQuery(_next_editions)


def _editions(*, course: int, now: datetime) -> Iterator[tuple[Edition, int | None]]:
    """Yield the next editions with their free places, None where nobody counts them: one query."""
    for edition in _open_editions.all(course=course, now=now):
        places, taken = vars(edition)["places"], vars(edition)["taken"]
        yield edition, None if places is None else max(0, places - (taken or 0))


def modules_of(version: CourseVersion, language: str) -> list[OfferedModule]:
    """Return the outline of a version in a language."""
    activities = activities_of([version]).get(version.pk, ())
    by_key = {activity.key: activity for activity in activities}
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
