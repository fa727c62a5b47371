"""What lessons answer to the record."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from cms.models import LessonVersion
from training.kernel.activities import LONGEST_WORDS, ActivityReference, Part

NAME = "cms"


class LessonProvider:
    """Lessons are done or not; they give no mark."""

    name = NAME
    icon = "lesson"
    is_scored = False

    def address(self, *, enrollment: UUID, activity: ActivityReference) -> str:
        """Return the path at which this learner reads the lesson."""
        return reverse("cms:lesson", args=[enrollment, activity.key])

    def digest(self, *, activity: ActivityReference) -> str:
        """Return the digest of the frozen lesson; LookupError if there is none such."""
        version = LessonVersion.objects.filter(key=activity.key, number=activity.version).first()
        if version is None:
            raise LookupError(f"no lesson {activity.key} v{activity.version}")
        return str(version.digest)

    def part(
        self, *, enrollment: UUID, activity: ActivityReference, name: str, language: str
    ) -> Part:
        """Return a lesson, or one of its blocks by its id; LookupError if there is none such."""
        version = LessonVersion.objects.filter(key=activity.key, number=activity.version).first()
        if version is None:
            raise LookupError(f"no lesson {activity.key} v{activity.version}")
        spoken, text = version.text(language)
        words = "" if not name else _words_of(text["body"], name)
        return Part(
            name=name, key=activity.key, version=activity.version, words=words, language=spoken
        )


def _words_of(body: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return how a block is called: its own heading, else the last one before it."""
    heading = ""
    for passage in body:
        block = passage["block"]
        if passage["type"] == "heading":
            heading = block["text"]
        if passage["id"] == name:
            return str(block.get("title") or block.get("caption") or heading)[:LONGEST_WORDS]
    raise LookupError(f"no block {name}")
