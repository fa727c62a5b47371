"""What this room keeps about a person."""

from collections.abc import Sequence
from uuid import UUID

from training.accommodations.models import NEEDS, Accommodation
from training.audit.personal_data import section_of
from training.kernel.personal_data import Section


class AccommodationsContributor:
    """What a person needs, and what was granted."""

    room = "accommodations"
    place = 66

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return the needs with the consent and the decision."""
        return [
            section_of(
                Accommodation.objects.filter(person__uuid=person),
                *NEEDS,
                *("words", "consent_wording", "consent_language", "consented_at", "state"),
                *("extra_time_percent", "extra_attempts", "until", "answer"),
                *("decided_at", "withdrawn_at"),
            )
        ]
