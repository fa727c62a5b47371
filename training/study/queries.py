"""What a learner keeps, beside one activity and altogether, with a constant number of queries."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import (
    CharField,
    F,
    IntegerField,
    QuerySet,
    TextField,
    Value,
)

from training.accounts.models import User
from training.catalogue.models import Activity, Course
from training.compiled import CompiledQuery, Slot
from training.enrollments.models import Enrollment
from training.kernel.activities import provider_named
from training.study.models import Bookmark, Note, NoticeChoice
from training.study.rules import is_found


@dataclass(frozen=True)
class KeptAt:
    """What somebody keeps at one place of an activity."""

    place: str
    place_words: str = ""
    words: str = ""
    revision: int = 0
    saved_at: datetime | None = None
    is_bookmarked: bool = False

    @property
    def is_nothing(self) -> bool:
        """Say whether nothing was ever kept here."""
        return not (self.revision or self.is_bookmarked)


@dataclass(frozen=True)
class Beside:
    """All that somebody keeps beside one activity, by place; and what they chose at notices.

    `set_aside` holds (enrollment, key), `read_now` (key, version), of the whole course.
    """

    places: Mapping[str, KeptAt]
    set_aside: Set[tuple[int, str]]
    read_now: Set[tuple[str, int]]

    def at(self, place: str) -> KeptAt:
        """Return what is kept at a place, also when it is nothing."""
        return self.places.get(place) or KeptAt(place)

    def elsewhere(self, places: Iterable[str]) -> list[KeptAt]:
        """Return what is kept at places that are none of these: those of earlier versions."""
        known = {"", *places}
        return [
            kept
            for place, kept in self.places.items()
            if place not in known and (kept.words or kept.is_bookmarked)
        ]


@dataclass(frozen=True)
class _Row:
    """A note, a bookmark or a choice at a content notice, as one query returns them all."""

    kind: str
    key: str
    place: str
    place_words: str
    words: str
    revision: int
    saved_at: datetime


@dataclass(frozen=True)
class KeptLine:
    """A note or a bookmark in the list of all of them. `address` is "" when it leads nowhere."""

    title: str
    kept: KeptAt
    address: str


@dataclass(frozen=True)
class KeptInCourse:
    """Notes and bookmarks of one course, in the order of its activities."""

    title: str
    lines: Sequence[KeptLine]


def _kept_beside() -> "QuerySet[Any, tuple[Any, ...]]":
    """Return notes, bookmarks and choices at notices as rows alike, for one query."""
    own = {
        "learner": Slot("learner"),
        "course": Slot("course"),
        "key": Slot("key", CharField()),
    }
    nothing, no_number = Value("", TextField()), Value(0, IntegerField())
    notes = Note.objects.filter(**own).annotate(
        kind=Value("note", TextField()), number=F("revision"), at=F("saved_at")
    )
    marks = Bookmark.objects.filter(**own).annotate(
        kind=Value("mark", TextField()), words=nothing, number=no_number, at=F("made_at")
    )
    choices = NoticeChoice.objects.filter(enrollment=Slot("enrollment")).annotate(
        kind=F("choice"),
        place=nothing,
        place_words=nothing,
        words=nothing,
        number=F("version"),
        at=F("chosen_at"),
    )
    columns = ("kind", "key", "place", "place_words", "words", "number", "at")
    parts = [part.order_by().values_list(*columns) for part in (notes, marks, choices)]
    return parts[0].union(*parts[1:], all=True)


_beside: Final = CompiledQuery(_kept_beside)


def beside(*, enrollment: Enrollment, key: str) -> Beside:
    """Return what a learner keeps beside an activity and chose at content notices: one query."""
    by_kind: dict[str, list[_Row]] = {}
    for row in _beside.all(
        learner=enrollment.learner_id,
        course=enrollment.course_version.course_id,
        key=key,
        enrollment=enrollment.pk,
    ):
        by_kind.setdefault(row[0], []).append(_Row(*row))
    return Beside(
        places={
            kept.place: kept for kept in _merged(by_kind.get("note", []), by_kind.get("mark", []))
        },
        set_aside={(enrollment.pk, row.key) for row in by_kind.get(NoticeChoice.Choice.LATER, [])},
        read_now={(row.key, row.revision) for row in by_kind.get(NoticeChoice.Choice.NOW, [])},
    )


def set_aside(enrollments: Iterable[Enrollment]) -> set[tuple[int, str]]:
    """Return (enrollment, key) of each activity that a learner wants to come back to."""
    return set(
        NoticeChoice.objects.filter(
            enrollment__in=list(enrollments), choice=NoticeChoice.Choice.LATER
        ).values_list("enrollment_id", "key")
    )


def all_kept(*, learner: User, language: str, wanted: str = "") -> list[KeptInCourse]:
    """Return a person's notes and bookmarks by course; `wanted` keeps those with these words."""
    notes: dict[tuple[int, str], list[Note]] = {}
    marks: dict[tuple[int, str], list[Bookmark]] = {}
    for note in Note.objects.of(learner).exclude(words=""):
        notes.setdefault((note.course_id, note.key), []).append(note)
    for mark in Bookmark.objects.of(learner):
        marks.setdefault((mark.course_id, mark.key), []).append(mark)
    keys = notes.keys() | marks.keys()
    if not keys:
        return []
    enrolled: dict[int, Enrollment] = {}
    for enrollment in Enrollment.objects.of(learner).with_course().order_by("enrolled_at", "pk"):
        enrolled[enrollment.course_version.course_id] = enrollment  # the latest stays
    activities = _activities(keys, enrolled)
    found: dict[int, list[KeptLine]] = {}
    for course_id, key in sorted(keys, key=lambda pair: _order(activities.get(pair))):
        activity, own = activities[course_id, key], enrolled[course_id]
        is_there = activity.course_version_id == own.course_version_id
        address = (
            provider_named(activity.provider).address(
                enrollment=own.uuid, activity=activity.reference
            )
            if is_there
            else ""
        )
        title = activity.title(language)
        for kept in _merged(notes.get((course_id, key), []), marks.get((course_id, key), [])):
            if is_found(wanted, (title, kept.place_words, kept.words)):
                fragment = f"#{kept.place}" if kept.place else ""
                line = KeptLine(title, kept, address and address + fragment)
                found.setdefault(course_id, []).append(line)
    return [
        KeptInCourse(title=enrolled[course_id].course_version.title(language), lines=lines)
        for course_id, lines in found.items()
    ]


