"""What a learner's page of a lesson shows, and where a learner goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from cms.models import LastPlace, LessonVersion
from cms.showing import ShownLesson, shown_lesson
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment, EnrollmentState
from training.institutions.queries import SupportLine, support_lines
from training.learning.queries import (
    ActivityState,
    CourseOutline,
    OutlineActivity,
    OutlineModule,
    course_outline,
)
from training.study.queries import Beside, KeptAt, beside, reads_now


@dataclass(frozen=True)
class LessonReading:
    """One lesson of a course, as its learner sees it now."""

    lesson: ShownLesson
    enrollment: Enrollment
    outline: CourseOutline
    module: OutlineModule
    current: OutlineActivity
    before: OutlineActivity | None
    after: OutlineActivity | None
    place: int
    support_lines: Sequence[SupportLine]
    is_in_other_language: bool
    beside: Beside
    is_behind_notice: bool

    @property
    def is_done(self) -> bool:
        """Say whether the learner has done this lesson."""
        return self.current.state == ActivityState.DONE

    @property
    def is_read_only(self) -> bool:
        """Say whether the learner has left the edition."""
        return bool(self.enrollment.state == EnrollmentState.WITHDRAWN)

    @property
    def notes_of_earlier_versions(self) -> list[KeptAt]:
        """Return what the learner keeps at places that this version no longer has."""
        return self.beside.elsewhere(p.id for p in self.lesson.body if p.is_heading)


def lesson_reading(*, enrollment: Enrollment, activity: Activity, language: str) -> LessonReading:
    """Return a lesson of the pinned version in a language; the number of queries is constant.

    `enrollment` comes with its edition, course version, course and country.
    """
    version = LessonVersion.objects.get(key=activity.key, number=activity.version)
    spoken, text = version.text(language)
    outline = course_outline(enrollment=enrollment, language=language)
    before, after = outline.around(activity.key)
    module, place = next(
        (module, place)
        for module in outline.modules
        for place, line in enumerate(module.activities, start=1)
        if line.key == activity.key
    )
    current = module.activities[place - 1]
    return LessonReading(
        lesson=shown_lesson(
            text, language=spoken, minutes=version.minutes, check_by=version.check_by
        ),
        enrollment=enrollment,
        outline=outline,
        module=module,
        current=current,
        before=before,
        after=after,
        place=place,
        support_lines=_support_lines(enrollment, text["notice"], language),
        is_in_other_language=spoken != language.partition("-")[0],
        beside=beside(enrollment=enrollment, key=activity.key),
        is_behind_notice=bool(text["notice"])
        and current.state != ActivityState.DONE
        and not reads_now(enrollment=enrollment, activity=activity),
    )


def _support_lines(enrollment: Enrollment, notice: str, language: str) -> list[SupportLine]:
    """Return the country's lines for a lesson with a notice, except those that it names itself."""
    if not notice:
        return []
    lines = support_lines(enrollment.course_version.course.country, language=language)
    return [line for line in lines if line.number not in notice]


def place_to_resume(*, enrollment: Enrollment, language: str) -> str | None:
    """Return the address at which a learner goes on: the last opened activity while it is open.

    Otherwise the next one to do, otherwise the first; None in a version without activities.
    """
    outline = course_outline(enrollment=enrollment, language=language)
    last = LastPlace.objects.filter(enrollment=enrollment).values_list("key", flat=True).first()
    opened = next(
        (a for a in outline.activities if a.key == last and a.state != ActivityState.DONE), None
    )
    found = opened or outline.next_activity or next(iter(outline.activities), None)
    return found.address if found else None
