"""Pages cost as many queries when there is much to show as when there is little."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import assessments, certificates
from tests.factories.cms import approved, in_admin, published, reading
from tests.factories.learning import (
    CohortFactory,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    InstitutionFactory,
    LearnerFactory,
    lesson,
    quiz,
)
from tests.factories.people import PersonFactory, PostFactory
from training.accounts.actions import invite
from training.accounts.models import User
from training.accounts.roles import Role
from training.audit.access import record_access
from training.audit.actions import SYSTEM, record_event
from training.audit.models import Access, Event
from training.certificates.models import Certificate
from training.enrollments.models import Enrollment
from training.institutions.models import District

pytestmark = pytest.mark.django_db

FEW, MORE = 2, 6


def cost(client: Client, address: str) -> int:
    """Return how many queries a page takes once it has been opened before."""
    cache.clear()
    assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


def costs(client: Client, address: str, fill: Callable[[], Any]) -> tuple[int, int]:
    """Return what a page takes with few rows, and with more of them."""
    taken = []
    for rows in (FEW, MORE):
        for _ in range(rows):
            fill()
        taken.append(cost(client, address))
    few, more = taken
    return few, more


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="training.accounts.backends.Backend")
    return client


# --- Learners ----------------------------------------------------------------------------------


def enrolled(learner: User, activities: int) -> Enrollment:
    """Return a learner's enrollment in a course of so many lessons and as many quizzes."""
    steps = [make(number) for number in range(1, activities + 1) for make in (lesson, quiz)]
    version = CourseVersionFactory(activities=steps)
    return EnrollmentFactory(learner=learner, edition=EditionFactory(course_version=version))


@pytest.mark.parametrize("name", ["course", "name", "ask"])
def test_a_course_costs_the_same_at_any_length(name: str) -> None:
    learner = LearnerFactory()
    client = signed_in(learner)
    few, more = (
        cost(client, reverse(f"portal:{name}", args=[enrolled(learner, size).uuid]))
        for size in (FEW, MORE)
    )
    assert few == more


def test_asking_for_a_name_costs_the_same_for_many_issuers() -> None:
    edition = EditionFactory()
    client = signed_in(LearnerFactory())
    number = iter(range(1, 100))

    def co_organise() -> None:
        edition.issuer_set.create(
            institution=InstitutionFactory(), part="co-organiser", order=next(number)
        )

    few, more = costs(client, reverse("portal:enroll", args=[edition.uuid]), co_organise)
    assert few == more


@pytest.mark.parametrize("name", ["courses", "record", "certificates"])
def test_a_learners_lists_cost_the_same_for_long_courses(name: str) -> None:
    learner = LearnerFactory()
    client = signed_in(learner)
    taken = []
    for size in (FEW, MORE):
        enrolled(learner, size)
        taken.append(cost(client, reverse(f"portal:{name}")))
    assert taken[0] == taken[1]


def test_the_details_of_a_person_cost_the_same_for_many_posts() -> None:
    learner = PersonFactory()
    client = signed_in(learner)
    address = reverse("account_profile")
    few, more = costs(client, address, lambda: PostFactory(person=learner))
    assert few == more


@pytest.mark.parametrize("name", ["quiz", "result"])
def test_a_quiz_costs_the_same_after_many_attempts(name: str) -> None:
    version = assessments.freeze(
        assessments.approved_quiz(
            [assessments.approved_item()], attempts_allowed=FEW + MORE, cut_score="1"
        )
    )
    enrollment = assessments.enrolled(version)
    client = signed_in(enrollment.learner)
    taken = []
    for size in (FEW, MORE):
        for _ in range(size):
            attempt = assessments.start(enrollment, version)
            assessments.answer_all(attempt, right=0)
            assessments.submitted(attempt)
        address = (
            reverse("assessments:quiz", args=[enrollment.uuid, version.key])
            if name == "quiz"
            else reverse("assessments:result", args=[attempt.uuid])
        )
        taken.append(cost(client, address))
    assert taken[0] == taken[1]


# --- The public --------------------------------------------------------------------------------


def test_the_front_page_costs_the_same_for_many_courses() -> None:
    few, more = costs(Client(), "/es/", lambda: published(lessons=1))
    assert few == more


def test_a_course_page_costs_the_same_for_many_lessons_and_editions() -> None:
    taken = []
    for size in (FEW, MORE):
        course, version = published(lessons=size)
        for _ in range(size):
            enrollment = reading(version)
        address = course.course.get_url()
        taken.append([cost(Client(), address), cost(signed_in(enrollment.learner), address)])
    assert taken[0] == taken[1]


def test_a_verification_costs_the_same_in_a_large_registry() -> None:
    kept: list[Certificate] = []
    taken = []
    for size in (FEW, MORE):
        kept += [certificates.certificate() for _ in range(size)]
        address = reverse("certificates:verification", args=[kept[0].code])
        taken.append([cost(Client(), address), cost(Client(), reverse("certificates:verify"))])
    assert taken[0] == taken[1]


# --- The admin ---------------------------------------------------------------------------------


@pytest.fixture
def staff(settings: Any) -> Callable[[Role], Client]:
    return lambda role: in_admin(Client(), PersonFactory(roles=[role]), settings)


def a_person() -> None:
    PostFactory(person=PersonFactory(roles=[Role.TRAINER]))


