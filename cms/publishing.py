"""Publish a course version: freeze the approved texts of a tree, all together or not at all."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from assessments.models import QuizVersion
from assessments.publishing import NotReady, freeze_quiz
from cms.freezing import frozen_text, with_kept_files
from cms.material import Chosen, Notice, Reading, languages, read_tree, source_language
from cms.models import CoursePage, LessonVersion, QuizPage
from cms.models.glossary_term import approved_meanings
from cms.models.parts import Opening
from cms.provider import NAME as LESSONS
from training.accounts.models import User
from training.audit.actions import SYSTEM, Actor, record_event
from training.catalogue.actions import (
    ActivityDraft,
    CourseDraft,
    ModuleDraft,
    publish_course_version,
)
from training.catalogue.models import Activity, Course, CourseVersion
from training.enrollments.models import Edition, EnrollmentState
from training.institutions.models import Country
from training.kernel.activities import ActivityReference

QUIZZES = "assessments"


class Change(StrEnum):
    """What a new version does to an activity."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"


class CannotPublish(Exception):
    """A course cannot be published as it is; `problems` says why."""

    def __init__(self, problems: Sequence[Notice]) -> None:
        super().__init__("; ".join(problem.text for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class ActivityChange:
    """An activity of the new version, or one that the new version drops."""

    title: str
    module: str
    change: Change
    minutes: int
    is_quiz: bool
    missing_languages: Sequence[str]
    page: Page | None


@dataclass(frozen=True)
class Affected:
    """An edition that runs on an earlier version and stays with it."""

    edition: Edition
    version: int
    learners: int


@dataclass(frozen=True)
class Publication:
    """What publishing a course now would do, for its author to read before."""

    number: int
    previous: CourseVersion | None
    activities: Sequence[ActivityChange]
    is_course_text_changed: bool
    affected: Sequence[Affected]
    problems: Sequence[Notice]
    warnings: Sequence[Notice]

    @property
    def can_be_published(self) -> bool:
        """Say whether nothing stands in the way."""
        return not self.problems


def _lesson_content(lesson: Chosen) -> dict[str, Any]:
    """Return all that a version of a lesson keeps, its digest included."""
    texts = {
        code: frozen_text(
            text.object,
            terms=approved_meanings(text.object.term_codes, language=code),
            review={"by": text.by, "on": timezone.localdate(text.at).isoformat()},
        )
        for code, text in lesson.approved.items()
    }
    content: dict[str, Any] = {
        "source_language": source_language(),
        "minutes": lesson.source.minutes,
        "competence": lesson.source.competence,
        "bloom": lesson.source.bloom,
        "check_by": lesson.source.check_by,
        "texts": {code: with_kept_files(text).as_json() for code, text in texts.items()},
    }
    return content | {"digest": _digest(content)}


def _digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a lesson's content; who approved it and when is not part of it."""
    texts = {
        code: {name: value for name, value in text.items() if name != "review"}
        for code, text in content["texts"].items()
    }
    canonical = json.dumps(
        {**content, "texts": texts}, sort_keys=True, ensure_ascii=False, default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def freeze_lesson(lesson: Chosen, *, at: datetime, actor: Actor) -> LessonVersion:
    """Freeze the approved texts of a lesson; unchanged content is frozen once."""
    content = _lesson_content(lesson)
    latest = LessonVersion.objects.filter(key=lesson.key).order_by("-number").first()
    if latest is not None and latest.digest == content["digest"]:
        return latest
    version = LessonVersion.objects.create(
        key=lesson.key,
        number=latest.number + 1 if latest else 1,
        frozen_at=at,
        frozen_by_uuid=actor.uuid,
        frozen_by_name=actor.name,
        **content,
    )
    record_event(
        actor=actor,
        verb="lesson-version.published",
        record=version,
        at=at,
        detail={"key": version.key, "number": version.number, "digest": version.digest},
    )
    return version


def _freeze_quiz(place: Chosen, *, at: datetime, actor: Actor) -> QuizVersion:
    return freeze_quiz(
        quiz=place.source.quiz,
        titles=place.by_language("title"),
        introductions=place.by_language("introduction"),
        source_language=source_language(),
        at=at,
        actor=actor,
    )


def _draft_of_activity(
    chosen: Chosen, before: Sequence[ActivityDraft], *, at: datetime, actor: Actor
) -> ActivityDraft:
    titles = chosen.by_language("title")
    if isinstance(chosen.page, QuizPage):
        quiz = _freeze_quiz(chosen, at=at, actor=actor)
        return ActivityDraft(
            reference=ActivityReference(QUIZZES, quiz.key, quiz.number),
            titles=titles,
            minutes=quiz.minutes,
            is_required=chosen.source.is_required,
            weight=chosen.source.weight,
            opens_after=_opens_after(chosen, before),
        )
    lesson = freeze_lesson(chosen, at=at, actor=actor)
    return ActivityDraft(
        reference=ActivityReference(LESSONS, lesson.key, lesson.number),
        titles=titles,
        minutes=lesson.minutes,
        is_required=chosen.source.is_required,
        opens_after=_opens_after(chosen, before),
    )


def _opens_after(chosen: Chosen, before: Sequence[ActivityDraft]) -> list[str]:
    """Return the keys of what has to be finished first, as its author said."""
    if chosen.source.opens_after == Opening.PREVIOUS:
        return [activity.reference.key for activity in before[-1:]]
    if chosen.source.opens_after == Opening.ALL_REQUIRED:
        return [activity.reference.key for activity in before if activity.is_required]
    return []


def _draft_of_course(
    course: Chosen, reading: Reading, *, note: str, at: datetime, actor: Actor
) -> CourseDraft:
    drafted: list[ActivityDraft] = []
    modules = []
    for module, activities in reading.modules:
        start = len(drafted)
        for activity in activities:
            drafted.append(_draft_of_activity(activity, drafted, at=at, actor=actor))
        modules.append(
            ModuleDraft(
                key=module.key,
                titles=module.by_language("title"),
                activities=drafted[start:],
            )
        )
    return CourseDraft(
        source_language=source_language(),
        titles=course.by_language("title"),
        summaries=course.by_language("summary"),
        syllabus={
            code: [str(line.value) for line in text.object.syllabus]
            for code, text in course.approved.items()
        },
        modules=modules,
        change_note=note,
    )


@transaction.atomic
def publish_course(
    *, course_page: CoursePage, actor: Actor, at: datetime, note: str = ""
) -> CourseVersion:
    """Publish all approved texts of a course and freeze them as its next version, or nothing.

    Raise CannotPublish with every problem.
    """
    Page.objects.select_for_update().get(pk=course_page.pk)
    course_page = CoursePage.objects.get(pk=course_page.pk)
    reading = read_tree(course_page)
    if reading.problems or reading.course is None:
        raise CannotPublish(reading.problems)
    try:
        draft = _draft_of_course(reading.course, reading, note=note, at=at, actor=actor)
    except NotReady as reason:
        raise CannotPublish([_not_ready(reason)]) from reason
    user = User.objects.filter(uuid=actor.uuid).first() if actor.uuid else None
    for text in reading.texts():
        if text.object.live_revision_id != text.revision.pk:
            text.revision.publish(user=user, skip_permission_checks=True)
    course, _is_new = Course.objects.get_or_create(
        key=reading.course.key,
        defaults={
            "code": reading.course.source.code,
            "country": Country.objects.get(code__iexact=reading.course.source.country_code),
        },
    )
    return publish_course_version(course=course, draft=draft, actor=actor, at=at)


def _not_ready(reason: NotReady) -> Notice:
    questions = ", ".join(reason.items)
    return Notice(
        _("The quiz “%(quiz)s” cannot be published yet: %(reason)s")
        % {
            "quiz": reason.quiz,
            "reason": questions or _("it has no approved questions."),
        }
    )


# --- The preview ------------------------------------------------------------------------------


def preview_of_publication(course_page: CoursePage) -> Publication:
    """Return what publishing a course now would change, whom it affects, and what forbids it."""
    reading = read_tree(course_page)
    previous = (
        CourseVersion.objects.filter(course__key=str(course_page.translation_key))
        .order_by("-number")
        .first()
    )
    draft = None
    if reading.course is not None:
        with _undone():
            try:
                draft = _draft_of_course(
                    reading.course, reading, note="", at=timezone.now(), actor=SYSTEM
                )
            except NotReady as reason:
                reading.problems.append(_not_ready(reason))
    activities = _changes(reading, draft, previous) if draft else []
    is_text_changed = draft is not None and _is_text_changed(draft, previous)
    is_same = previous is not None and not is_text_changed
    if draft and is_same and all(a.change is Change.UNCHANGED for a in activities):
        reading.problems.append(
            Notice(_("Nothing has changed since the last version."), course_page)
        )
    return Publication(
        number=(previous.number if previous else 0) + 1,
        previous=previous,
        activities=activities,
        is_course_text_changed=is_text_changed and previous is not None,
        affected=_affected(previous, on=timezone.localdate()),
        problems=reading.problems,
        warnings=reading.warnings,
    )


@contextmanager
def _undone() -> Iterator[None]:
    """Try what publishing would do, and undo it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _changes(
    reading: Reading, draft: CourseDraft, previous: CourseVersion | None
) -> list[ActivityChange]:
    before = {a.key: a for a in previous.activities.all()} if previous else {}
    homes = {
        key: module["key"]
        for module in (previous.outline if previous else [])
        for key in module["activities"]
    }
    now = [a for module in draft.modules for a in module.activities]
    moved = _moved(list(before), [a.reference.key for a in now])
    lines = []
    for (module, chosen), drafted in zip(reading.modules, draft.modules, strict=True):
        for place, activity in zip(chosen, drafted.activities, strict=True):
            key = activity.reference.key
            known = before.get(key)
            if known is None:
                change = Change.ADDED
            elif not _is_same(known, activity):
                change = Change.CHANGED
            elif key in moved or homes.get(key) != drafted.key:
                change = Change.MOVED
            else:
                change = Change.UNCHANGED
            lines.append(
                ActivityChange(
                    title=place.source.title,
                    module=module.source.title,
                    change=change,
                    minutes=activity.minutes,
                    is_quiz=activity.reference.provider == QUIZZES,
                    missing_languages=[c for c in languages() if c not in place.approved],
                    page=place.page,
                )
            )
    kept = {a.reference.key for a in now}
    lines += [
        ActivityChange(
            title=activity.title(source_language()),
            module="",
            change=Change.REMOVED,
            minutes=activity.minutes,
            is_quiz=activity.provider == QUIZZES,
            missing_languages=[],
            page=None,
        )
        for key, activity in before.items()
        if key not in kept
    ]
    return lines


def _is_same(known: Activity, activity: ActivityDraft) -> bool:
    return bool(
        known.version == activity.reference.version
        and known.titles == dict(activity.titles)
        and known.minutes == activity.minutes
        and known.is_required == activity.is_required
        and known.weight == activity.weight
        and known.opens_after == list(activity.opens_after)
    )


def _moved(before: list[str], now: list[str]) -> set[str]:
    """Return the activities that stand in both orders, but not in the same succession."""
    old = [key for key in before if key in now]
    new = [key for key in now if key in before]
    stay = {
        key
        for block in SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks()
        for key in new[block.b : block.b + block.size]
    }
    return set(new) - stay


def _is_text_changed(draft: CourseDraft, previous: CourseVersion | None) -> bool:
    if previous is None:
        return True
    modules = [(module["key"], module["title"]) for module in previous.outline]
    return (
        dict(draft.titles) != previous.titles
        or dict(draft.summaries) != previous.summaries
        or {code: list(lines) for code, lines in draft.syllabus.items()} != previous.syllabus
        or [(module.key, dict(module.titles)) for module in draft.modules] != modules
    )


def _affected(previous: CourseVersion | None, *, on: date) -> list[Affected]:
    if previous is None:
        return []
    active = Count("enrollments", filter=Q(enrollments__state=EnrollmentState.ACTIVE))
    editions = (
        Edition.objects.filter(course_version__course=previous.course_id, ends_on__gte=on)
        .select_related("course_version")
        .annotate(active=active)
    )
    return [
        Affected(edition=edition, version=edition.course_version.number, learners=edition.active)
        for edition in editions
    ]
