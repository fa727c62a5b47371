"""What this room keeps about a person."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from training.audit.personal_data import events_section, section_of
from training.enrollments.models import Cohort, Enrollment
from training.kernel.personal_data import Section


class EnrollmentsContributor:
    """Where a person learns, and what they coordinate."""

    room = "enrollments"
    place = 30

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return enrollments, what was done to them, and cohorts in the person's care."""
        own = Enrollment.objects.filter(learner__uuid=person)
        return [
            section_of(
                own,
                *("edition__code", "cohort__code", "course_version__titles"),
                *("name_on_certificate", "name_confirmed_at", "state"),
                *("enrolled_at", "completed_at"),
            ),
            events_section(
                key="enrollment_events",
                title=_("What was done to my enrollments"),
                kind="enrollments.enrollment",
                keys=list(own.values_list("uuid", flat=True)),
            ),
            section_of(Cohort.objects.filter(coordinators__uuid=person), "code", "name"),
        ]
