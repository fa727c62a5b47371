"""What the public page of a course tells of its published version and its editions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from training.catalogue.models import CourseVersion
from training.enrollments.models import Edition, Enrollment, EnrollmentState
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
    """An edition that takes people now; `title` is '' when it has no name of its own."""

    edition: Edition
    title: str

    @property
    def is_by_application(self) -> bool:
        """Say whether one applies, and is answered."""
        return bool(self.edition.entry == Edition.Entry.APPLICATION)


@dataclass(frozen=True)
class CourseOffer:
    """A course as it can be taken now."""

    modules: Sequence[OfferedModule]
    editions: Sequence[OfferedEdition]
    enrollment: Enrollment | None


def course_offer(*, key: str, learner: Any, language: str, now: datetime) -> CourseOffer:
    """Return the outline of the last version, the open editions, and one's own enrollment."""
    version = (
        CourseVersion.objects.filter(course__key=key)
        .order_by("-number")
        .prefetch_related("activities")
        .first()
    )
    if version is None:
        return CourseOffer(modules=[], editions=[], enrollment=None)
    editions = Edition.objects.taking_at(now).filter(course_version__course=version.course_id)
    return CourseOffer(
        modules=_modules(version, language),
        editions=[
            OfferedEdition(edition=edition, title=in_language(edition.titles, language))
            for edition in editions.order_by("starts_on", "code")
        ],
        enrollment=_enrollment(learner, version),
    )


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
