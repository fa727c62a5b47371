"""What this room keeps about a person."""

from collections.abc import Sequence
from uuid import UUID

from training.audit.personal_data import section_of
from training.kernel.personal_data import Section
from training.privacy.models import Consent, DataExport, DataRequest, NoticeShown


class PrivacyContributor:
    """Notices, consents, requests and exports."""

    room = "privacy"
    place = 20

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return the proofs and decisions about a person's data."""
        return [
            section_of(
                NoticeShown.objects.filter(person__uuid=person),
                *("version__number", "language", "occasion", "shown_at"),
            ),
            section_of(
                Consent.objects.filter(person__uuid=person),
                *("purpose", "is_given", "wording", "language", "decided_at"),
            ),
            section_of(
                DataRequest.objects.filter(person__uuid=person),
                *("kind", "text", "asked_at", "due_on", "state", "answer", "answered_at"),
            ),
            section_of(
                DataExport.objects.filter(person__uuid=person),
                *("asked_at", "made_at", "expires_at", "removed_at"),
            ),
        ]
