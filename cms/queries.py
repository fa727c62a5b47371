"""What a learner's page of a lesson shows, its files, the glossary, and where a learner goes on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils.text import slugify

from cms.freezing import Meaning
from cms.models import GlossaryTerm, LastPlace, LessonVersion
from cms.pictures import FILES
from cms.rules import alphabetical, heading_letter, matches
from cms.showing import ShownLesson, shown_lesson
from training.catalogue.models import Activity, CourseVersion
from training.enrollments.models import Enrollment, EnrollmentQuerySet, EnrollmentState
from training.institutions.queries import SupportLine, support_lines
from training.kernel.frozen import Frozen
from training.learning.queries import (
    ActivityState,
    CourseOutline,
    OutlineActivity,
    OutlineModule,
    course_outline,
)
from training.study.queries import Beside, KeptAt, beside


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
    version = _lesson_version(enrollment.course_version, activity)
    spoken, text = version.text(language)
    kept = beside(enrollment=enrollment, key=activity.key)
    outline = course_outline(enrollment=enrollment, language=language, later=kept.set_aside)
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
        beside=kept,
        is_behind_notice=bool(text["notice"])
        and current.state != ActivityState.DONE
        and (activity.key, activity.version) not in kept.read_now,
    )


_versions: Final = Frozen[tuple[UUID, str], LessonVersion](most=200)


def _lesson_version(course_version: CourseVersion, activity: Activity) -> LessonVersion:
    """Return the lesson that an activity pins: read once a process, for it is frozen."""

    def read(_keys: object) -> dict[tuple[UUID, str], LessonVersion]:
        return {key: LessonVersion.objects.get(key=activity.key, number=activity.version)}

    key = (course_version.uuid, activity.key)
    return _versions.get([key], read)[key]


def _support_lines(enrollment: Enrollment, notice: str, language: str) -> list[SupportLine]:
    """Return the country's lines for a lesson with a notice, except those that it names itself."""
    if not notice:
        return []
    lines = support_lines(enrollment.course_version.course.country, language=language)
    return [line for line in lines if line.number not in notice]


def with_last_place(enrollments: EnrollmentQuerySet) -> EnrollmentQuerySet:
    """Fetch, in the same query, which activity each learner opened last."""
    places = LastPlace.objects.filter(enrollment=OuterRef("pk")).order_by()
    return enrollments.annotate(last_key=Subquery(places.values("key")))


def last_place(enrollment: Enrollment) -> str | None:
    """Return the key of the activity opened last; the enrollment comes `with_last_place`."""
    key: str | None = enrollment.last_key  # type: ignore[attr-defined]  # annotated
    return key


def place_to_resume(*, enrollment: Enrollment, language: str) -> str | None:
    """Return the address at which a learner goes on: the last opened activity while it is open.

    Otherwise the next one to do, otherwise the first; None in a version without activities. The
    enrollment comes `with_last_place`.
    """
    outline = course_outline(enrollment=enrollment, language=language)
    last = last_place(enrollment)
    opened = next(
        (a for a in outline.activities if a.key == last and a.state != ActivityState.DONE), None
    )
    found = opened or outline.next_activity or next(iter(outline.activities), None)
    return found.address if found else None


# --- Files ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptFile:
    """A file of a frozen lesson; `download_as` is '' for what a page plays."""

    file: str
    download_as: str


def kept_file(*, enrollment: Enrollment, activity: Activity, name: str) -> KeptFile | None:
    """Return a file of the version that an activity pins, by the name under which it is kept."""
    version = _lesson_version(enrollment.course_version, activity)
    for block in _blocks(version):
        for part, file in block.get("files", {}).items():
            if file == f"{FILES}/{name}":
                suffix = PurePosixPath(file).suffix
                title = slugify(block["title"])[:80] or "document"
                return KeptFile(file, f"{title}{suffix}" if part == "document" else "")
    return None


def _blocks(version: LessonVersion) -> Iterator[Mapping[str, Any]]:
    for text in version.texts.values():
        for passage in text["body"]:
            yield passage["block"]


# --- The glossary -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LetterOfGlossary:
    """A letter of the alphabet and the terms that begin with it."""

    letter: str
    terms: Sequence[Meaning]


@dataclass(frozen=True)
class Glossary:
    """The glossary in one language, or what a search found of it."""

    letters: Sequence[LetterOfGlossary]
    search: str
    found: int
    total: int


def glossary(*, language: str, search: str = "") -> Glossary:
    """Return the approved terms in a language, in its alphabetical order; one query."""
    short = language.partition("-")[0]
    terms = [term.approved_meaning for term in GlossaryTerm.objects.approved_in(short)]
    found = sorted(
        (term for term in terms if matches(search, term.term, term.definition, term.provision)),
        key=lambda term: alphabetical(term.term),
    )
    letters = groupby(found, key=lambda term: heading_letter(term.term))
    return Glossary(
        letters=[LetterOfGlossary(letter, list(group)) for letter, group in letters],
        search=search,
        found=len(found),
        total=len(terms),
    )
