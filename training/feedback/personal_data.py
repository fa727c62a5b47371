"""What this room keeps about a person."""

from collections.abc import Sequence
from uuid import UUID

from training.audit.personal_data import section_of
from training.feedback.models import Report
from training.kernel.personal_data import Section


class FeedbackContributor:
    """What a person reported."""

    room = "feedback"
    place = 65

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return the reports with their answers."""
        return [
            section_of(
                Report.objects.filter(reporter__uuid=person),
                *("about", "kind", "words", "language", "reported_at"),
                *("state", "answer", "answered_at"),
            )
        ]
