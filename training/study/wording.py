"""Notes as a file, and what is said about them."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from training.study.queries import KeptInCourse, KeptLine


def saved_words(saved_at: datetime | None) -> str:
    """Return when a note was saved, '' before."""
    if saved_at is None:
        return ""
    at = timezone.localtime(saved_at)
    if at.date() == timezone.localdate():
        return _("Saved at %(time)s") % {"time": time_format(at, "H:i:s")}
    return _("Saved on %(day)s") % {"day": date_format(at, "j F Y")}


def notes_as_text(courses: Sequence[KeptInCourse]) -> str:
    """Return notes and bookmarks as plain text, for a file of the learner's own."""
    parts = [_("My notes")]
    for course in courses:
        parts += [f"{course.title}\n{'=' * len(course.title)}", *map(_as_text, course.lines)]
    return "\n\n".join(parts) + "\n"


def _as_text(line: KeptLine) -> str:
    heading = " · ".join(part for part in (line.title, line.kept.place_words) if part)
    if line.kept.is_bookmarked:
        heading += f" [{_('bookmark')}]"
    return f"{heading}\n\n{line.kept.words}" if line.kept.words else heading
