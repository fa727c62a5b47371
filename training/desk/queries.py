"""What administrators see across the rooms, with a constant number of queries a page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from training.accommodations.queries import waiting_for as accommodations_waiting_for
from training.accounts.models import (
    AccountMerge,
    Invitation,
    MergeState,
    Post,
    SignupRequest,
    User,
    accounts_of,
)
from training.accounts.privileges import is_review_due
from training.audit.models import Event
from training.certificates.models import Certificate
from training.desk.progress import enrollments_with_marks_for
from training.desk.wording import deed_in_words
from training.enrollments.models import (
    Application,
    ChangeRequest,
    Enrollment,
    EnrollmentState,
)
from training.feedback.queries import waiting as reported_and_waiting
from training.learning.queries import ActivityState, CourseOutline, course_outlines
from training.privacy.models import Consent
from training.progress.models import Outcome

LATEST_EVENTS = 100
Row = TypeVar("Row")


@dataclass(frozen=True)
class Chapter:
    """One enrollment of a person: how far it has come and what it earned."""

    enrollment: Enrollment
    outline: CourseOutline
    certificates: Sequence[Certificate]
    shows_marks: bool  # whoever reads may see them

    @property
    def mark(self) -> Decimal | None:
        """Return the mark so far, None without one or for who may not see it."""
        return self.outline.mark if self.shows_marks else None

    @property
    def marks(self) -> list[tuple[str, Decimal | None, bool]]:
        """Return title, best mark and success of each scored activity; none to who may not see."""
        if not self.shows_marks:
            return []
        return [
            (activity.title, activity.mark, activity.state == ActivityState.DONE)
            for activity in self.outline.activities
            if activity.is_scored
        ]

    @property
    def awaits_decision(self) -> bool:
        """Say whether somebody has to decide about a certificate."""
        return self.enrollment.state == EnrollmentState.COMPLETED and all(
            certificate.is_revoked for certificate in self.certificates
        )


@dataclass(frozen=True)
class Deed:
    """An event of the audit, in words."""

    at: datetime
    what: str
    who: str
    role: str
    why: str


@dataclass(frozen=True)
class PersonRecord:
    """All that is recorded about a person. Answers to questions are not part of it."""

    person: User
    posts: Sequence[Post]
    chapters: Sequence[Chapter]
    deeds: Sequence[Deed]


def learners(*, on: date) -> QuerySet[User]:
    """Return whoever learns: everybody without a role here, and who is enrolled in spite of one.

    Each comes with `present_posts` and the numbers of `courses` and `standing_certificates`.
    """
    enrolled = Enrollment.objects.filter(learner=OuterRef("pk"))
    works_here = User.groups.through.objects.filter(user=OuterRef("pk"))
    present = Post.objects.held_on(on).select_related(
        "institution", "judicial_district", "fiscal_district"
    )
    return (
        User.objects.filter(Exists(enrolled) | (~Exists(works_here) & Q(is_superuser=False)))
        .annotate(
            courses=_count(Enrollment.objects.filter(learner=OuterRef("pk")), "learner"),
            standing_certificates=_count(
                Certificate.objects.unrevoked().filter(enrollment__learner=OuterRef("pk")),
                "enrollment__learner",
            ),
        )
        .prefetch_related(Prefetch("posts", queryset=present, to_attr="present_posts"))
    )


def person_record(*, person: User, reader: User, language: str) -> PersonRecord:
    """Return a person's whole record, with the marks that the reader may see."""
    seen = set(
        enrollments_with_marks_for(reader)
        .filter(learner__in=accounts_of(person))
        .values_list("pk", flat=True)
    )
    enrollments = list(Enrollment.objects.of(person).with_course().select_related("cohort"))
    certificates: dict[int, list[Certificate]] = {}
    for certificate in Certificate.objects.of(person):
        certificates.setdefault(certificate.enrollment_id, []).append(certificate)
    outlines = course_outlines(enrollments=enrollments, language=language)
    return PersonRecord(
        person=person,
        posts=list(
            Post.objects.filter(person__in=accounts_of(person)).select_related(
                "institution", "judicial_district", "fiscal_district"
            )
        ),
        chapters=[
            Chapter(
                enrollment=outline.enrollment,
                outline=outline,
                certificates=certificates.get(outline.enrollment.pk, []),
                shows_marks=outline.enrollment.pk in seen,
            )
            for outline in outlines
        ],
        deeds=_deeds_about(
            person, enrollments, [held for kept in certificates.values() for held in kept]
        ),
    )


def awaiting_decision() -> QuerySet[Enrollment]:
    """Return the completed enrollments without a certificate that stands, the longest wait first.

    `was_revoked` tells those whose certificate was revoked from those never decided.
    """
    own = Certificate.objects.filter(enrollment=OuterRef("pk"))
    return (
        Enrollment.objects.filter(state=EnrollmentState.COMPLETED)
        .exclude(Exists(own.unrevoked()))
        .with_course()
        .select_related("learner", "cohort")
        .annotate(was_revoked=Exists(own))
        .order_by("was_revoked", "completed_at", "pk")
    )


