"""What the learner's own pages show, gathered with a constant number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.utils import timezone

from training.accounts.models import Post, User
from training.catalogue.models import Activity
from training.certificates.models import Certificate, CertificateState
from training.compiled import CompiledQuery, Slot
from training.enrollments.changes import editions_to_change_to
from training.enrollments.models import (
    Application,
    ApplicationState,
    ChangeRequest,
    ChangeState,
    Edition,
    Enrollment,
    EnrollmentState,
    Wait,
)
from training.enrollments.places import places_of
from training.kernel.texts import in_language
from training.learning.actions import course_is_satisfied
from training.learning.queries import (
    ActivityState,
    CourseOutline,
    OutlineActivity,
    course_outline,
    course_outlines,
)
from training.portal.rules import Candidate, most_urgent
from training.portal.wording import Deadline, deadline
from training.progress import rules
from training.progress.models import Outcome
from training.progress.rules import mark_on_scale


@dataclass(frozen=True)
class Missing:
    """What stands between a learner and the certificate."""

    lessons: Sequence[OutlineActivity]
    tests: Sequence[OutlineActivity]
    is_mark_short: bool

    @property
    def is_nothing(self) -> bool:
        """Say whether all is reached."""
        return not (self.lessons or self.tests or self.is_mark_short)


@dataclass(frozen=True)
class MyCourse:
    """One enrollment as its learner's list shows it."""

    outline: CourseOutline
    edition_title: str
    certificate: Certificate | None
    deadline: Deadline
    missing: Missing
    has_begun: bool

    @property
    def enrollment(self) -> Enrollment:
        """Return the enrollment that the outline is of."""
        return self.outline.enrollment

    @property
    def edition(self) -> Edition:
        """Return the edition that the learner is in."""
        return self.enrollment.edition

    @property
    def last_day(self) -> date:
        """Return until when the learner may work."""
        return self.enrollment.last_day

    @property
    def is_active(self) -> bool:
        """Say whether there may be something left to do."""
        return self.enrollment.state == EnrollmentState.ACTIVE

    @property
    def is_withdrawn(self) -> bool:
        """Say whether the learner left, or was taken off the list."""
        return self.enrollment.state == EnrollmentState.WITHDRAWN

    @property
    def awaits_approval(self) -> bool:
        """Say whether the course is completed and a person has yet to issue the certificate."""
        return self.enrollment.state == EnrollmentState.COMPLETED and self.certificate is None

    @property
    def to_improve(self) -> OutlineActivity | None:
        """Return the test to take again when all is done and only the mark is short."""
        tests = [activity for activity in self.outline.activities if activity.is_scored]
        if not (self.is_active and self.missing.is_mark_short and tests):
            return None
        return min(tests, key=lambda activity: activity.mark or Decimal(0))

    @property
    def next_activity(self) -> OutlineActivity | None:
        """Return what to open next: a required activity, else the test to improve, else any."""
        if not self.is_active:
            return None
        todo = self.outline.next_activity
        if todo is not None and todo.is_required:
            return todo
        return self.to_improve or todo


@dataclass(frozen=True)
class Waiting:
    """A place on a waiting list, as the person who waits sees it."""

    wait: Wait
    place: int
    title: str
    edition_title: str


@dataclass(frozen=True)
class Applied:
    """An application, as the applicant sees it."""

    application: Application
    title: str
    edition_title: str

    @property
    def is_declined(self) -> bool:
        """Say whether it was answered with no."""
        return self.application.state == ApplicationState.DECLINED


@dataclass(frozen=True)
class Fact:
    """One line of a record: what was done, when, with what mark."""

    title: str
    occurred_at: datetime
    is_scored: bool
    is_success: bool
    mark: Decimal | None


@dataclass(frozen=True)
class Chapter:
    """One enrollment of a record, with all that counts in it."""

    enrollment: Enrollment
    title: str
    edition_title: str
    mark: Decimal | None
    facts: Sequence[Fact]
    certificates: Sequence[Certificate]


