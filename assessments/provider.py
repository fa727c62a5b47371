"""Quizzes, as the record knows them: one provider of activities among others."""

from html import unescape
from uuid import UUID

from django.urls import reverse
from django.utils.html import strip_tags

from assessments.models import QuizVersion, Response
from training.kernel.activities import LONGEST_WORDS, ActivityReference, Part

PROVIDER = "assessments"


class QuizProvider:
    """What the record asks about quizzes."""

    name = PROVIDER
    icon = "quiz"
    is_scored = True

    def address(self, *, enrollment: UUID, activity: ActivityReference) -> str:
        """Return the path of the quiz's first page."""
        return reverse("assessments:quiz", args=[enrollment, activity.key])

    def digest(self, *, activity: ActivityReference) -> str:
        """Return the digest of the frozen quiz; LookupError if there is none such."""
        digest = (
            QuizVersion.objects.filter(key=activity.key, number=activity.version)
            .values_list("digest", flat=True)
            .first()
        )
        if digest is None:
            raise LookupError(f"no quiz {activity.key} v{activity.version}")
        return str(digest)

    def part(
        self, *, enrollment: UUID, activity: ActivityReference, name: str, language: str
    ) -> Part:
        """Return a quiz, or an item version that stood on this learner's paper, by its number.

        LookupError if there is none such: nobody learns of a question that they were not asked.
        """
        if not name:
            return Part(name, activity.key, activity.version, words="", language=language)
        asked = Response.objects.filter(
            attempt__enrollment__uuid=enrollment,
            attempt__activity__key=activity.key,
            attempt__quiz_version__number=activity.version,
            item_version_id=int(name) if name.isascii() and name.isdecimal() else None,
        ).select_related("item_version")
        response = asked.first()
        if response is None:
            raise LookupError(f"question {name} was not asked")
        item = response.item_version
        spoken = language if language in item.texts else item.source_language
        words = unescape(strip_tags(item.texts[spoken]["stem"])).strip()
        return Part(name, str(item.key), item.number, words=words[:LONGEST_WORDS], language=spoken)
