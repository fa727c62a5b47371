"""Keep notes and bookmarks, and what was answered to a content notice.

Nothing here writes an audit event: nobody else may learn that a note exists, and which distressing
lesson somebody put off is their own affair.
"""

from datetime import datetime

from django.db import transaction

from training.catalogue.models import Activity
from training.enrollments.models import Enrollment
from training.kernel.activities import Part
from training.study.models import Bookmark, Note, NoticeChoice


class StaleNote(Exception):
    """Another window saved a different note since; `stored` is the note as it stands."""

    def __init__(self, stored: Note) -> None:
        super().__init__(f"revision {stored.revision} is stored")
        self.stored = stored


@transaction.atomic
def save_note(
    *,
    enrollment: Enrollment,
    activity: Activity,
    part: Part,
    words: str,
    revision: int,
    at: datetime,
) -> Note:
    """Keep a note, written on top of the revision that the learner saw; return it as stored.

    The same words again change nothing. Raise StaleNote when different ones were saved since.
    The learner's enrollment is locked, so that two windows write one after the other.
    """
    Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    stored = Note.objects.filter(
        learner_id=enrollment.learner_id,
        course_id=enrollment.course_version.course_id,
        key=activity.key,
        place=part.name,
    ).first()
    if stored is None:
        stored = Note(
            learner_id=enrollment.learner_id,
            course_id=enrollment.course_version.course_id,
            key=activity.key,
            place=part.name,
            saved_at=at,
        )
        if not words:
            return stored
    elif words == stored.words:
        return stored
    elif revision != stored.revision:
        raise StaleNote(stored)
    stored.words = words
    stored.place_words = part.words
    stored.revision += 1
    stored.saved_at = at
    stored.save()
    return stored


def add_bookmark(
    *, enrollment: Enrollment, activity: Activity, part: Part, at: datetime
) -> Bookmark:
    """Mark a place to find it again; a second time returns the first mark."""
    bookmark, _is_new = Bookmark.objects.get_or_create(
        learner_id=enrollment.learner_id,
        course_id=enrollment.course_version.course_id,
        key=activity.key,
        place=part.name,
        defaults={"place_words": part.words, "made_at": at},
    )
    return bookmark


def remove_bookmark(*, enrollment: Enrollment, activity: Activity, place: str) -> None:
    """Take a mark away; without one nothing happens."""
    Bookmark.objects.filter(
        learner_id=enrollment.learner_id,
        course_id=enrollment.course_version.course_id,
        key=activity.key,
        place=place,
    ).delete()


def choose_at_notice(
    *, enrollment: Enrollment, activity: Activity, choice: NoticeChoice.Choice, at: datetime
) -> NoticeChoice:
    """Remember whether a learner reads an activity with a content notice now or later."""
    chosen, _is_new = NoticeChoice.objects.update_or_create(
        enrollment=enrollment,
        key=activity.key,
        defaults={"version": activity.version, "choice": choice, "chosen_at": at},
    )
    return chosen
