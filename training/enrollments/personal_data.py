"""What this room keeps about a person."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from training.audit.personal_data import events_section, section_of
from training.enrollments.models import Agenda, ChangeRequest, Cohort, Enrollment, MakeUp, Reminder
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
                *("enrolled_at", "completed_at", "extended_until"),
            ),
            events_section(
                key="enrollment_events",
                title=_("What was done to my enrollments"),
                kind="enrollments.enrollment",
                keys=list(own.values_list("uuid", flat=True)),
            ),
            section_of(
                ChangeRequest.objects.filter(enrollment__learner__uuid=person),
                *("enrollment__edition__code", "change", "motive", "until", "edition__code"),
                *("activity__titles", "state", "asked_at", "decided_at", "answer"),
            ),
            section_of(
                MakeUp.objects.filter(enrollment__learner__uuid=person),
                *("enrollment__edition__code", "activity__titles", "until", "granted_at"),
                "reason",
            ),
            section_of(
                Reminder.objects.filter(enrollment__learner__uuid=person),
                *("enrollment__edition__code", "occasion", "day", "written_at"),
            ),
            section_of(Agenda.objects.filter(person__uuid=person), "made_at", "wants_reminders"),
            section_of(Cohort.objects.filter(coordinators__uuid=person), "code", "name"),
        ]
