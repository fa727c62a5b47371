"""What this room keeps about a person."""

from collections.abc import Sequence
from uuid import UUID

from training.audit.personal_data import section_of
from training.kernel.personal_data import Section
from training.progress.models import Outcome


class ProgressContributor:
    """What a person did, and how well."""

    room = "progress"
    place = 40

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return the outcomes, those superseded included."""
        return [
            section_of(
                Outcome.objects.filter(enrollment__learner__uuid=person),
                *("enrollment__edition__code", "activity__titles", "is_success", "scaled"),
                *("occurred_at", "recorded_at", "source"),
            )
        ]