@dataclass(frozen=True)
class Decisions:
    """How much waits for somebody who may decide."""

    certificates: int
    applications: int
    changes: int
    invitations: int
    reports: int
    is_review_due: bool
    accounts: int
    merges: int
    accommodations: int


def decisions(*, user: User, now: datetime) -> Decisions:
    """Return what waits for a person; nothing is counted that the person may not act on."""
    may_issue = user.has_perm("certificates.issue_certificate")
    may_answer = user.has_perm("enrollments.change_application")
    may_change = user.has_perm("enrollments.change_changerequest")
    may_invite = user.has_perm("accounts.change_invitation")
    expired = Invitation.objects.filter(accepted_at=None, expires_at__lte=now).exclude(
        Exists(User.objects.filter(email=OuterRef("email")))
    )
    renewed = Invitation.objects.pending(now).filter(email=OuterRef("email"))
    return Decisions(
        certificates=awaiting_decision().filter(certificates=None).count() if may_issue else 0,
        applications=Application.objects.undecided().count() if may_answer else 0,
        changes=ChangeRequest.objects.undecided().count() if may_change else 0,
        invitations=expired.exclude(Exists(renewed)).values("email").distinct().count()
        if may_invite
        else 0,
        reports=reported_and_waiting() if user.has_perm("feedback.answer_report") else 0,
        accounts=SignupRequest.objects.waiting().count()
        if user.has_perm("accounts.change_signuprequest")
        else 0,
        merges=AccountMerge.objects.filter(state=MergeState.PROPOSED)
        .exclude(proposed_by=user)
        .count()
        if user.has_perm("accounts.change_accountmerge")
        else 0,
        accommodations=accommodations_waiting_for(user)
        if user.has_perm("accommodations.decide_accommodation")
        else 0,
        is_review_due=user.has_perm("accounts.add_privilegereview") and is_review_due(at=now),
    )


@dataclass(frozen=True)
class Holding:
    """What one account holds, beside another that may be the same person's."""

    person: User
    posts: Sequence[Post]
    enrollments: Sequence[Enrollment]
    certificates: Sequence[Certificate]
    outcomes: int
    consents: int


@dataclass(frozen=True)
class Comparison:
    """Two accounts side by side, and what speaks against their being one person's."""

    holdings: Sequence[Holding]
    has_two_documents: bool
    editions_in_both: Sequence[str]


def comparison(*people: User) -> Comparison:
    """Return what each account itself holds, in a constant number of queries."""
    keys = [person.pk for person in people]
    posts = _by_owner(
        Post.objects.filter(person__in=keys).select_related(
            "institution", "judicial_district", "fiscal_district"
        ),
        lambda post: post.person_id,
    )
    enrollments = _by_owner(
        Enrollment.objects.filter(learner__in=keys).with_course(), lambda own: own.learner_id
    )
    certificates = _by_owner(
        Certificate.objects.filter(enrollment__learner__in=keys).select_related("enrollment"),
        lambda certificate: certificate.enrollment.learner_id,
    )
    outcomes = _numbers(Outcome.objects.filter(enrollment__learner__in=keys), "enrollment__learner")
    consents = _numbers(Consent.objects.filter(person__in=keys), "person")
    editions = [{own.edition.code for own in enrollments.get(key, [])} for key in keys]
    documents = {
        (person.document_country, person.document_type, person.document_number)
        for person in people
        if person.document_number
    }
    return Comparison(
        holdings=[
            Holding(
                person=person,
                posts=posts.get(person.pk, []),
                enrollments=enrollments.get(person.pk, []),
                certificates=certificates.get(person.pk, []),
                outcomes=outcomes.get(person.pk, 0),
                consents=consents.get(person.pk, 0),
            )
            for person in people
        ],
        has_two_documents=len(documents) > 1,
        editions_in_both=sorted(set.intersection(*editions)),
    )


def _by_owner(rows: Iterable[Row], owner: Callable[[Row], int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(owner(row), []).append(row)
    return found


def _numbers(rows: QuerySet[Any], owner: str) -> dict[int, int]:
    counted = rows.order_by().values(owner).annotate(number=Count("pk"))
    return {row[owner]: row["number"] for row in counted}


def _count(rows: QuerySet[Enrollment] | QuerySet[Certificate], owner: str) -> Coalesce:
    counted = rows.order_by().values(owner).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def _deeds_about(
    person: User, enrollments: Sequence[Enrollment], certificates: Sequence[Certificate]
) -> list[Deed]:
    accounts = User.objects.filter(pk__in=accounts_of(person)).values_list("uuid", flat=True)
    about = Q(
        record_kind=User._meta.label_lower, record_key__in=[str(account) for account in accounts]
    )
    for records in (enrollments, certificates):
        if records:
            about |= Q(
                record_kind=records[0]._meta.label_lower,
                record_key__in=[str(record.uuid) for record in records],
            )
    return [
        Deed(
            at=event.at,
            what=deed_in_words(event.verb),
            who=event.actor_name,
            role=event.actor_role,
            why=event.reason,
        )
        for event in Event.objects.filter(about)[:LATEST_EVENTS]
    ]
