"""What this room keeps about a person."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from training.audit.personal_data import events_section, section_of
from training.certificates.models import Certificate
from training.kernel.personal_data import Section


class CertificatesContributor:
    """What was certified about a person."""

    room = "certificates"
    place = 50

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return the certificates as they were issued, and what was done to them."""
        own = Certificate.objects.filter(enrollment__learner__uuid=person)
        return [
            section_of(
                own,
                *("number", "code", "kind", "state", "recipient_name"),
                *("document_country", "document_type", "document_number"),
                *("post_role", "post_titles", "institution_names", "district_name"),
                *("course_code", "course_version", "course_titles", "edition_code"),
                *("starts_on", "ends_on", "mark", "scale_maximum", "attendance"),
                *("hours_asynchronous", "hours_synchronous", "hours_assessed"),
                *("place", "issued_at", "revoked_at", "revocation_reason"),
            ),
            events_section(
                key="certificate_events",
                title=_("What was done to my certificates"),
                kind="certificates.certificate",
                keys=list(own.values_list("uuid", flat=True)),
            ),
        ]
