"""What the pages keep about a person."""

from collections.abc import Sequence
from uuid import UUID

from cms.models import Approval, LastPlace
from training.audit.personal_data import section_of
from training.kernel.personal_data import Section


class PagesContributor:
    """Where a learner was last, and what a reviewer approved."""

    room = "cms"
    place = 70

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return last places and approvals."""
        return [
            section_of(
                LastPlace.objects.filter(enrollment__learner__uuid=person),
                *("enrollment__edition__code", "key", "opened_at"),
            ),
            section_of(
                Approval.objects.filter(approved_by_uuid=person),
                *("object_kind", "object_key", "language", "approved_at", "approved_by_name"),
            ),
        ]
