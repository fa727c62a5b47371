"""Quizzes, as the record knows them: one provider of activities among others."""

from uuid import UUID

from django.urls import reverse

from assessments.models import QuizVersion
from training.kernel.activities import ActivityReference

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
