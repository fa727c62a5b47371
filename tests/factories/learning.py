"""Situations of the record, without pages and quizzes: the activities come from test providers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from training.accounts.models import User
from training.audit.actions import SYSTEM
from training.catalogue.actions import (
    ActivityDraft,
    CourseDraft,
    ModuleDraft,
    publish_course_version,
)
from training.catalogue.models import Activity, Course, CourseVersion
from training.enrollments.actions import enroll
from training.enrollments.models import (
    Application,
    Change,
    ChangeRequest,
    Cohort,
    Edition,
    Enrollment,
    Issuer,
    Nomination,
)
from training.institutions.models import Country, Institution
from training.kernel.activities import ActivityReference, Part, sign_up
from training.learning.actions import record_outcome
from training.progress.rules import Reported

NOON = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)  # noon in Lima


class LessonProvider:
    """Offers lessons that are nowhere but in the record."""

    name = "test-lesson"
    icon = "lesson"
    is_scored = False

    def address(self, *, enrollment: UUID, activity: ActivityReference) -> str:
        """Return a path that nobody serves."""
        return f"/test/{enrollment}/{activity.key}/"

    def digest(self, *, activity: ActivityReference) -> str:
        """Return a digest that any version has."""
        return sha256(f"{activity.key} {activity.version}".encode()).hexdigest()

    def part(
        self, *, enrollment: UUID, activity: ActivityReference, name: str, language: str
    ) -> Part:
        """Return the whole, or one of two places that any version has."""
        if name not in ("", "first", "second"):
            raise LookupError(name)
        return Part(name, activity.key, activity.version, words=name.title(), language=language)


class QuizProvider(LessonProvider):
    """Offers quizzes that are nowhere but in the record."""

    name = "test-quiz"
    icon = "quiz"
    is_scored = True


sign_up(LessonProvider())
sign_up(QuizProvider())


class LearnerFactory(DjangoModelFactory[User]):
    """Somebody who learns."""

    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"learner-{number}@example.org")
    display_name = "María Ñahui Quispe"
    certificate_name = "María Ñahui Quispe"

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(**fields)


class CountryFactory(DjangoModelFactory[Country]):
    """The country of the courses; its pack says no more than it must."""

    class Meta:
        model = Country
        django_get_or_create = ("code",)

    code = "pe"
    names = {"es": "Perú", "en": "Peru"}
    time_zone = "America/Lima"
    languages = ["es", "en"]
    pack_version = "test"


class InstitutionFactory(DjangoModelFactory[Institution]):
    """An institution that may issue certificates."""

    class Meta:
        model = Institution

    code = factory.Sequence(lambda number: f"school-{number}")
    names = {"es": "Escuela de prueba", "en": "School for tests"}
    kind = "school"
    country = factory.SubFactory(CountryFactory)


class CourseFactory(DjangoModelFactory[Course]):
    """A course as an identity."""

    class Meta:
        model = Course

    key = factory.LazyFunction(lambda: str(uuid4()))
    code = factory.Sequence(lambda number: f"TIP-{number:02d}")
    country = factory.SubFactory(CountryFactory)


def lesson(number: int, *, is_required: bool = True) -> ActivityDraft:
    """Return a lesson of 45 minutes, about to be frozen."""
    return ActivityDraft(
        reference=ActivityReference("test-lesson", f"lesson-{number}", 1),
        titles={"es": f"Lección {number}", "en": f"Lesson {number}"},
        minutes=45,
        is_required=is_required,
    )


def quiz(number: int, *, weight: Decimal | int = 1, is_required: bool = True) -> ActivityDraft:
    """Return a quiz of 30 minutes, about to be frozen."""
    return ActivityDraft(
        reference=ActivityReference("test-quiz", f"quiz-{number}", 1),
        titles={"es": f"Cuestionario {number}", "en": f"Quiz {number}"},
        minutes=30,
        is_required=is_required,
        weight=Decimal(weight),
    )


class CourseVersionFactory(factory.Factory[CourseVersion]):
    """A published version; by default two lessons and a quiz in one module."""

    class Meta:
        model = CourseVersion

    course = factory.SubFactory(CourseFactory)
    activities = factory.LazyFunction(lambda: [lesson(1), lesson(2), quiz(1)])
    at = NOON

    @classmethod
    def _create(
        cls,
        model_class: type[CourseVersion],
        *,
        course: Course,
        activities: Sequence[ActivityDraft],
        at: datetime,
    ) -> CourseVersion:
        draft = CourseDraft(
            source_language="es",
            titles={"es": "Fundamentos de la trata", "en": "Foundations of trafficking"},
            modules=[
                ModuleDraft(
                    key="module-1",
                    titles={"es": "Módulo 1", "en": "Module 1"},
                    activities=activities,
                )
            ],
            syllabus={"es": ["Módulo 1"], "en": ["Module 1"]},
        )
        return publish_course_version(course=course, draft=draft, actor=SYSTEM, at=at)


class EditionFactory(DjangoModelFactory[Edition]):
    """An edition that is running now and takes learners who enroll by themselves."""

    class Meta:
        model = Edition
        skip_postgeneration_save = True

    class Params:
        by_list = factory.Trait(entry=Edition.Entry.NOMINATION)
        by_application = factory.Trait(entry=Edition.Entry.APPLICATION)
        not_yet = factory.Trait(
            enrollment_opens_at=factory.LazyFunction(lambda: timezone.now() + timedelta(days=2))
        )
        closed = factory.Trait(
            enrollment_closes_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=2))
        )
        approval = factory.Trait(issuing=Edition.Issuing.APPROVAL)

    code = factory.Sequence(lambda number: f"2026-{number:02d}")
    course_version = factory.SubFactory(CourseVersionFactory)
    titles = {"es": "Edición de prueba", "en": "Edition for tests"}
    mode = Edition.Mode.SELF_PACED
    entry = Edition.Entry.OPEN
    enrollment_opens_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=30))
    enrollment_closes_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))
    starts_on = factory.LazyFunction(lambda: _today() - timedelta(days=20))
    ends_on = factory.LazyFunction(lambda: _today() + timedelta(days=40))
    hours_asynchronous = Decimal(5)
    signatories = [{"name": "Rosa Huamán", "post": {"es": "Directora", "en": "Director"}}]

    @factory.post_generation
    def issuer(self: Edition, create: bool, extracted: Institution | None) -> None:
        """Let one institution issue the certificates."""
        if create:
            Issuer.objects.create(edition=self, institution=extracted or InstitutionFactory())


class CohortFactory(DjangoModelFactory[Cohort]):
    """A group with places left."""

    class Meta:
        model = Cohort

    edition = factory.SubFactory(EditionFactory, by_list=True)
    code = factory.Sequence(lambda number: f"cohort-{number}")
    name = factory.Sequence(lambda number: f"Cohort {number}")


class EnrollmentFactory(factory.Factory[Enrollment]):
    """A learner in an edition; `completed=True` has done it all with full marks."""

    class Meta:
        model = Enrollment

    learner = factory.SubFactory(LearnerFactory)
    edition = factory.SubFactory(EditionFactory)
    cohort = None
    name_on_certificate = factory.LazyAttribute(lambda enrollment: enrollment.learner.display_name)
    completed = False
    at = NOON

    @classmethod
    def _create(
        cls,
        model_class: type[Enrollment],
        *,
        learner: User,
        edition: Edition,
        cohort: Cohort | None,
        name_on_certificate: str,
        completed: bool,
        at: datetime,
    ) -> Enrollment:
        enrollment, _is_new = enroll(
            learner=learner,
            edition=edition,
            cohort=cohort,
            name_on_certificate=name_on_certificate,
            actor=learner.actor,
            at=at,
            by_hand=True,
        )
        if completed:
            do_all(enrollment, at=at)
            enrollment.refresh_from_db()
        return enrollment


class ApplicationFactory(DjangoModelFactory[Application]):
    """Somebody who waits for an answer."""

    class Meta:
        model = Application

    edition = factory.SubFactory(EditionFactory, by_application=True)
    learner = factory.SubFactory(LearnerFactory)
    name_on_certificate = "Ana Flores Rojas"
    motive = "I judge such cases."
    applied_at = NOON


class ChangeRequestFactory(DjangoModelFactory[ChangeRequest]):
    """Somebody who asks for more time, and waits for an answer."""

    class Meta:
        model = ChangeRequest

    enrollment = factory.SubFactory(EnrollmentFactory)
    change = Change.EXTENSION
    motive = "I was on leave."
    until = factory.LazyAttribute(lambda asked: asked.enrollment.last_day + timedelta(days=10))
    asked_at = NOON


class NominationFactory(DjangoModelFactory[Nomination]):
    """A list that nobody confirmed; it has no rows."""

    class Meta:
        model = Nomination

    cohort = factory.SubFactory(CohortFactory)
    nominated_by = "Comisión de Justicia de Género"
    document_kind = "Oficio"
    document_number = "012-2026"
    document_date = NOON.date()
    file_name = "list.csv"
    uploaded_by = factory.SubFactory(LearnerFactory)
    uploaded_at = NOON


def activity(enrollment: Enrollment, key: str) -> Activity:
    """Return one activity of the version that a learner studies."""
    return Activity.objects.get(course_version_id=enrollment.course_version_id, key=key)


def passed(*, scaled: Decimal | str | None = None, at: datetime = NOON, **fields: Any) -> Reported:
    """Return the report of a success, from a source of its own unless it names one."""
    return reported(is_success=True, scaled=scaled, at=at, **fields)


def failed(*, scaled: Decimal | str, at: datetime = NOON, **fields: Any) -> Reported:
    """Return the report of a failure."""
    return reported(is_success=False, scaled=scaled, at=at, **fields)


def reported(
    *, is_success: bool, scaled: Decimal | str | None, at: datetime, **fields: Any
) -> Reported:
    """Return a report as a provider makes it."""
    return Reported(
        source=fields.pop("source", f"test:{uuid4()}"),
        occurred_at=at,
        is_success=is_success,
        scaled=None if scaled is None else Decimal(scaled),
        **fields,
    )


def do(enrollment: Enrollment, key: str, *, scaled: str = "1", at: datetime = NOON) -> None:
    """Let a learner succeed in one activity, through the same door as a provider."""
    done = activity(enrollment, key)
    report = passed(scaled=scaled if done.is_scored else None, at=at)
    record_outcome(enrollment=enrollment, activity=done, reported=report)


def do_all(enrollment: Enrollment, *, scaled: str = "1", at: datetime = NOON) -> None:
    """Let a learner succeed in every activity, in order."""
    for step in enrollment.course_version.activities.all():
        do(enrollment, step.key, scaled=scaled, at=at)


def _today() -> date:
    return timezone.localdate()
