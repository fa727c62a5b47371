"""What lessons, the glossary and the catalogue show, and where a learner goes on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, QuerySet, Subquery, UUIDField
from django.http import HttpRequest
from django.utils.text import slugify

from cms.freezing import Meaning
from cms.models import CoursePage, GlossaryTerm, LastPlace, LessonVersion
from cms.models.course import ListedCourse
from cms.models.topic import named_topics
from cms.pictures import FILES
from cms.rules import Length, alphabetical, heading_letter, length_of, matches
from cms.showing import ShownLesson, drawn_lesson, shown_lesson
from training.accounts.models import User
from training.catalogue.models import Activity, CourseVersion
from training.compiled import CompiledQuery, Slot
from training.enrollments.models import (
    Edition,
    Enrollment,
    EnrollmentState,
)
from training.institutions.models import Country
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

    `enrollment` is an `own_enrollment`.
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
        lesson=_drawn_lesson(enrollment.course_version, activity, version, language),
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


_drawn: Final = Frozen[tuple[UUID, str, str], ShownLesson](most=200)


def _drawn_lesson(
    course_version: CourseVersion, activity: Activity, version: LessonVersion, language: str
) -> ShownLesson:
    """Return what an activity shows in a language, which is the present one: drawn once a process.

    What is frozen is not drawn again for every reader.
    """

    def draw(_keys: object) -> dict[tuple[UUID, str, str], ShownLesson]:
        spoken, text = version.text(language)
        lesson = shown_lesson(
            text, language=spoken, minutes=version.minutes, check_by=version.check_by
        )
        return {key: drawn_lesson(lesson)}

    key = (course_version.uuid, activity.key, language)
    return _drawn.get([key], draw)[key]


_country: Final[CompiledQuery[Country]] = CompiledQuery(
    lambda: Country.objects.filter(course__versions=Slot("version"))
)


def _support_lines(enrollment: Enrollment, notice: str, language: str) -> list[SupportLine]:
    """Return the country's lines for a lesson with a notice, except those that it names itself."""
    if not notice:
        return []
    country = _country.get(version=enrollment.course_version_id)
    lines = support_lines(country, language=language) if country else []
    return [line for line in lines if line.number not in notice]


def _own_enrollment() -> "QuerySet[Enrollment, Enrollment]":
    places = LastPlace.objects.filter(enrollment=OuterRef("pk")).order_by()
    return (
        Enrollment.objects.of(Slot("learner"))
        .filter(uuid=Slot("uuid", UUIDField()))
        .select_related("edition", "course_version")
        .annotate(last_key=Subquery(places.values("key")))
        .order_by()
    )


_own: Final = CompiledQuery(_own_enrollment)


def own_enrollment(*, learner: User | AnonymousUser, uuid: UUID) -> Enrollment | None:
    """Return an enrollment of a learner's own, with all that a lesson asks of it: one query."""
    return _own.get(learner=learner.pk, uuid=uuid)


def last_place(enrollment: Enrollment) -> str | None:
    """Return the key of the activity opened last; the enrollment is an `own_enrollment`."""
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


# --- The catalogue ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What a visitor of the catalogue looks for; "" and False ask for nothing."""

    search: str = ""
    topic: str = ""
    length: str = ""
    language: str = ""
    is_open: bool = False

    @property
    def is_anything(self) -> bool:
        """Say whether some courses are left out."""
        return any((self.search, self.topic, self.length, self.language, self.is_open))


@dataclass(frozen=True)
class CatalogueCourse:
    """A course of the catalogue: its text, its topics by name, where and when it is to be had."""

    shown: ListedCourse
    topics: Sequence[str]
    languages: Sequence[str]
    is_open: bool


@dataclass(frozen=True)
class Catalogue:
    """The published courses that a visitor looks for, and by what they can be told apart."""

    courses: Sequence[CatalogueCourse]
    wanted: Wanted
    topics: Mapping[str, str]
    languages: Mapping[str, str]
    total: int

    @property
    def found(self) -> int:
        """Return how many courses are wanted."""
        return len(self.courses)


def catalogue(*, request: HttpRequest, language: str, wanted: Wanted, now: datetime) -> Catalogue:
    """Return the published courses that are wanted, in three queries.

    A course is told in the language of the reader, else in the one that it was written in. What
    an old address asks for and no course knows any more is not asked for.
    """
    names = named_topics(language)
    open_keys = set(
        Edition.objects.taking_at(now).values_list("course_version__course__key", flat=True)
    )
    courses = [
        CatalogueCourse(
            shown=shown,
            topics=[name for code, name in names.items() if code in shown.topics],
            languages=languages,
            is_open=key in open_keys,
        )
        for key, shown, languages in _published_courses(request, language.partition("-")[0])
    ]
    used = {code for course in courses for code in course.shown.topics}
    spoken = {code for course in courses for code in course.languages}
    wanted = replace(
        wanted,
        topic=wanted.topic if wanted.topic in used & names.keys() else "",
        length=wanted.length if wanted.length in set(Length) else "",
        language=wanted.language if wanted.language in spoken else "",
    )
    found = [course for course in courses if _is_wanted(course, wanted)]
    return Catalogue(
        courses=sorted(found, key=lambda course: alphabetical(course.shown.title)),
        wanted=wanted,
        topics={code: name for code, name in names.items() if code in used},
        languages={code: str(name) for code, name in settings.LANGUAGES if code in spoken},
        total=len(courses),
    )


def _published_courses(
    request: HttpRequest, language: str
) -> Iterator[tuple[str, ListedCourse, list[str]]]:
    """Yield each course as it was published, with its key and its languages; one query."""
    pages: dict[str, dict[str, CoursePage]] = {}
    for page in (
        CoursePage.objects.live()
        .filter(alias_of=None, live_revision__isnull=False)
        .select_related("live_revision", "locale")
    ):
        pages.setdefault(str(page.translation_key), {})[page.locale.language_code] = page
    order = [language, settings.LANGUAGE_CODE]
    for key, told in pages.items():
        spoken = next((code for code in order if code in told), next(iter(told)))
        languages = [code for code, _name in settings.LANGUAGES if code in told]
        yield key, told[spoken].listed(request), languages


def _is_wanted(course: CatalogueCourse, wanted: Wanted) -> bool:
    shown = course.shown
    return (
        matches(wanted.search, shown.title, shown.summary, shown.code, *shown.outcomes)
        and (not wanted.topic or wanted.topic in shown.topics)
        and (not wanted.length or length_of(shown.hours) == Length(wanted.length))
        and (not wanted.language or wanted.language in course.languages)
        and (not wanted.is_open or course.is_open)
    )