def an_invitation() -> None:
    number = User.objects.count()
    invite(
        email=f"invited-{number}@example.org",
        display_name="Invitada",
        language="es",
        invited_by=PersonFactory(),
        at=timezone.now(),
    )


def a_completed_course() -> None:
    EnrollmentFactory(edition=EditionFactory(approval=True), completed=True)


def an_edition() -> None:
    EnrollmentFactory(edition=EditionFactory())


def a_cohort() -> None:
    cohort = CohortFactory()
    cohort.coordinators.add(PersonFactory(), PersonFactory())
    EnrollmentFactory(edition=cohort.edition, cohort=cohort)


def an_event() -> None:
    person = LearnerFactory()
    record_event(actor=SYSTEM, verb="test.done", record=person, at=timezone.now())


def an_access() -> None:
    record_access(
        verb=Access.Verb.VIEWED,
        at=timezone.now(),
        actor=PersonFactory().uuid,
        subject=LearnerFactory().uuid,
    )


def a_district() -> None:
    country = InstitutionFactory().country
    code = f"d{District.objects.count()}"
    District.objects.create(country=country, kind="judicial", code=code, name=code)


LISTS: dict[str, tuple[Role, Callable[[], Any]]] = {
    "wagtailusers_users:index": (Role.SYSTEM_ADMINISTRATOR, a_person),
    "invitation:index": (Role.COORDINATOR, an_invitation),
    "edition:index": (Role.COORDINATOR, an_edition),
    "edition:add": (Role.COORDINATOR, an_edition),
    "cohort:index": (Role.COORDINATOR, a_cohort),
    "cohort:add": (Role.COORDINATOR, a_cohort),
    "certificate:index": (Role.REGISTRAR, certificates.certificate),
    "audit:index": (Role.REGISTRAR, an_event),
    "access-log:index": (Role.SYSTEM_ADMINISTRATOR, an_access),
    "desk:learners": (Role.COORDINATOR, a_cohort),
    "desk:awaiting": (Role.REGISTRAR, a_completed_course),
    "wagtailadmin_home": (Role.REGISTRAR, a_completed_course),
    "institution:index": (Role.INSTITUTIONAL_VIEWER, InstitutionFactory),
    "district:index": (Role.INSTITUTIONAL_VIEWER, a_district),
    "wagtailsnippets_assessments_item:list": (Role.TRAINER, assessments.approved_item),
    "wagtailsnippets_assessments_quiz:list": (
        Role.TRAINER,
        lambda: assessments.approved_quiz([assessments.approved_item()]),
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_for_many_rows(name: str, staff: Callable[[Role], Client]) -> None:
    role, fill = LISTS[name]
    few, more = costs(staff(role), reverse(name), fill)
    assert few == more


def test_the_members_of_a_cohort_cost_the_same(staff: Callable[[Role], Client]) -> None:
    cohort = CohortFactory(capacity=50)
    address = reverse("cohort:members", args=[cohort.pk])
    few, more = costs(
        staff(Role.COORDINATOR),
        address,
        lambda: EnrollmentFactory(edition=cohort.edition, cohort=cohort),
    )
    assert few == more


def test_one_of_many_costs_the_same_to_open(staff: Callable[[Role], Client]) -> None:
    learner = LearnerFactory()
    enrollment = EnrollmentFactory(learner=learner, completed=True)
    certificate = Certificate.objects.get(enrollment=enrollment)
    waiting = EnrollmentFactory(edition=EditionFactory(approval=True), completed=True)
    cohort = CohortFactory()
    registrar, coordinator = staff(Role.REGISTRAR), staff(Role.COORDINATOR)
    opened = {
        reverse("wagtailusers_users:edit", args=[learner.pk]): registrar,
        reverse("certificate:inspect", args=[certificate.pk]): registrar,
        reverse("desk:person", args=[learner.uuid]): registrar,
        reverse("desk:issue", args=[waiting.uuid]): registrar,
        reverse("desk:revoke", args=[certificate.uuid]): registrar,
        reverse("audit:inspect", args=[Event.objects.earliest("pk").pk]): registrar,
        reverse("edition:edit", args=[enrollment.edition_id]): coordinator,
        reverse("cohort:edit", args=[cohort.pk]): coordinator,
    }
    taken = []
    for size in (FEW, MORE):
        for _ in range(size):
            EnrollmentFactory(learner=learner, completed=True)
            EnrollmentFactory(edition=waiting.edition, completed=True)
            a_cohort()
            PostFactory(person=learner)
        taken.append({address: cost(client, address) for address, client in opened.items()})
    assert taken[0] == taken[1]


def test_publishing_a_version_costs_the_same_for_many_editions(
    staff: Callable[[Role], Client],
) -> None:
    course, version = published(lessons=1)
    address = reverse("cms_publish_course_version", args=[course.course.pk])
    few, more = costs(staff(Role.TRAINER), address, lambda: reading(version))
    assert few == more


def test_publishing_a_version_costs_a_little_for_each_text(
    staff: Callable[[Role], Client],
) -> None:
    """It tries the whole publication, text by text: what may not happen is that more texts
    make each of them dearer.
    """
    client = staff(Role.TRAINER)
    taken = {}
    for size in (1, FEW, MORE):
        course = approved(lessons=size)
        taken[size] = cost(client, reverse("cms_publish_course_version", args=[course.course.pk]))
    each = taken[FEW] - taken[1]
    assert taken[MORE] - taken[FEW] == each * (MORE - FEW)
    assert each <= 26