@dataclass(frozen=True)
class Paper:
    """A certificate as its small picture shows it, in the reader's language."""

    certificate: Certificate
    heading: str
    course: str


@dataclass(frozen=True)
class Record:
    """A learner's whole record: posts, courses, outcomes, certificates."""

    posts: Sequence[Post]
    chapters: Sequence[Chapter]


_enrollments: Final = CompiledQuery(lambda: Enrollment.objects.of(Slot("learner")).with_course())
_certificates: Final = CompiledQuery(lambda: Certificate.objects.of(Slot("learner")))
_outcomes: Final = CompiledQuery(
    lambda: (
        Outcome.objects.filter(enrollment__in=Enrollment.objects.of(Slot("learner")))
        .standing()
        .select_related("activity")
        .order_by("occurred_at", "pk")
    )
)
_posts: Final = CompiledQuery(
    lambda: Post.objects.filter(person=Slot("learner")).select_related(
        "institution", "judicial_district", "fiscal_district"
    )
)


def my_courses(*, learner: User, language: str, now: datetime) -> list[MyCourse]:
    """Return a person's courses, the latest first."""
    enrollments = _enrollments.all(learner=learner.pk)
    outlines = course_outlines(enrollments=enrollments, language=language)
    certificates = _certificates_by_enrollment(learner)
    return [
        _my_course(outline, certificates.get(outline.enrollment.pk, []), language=language, now=now)
        for outline in outlines
    ]


def my_waits(*, learner: User, language: str) -> list[Waiting]:
    """Return the waiting lists that a person is on, with the place on each."""
    waits = list(
        Wait.objects.of(learner).waiting().select_related("edition__course_version__course")
    )
    places = places_of(waits) if waits else {}
    return [
        Waiting(
            wait=wait,
            place=places[wait.pk],
            title=wait.edition.course_version.title(language),
            edition_title=edition_title(wait.edition, language),
        )
        for wait in waits
    ]


def my_applications(*, learner: User, language: str) -> list[Applied]:
    """Return a person's applications that did not become an enrollment, the latest first."""
    applications = (
        Application.objects.of(learner)
        .exclude(state=ApplicationState.ACCEPTED)
        .select_related("edition__course_version__course")
    )
    return [
        Applied(
            application=application,
            title=application.edition.course_version.title(language),
            edition_title=edition_title(application.edition, language),
        )
        for application in applications
    ]


@dataclass(frozen=True)
class Asked:
    """A request about a course, as the learner who asked sees it."""

    request: ChangeRequest
    about: str

    @property
    def is_waiting(self) -> bool:
        """Say whether nobody has answered yet."""
        return self.request.state == ChangeState.SUBMITTED

    @property
    def is_accepted(self) -> bool:
        """Say whether it was answered with yes."""
        return self.request.state == ChangeState.ACCEPTED


def my_requests(*, enrollment: Enrollment, language: str) -> list[Asked]:
    """Return what a learner asked for in one course, the latest first."""
    requests = enrollment.change_requests.select_related(
        "activity", "edition__course_version__course"
    )
    return [Asked(request=one, about=_about(one, language)) for one in requests]


def _about(request: ChangeRequest, language: str) -> str:
    """Return which quiz or edition a request names, '' for none."""
    if request.activity is not None:
        return request.activity.title(language)
    return edition_title(request.edition, language) if request.edition is not None else ""


@dataclass(frozen=True)
class Destination:
    """An edition that somebody may ask to change to."""

    edition: Edition
    title: str
    takes_along: bool  # what was finished; only where both study the same version


def destinations(*, enrollment: Enrollment, language: str, now: datetime) -> list[Destination]:
    """Return the other editions of a learner's course that are not over."""
    return [
        Destination(
            edition=edition,
            title=edition_title(edition, language),
            takes_along=edition.course_version_id == enrollment.course_version_id,
        )
        for edition in editions_to_change_to(enrollment=enrollment, on=timezone.localdate(now))
    ]