def _merged(notes: Iterable[Note | _Row], marks: Iterable[Bookmark | _Row]) -> list[KeptAt]:
    """Return notes and bookmarks of one activity as one list, place by place."""
    noted = {note.place: note for note in notes}
    marked = {mark.place: mark for mark in marks}
    merged = []
    for place in {**noted, **marked}:
        note, mark = noted.get(place), marked.get(place)
        merged.append(
            KeptAt(
                place=place,
                place_words=(note and note.place_words) or (mark.place_words if mark else ""),
                words=note.words if note else "",
                revision=note.revision if note else 0,
                saved_at=note.saved_at if note else None,
                is_bookmarked=mark is not None,
            )
        )
    return merged


def _activities(
    keys: Iterable[tuple[int, str]], enrolled: Mapping[int, Enrollment]
) -> dict[tuple[int, str], Activity]:
    """Return each activity in the version that the learner studies, else in the latest with it."""
    chosen: dict[tuple[int, str], Activity] = {}
    courses = Course.objects.filter(pk__in={course for course, _key in keys})
    for activity in (
        Activity.objects.filter(
            course_version__course__in=courses, key__in={key for _course, key in keys}
        )
        .select_related("course_version")
        .order_by("course_version__number")
    ):
        course = activity.course_version.course_id
        known = chosen.get((course, activity.key))
        pinned = enrolled[course].course_version_id if course in enrolled else None
        if known is None or known.course_version_id != pinned:
            chosen[course, activity.key] = activity
    return chosen


def _order(activity: Activity | None) -> tuple[int, int]:
    if activity is None:
        return 0, 0
    return activity.course_version.course_id, activity.order
