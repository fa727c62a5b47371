"""Publish course versions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from training.audit.actions import Actor, record_event
from training.catalogue.models import Activity, Course, CourseVersion
from training.kernel.activities import ActivityReference, provider_named

Texts = Mapping[str, str]


@dataclass(frozen=True)
class ActivityDraft:
    """An activity about to be frozen into a course version."""

    reference: ActivityReference
    titles: Texts
    minutes: int
    is_required: bool = True
    weight: Decimal = Decimal(0)
    opens_after: Sequence[str] = ()  # keys of earlier activities


@dataclass(frozen=True)
class ModuleDraft:
    """A module about to be frozen: its title and its activities in order."""

    key: str
    titles: Texts
    activities: Sequence[ActivityDraft]


@dataclass(frozen=True)
class CourseDraft:
    """All that a course version freezes, gathered by the room that authors it."""

    source_language: str
    titles: Texts
    modules: Sequence[ModuleDraft]
    summaries: Texts = field(default_factory=dict)
    syllabus: Mapping[str, Sequence[str]] = field(default_factory=dict)
    change_note: str = ""


class NothingToPublish(Exception):
    """A course version needs at least one required activity."""


class DuplicateActivity(Exception):
    """The same activity stands twice in one course version."""


class NeverOpens(Exception):
    """An activity waits for one that does not come before it: nobody could be sure to open it."""


@transaction.atomic
def publish_course_version(
    *, course: Course, draft: CourseDraft, actor: Actor, at: datetime
) -> CourseVersion:
    """Freeze a draft as the course's next version, with its activities, or nothing at all."""
    Course.objects.select_for_update().get(pk=course.pk)
    activities = [activity for module in draft.modules for activity in module.activities]
    if not any(activity.is_required for activity in activities):
        raise NothingToPublish(course.code)
    keys = [activity.reference.key for activity in activities]
    if len(set(keys)) != len(keys):
        raise DuplicateActivity(course.code)
    for place, activity in enumerate(activities):
        if not set(activity.opens_after) <= set(keys[:place]):
            raise NeverOpens(activity.reference.key)
    number = (course.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = CourseVersion.objects.create(
        course=course,
        number=number,
        source_language=draft.source_language,
        titles=dict(draft.titles),
        summaries=dict(draft.summaries),
        syllabus={language: list(lines) for language, lines in draft.syllabus.items()},
        outline=[
            {
                "key": module.key,
                "title": dict(module.titles),
                "activities": [activity.reference.key for activity in module.activities],
            }
            for module in draft.modules
        ],
        digest=_digest(draft, activities),
        published_at=at,
        published_by_uuid=actor.uuid,
        published_by_name=actor.name,
        change_note=draft.change_note,
    )
    Activity.objects.bulk_create(
        Activity(
            course_version=version,
            provider=activity.reference.provider,
            key=activity.reference.key,
            version=activity.reference.version,
            titles=dict(activity.titles),
            minutes=activity.minutes,
            is_scored=provider_named(activity.reference.provider).is_scored,
            is_required=activity.is_required,
            weight=activity.weight,
            opens_after=list(activity.opens_after),
            order=order,
        )
        for order, activity in enumerate(activities)
    )
    record_event(
        actor=actor,
        verb="course-version.published",
        record=version,
        at=at,
        detail={"course": course.code, "number": number, "digest": version.digest},
    )
    return version


def _digest(draft: CourseDraft, activities: Sequence[ActivityDraft]) -> str:
    """Return the SHA-256 of the draft together with each activity's own digest."""
    content = asdict(draft) | {
        "digests": [
            provider_named(activity.reference.provider).digest(activity=activity.reference)
            for activity in activities
        ]
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