def my_course(*, enrollment: Enrollment, language: str, now: datetime) -> MyCourse:
    """Return one course of a person; the enrollment comes `with_course`."""
    outline = course_outline(enrollment=enrollment, language=language)
    return _my_course(outline, list(enrollment.certificates.all()), language=language, now=now)


def next_course(courses: Sequence[MyCourse], *, now: datetime) -> MyCourse | None:
    """Return the course to go on with, None if nothing is left to do."""
    place = most_urgent(
        [
            Candidate(place=place, starts_on=course.edition.starts_on, ends_on=course.last_day)
            for place, course in enumerate(courses)
            if course.next_activity is not None
        ],
        today=timezone.localdate(now),
    )
    return None if place is None else courses[place]


def record_of(*, learner: User, language: str) -> Record:
    """Return a person's whole record."""
    enrollments = _enrollments.all(learner=learner.pk)
    certificates = _certificates_by_enrollment(learner)
    outcomes: dict[int, list[Outcome]] = {}
    for outcome in _outcomes.all(learner=learner.pk):
        outcomes.setdefault(outcome.enrollment_id, []).append(outcome)
    outlines = course_outlines(
        enrollments=enrollments,
        language=language,
        later=set(),  # a record is of what was done
        facts={
            enrollment: [rules.Fact(o.activity_id, o.is_success, o.scaled) for o in done]
            for enrollment, done in outcomes.items()
        },
    )
    return Record(
        posts=_posts.all(learner=learner.pk),
        chapters=[
            Chapter(
                enrollment=outline.enrollment,
                title=outline.title,
                edition_title=edition_title(outline.enrollment.edition, language),
                mark=outline.mark,
                facts=[
                    _fact(outcome, outline.enrollment.edition, language)
                    for outcome in outcomes.get(outline.enrollment.pk, [])
                ],
                certificates=certificates.get(outline.enrollment.pk, []),
            )
            for outline in outlines
        ],
    )


def papers(certificates: Iterable[Certificate], *, language: str) -> list[Paper]:
    """Return certificates as small pictures of themselves."""
    return [
        Paper(
            certificate=certificate,
            heading=certificate.kind_title(language),
            course=certificate.course_title(language),
        )
        for certificate in certificates
    ]


def edition_title(edition: Edition, language: str) -> str:
    """Return the edition's own name, else its code."""
    return in_language(edition.titles, language) or edition.code


def missing_in(outline: CourseOutline) -> Missing:
    """Return what a course still asks for; the mark is short only once every test is passed."""
    todo = [a for a in outline.activities if a.is_required and a.state != ActivityState.DONE]
    edition = outline.enrollment.edition
    return Missing(
        lessons=[activity for activity in todo if not activity.is_scored],
        tests=[activity for activity in todo if activity.is_scored],
        is_mark_short=outline.standing.has_done_all
        and not course_is_satisfied(outline.standing, edition),
    )


def _my_course(
    outline: CourseOutline, certificates: Sequence[Certificate], *, language: str, now: datetime
) -> MyCourse:
    edition = outline.enrollment.edition
    standing = [c for c in certificates if c.state == CertificateState.VALID]
    return MyCourse(
        outline=outline,
        edition_title=edition_title(edition, language),
        certificate=next(iter([*standing, *certificates]), None),
        deadline=deadline(day=outline.enrollment.last_day, now=now),
        missing=missing_in(outline),
        has_begun=edition.starts_on <= timezone.localdate(now),
    )


def _certificates_by_enrollment(learner: User) -> dict[int, list[Certificate]]:
    found: dict[int, list[Certificate]] = {}
    for certificate in _certificates.all(learner=learner.pk):
        found.setdefault(certificate.enrollment_id, []).append(certificate)
    return found


def _fact(outcome: Outcome, edition: Edition, language: str) -> Fact:
    activity: Activity = outcome.activity
    return Fact(
        title=activity.title(language),
        occurred_at=outcome.occurred_at,
        is_scored=activity.is_scored,
        is_success=outcome.is_success,
        mark=None
        if outcome.scaled is None
        else mark_on_scale(outcome.scaled, maximum=edition.scale_maximum),
    )
