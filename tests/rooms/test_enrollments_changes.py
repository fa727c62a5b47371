"""More time, one more attempt, another edition, leaving: asked for, answered, carried out."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.learning import (
    ChangeRequestFactory,
    CohortFactory,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
    activity,
    do,
    lesson,
    quiz,
)
from tests.rooms.test_desk import member, page
from tests.rooms.test_enrollments_places import browser, full_cohort
from training.accounts.models import OutgoingMail, User
from training.accounts.roles import Role
from training.audit.actions import SYSTEM
from training.audit.models import Event
from training.audit.queries import events_of
from training.certificates.models import Certificate
from training.enrollments.changes import (
    AlreadyAnswered,
    NotActive,
    NotLater,
    NotOfCourse,
    ReasonMissing,
    Terms,
    TermsMissing,
    ask,
)
from training.enrollments.models import Change, ChangeRequest, Enrollment, MakeUp
from training.enrollments.places import NoPlace, take_place
from training.learning.changes import accept, decline, make
from training.learning.queries import course_outline

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.DEMONSTRATION = True


@pytest.fixture
def coordinator() -> Client:
    return member(Role.COORDINATOR)[1]


def person() -> User:
    return User.objects.get(email="coordinator@example.org")


def enrolled(**fields: Any) -> Enrollment:
    fields = {"learner__language": "en", "learner__email": "ana@example.org"} | fields
    return EnrollmentFactory(**fields)


def other_edition(enrollment: Enrollment, **fields: Any) -> Any:
    """Return a later edition of the same course, by default of the same version."""
    fields = {"course_version": enrollment.course_version, "code": "later"} | fields
    return EditionFactory(ends_on=TODAY() + timedelta(days=90), **fields)


def later(enrollment: Enrollment, days: int = 10) -> date:
    return enrollment.last_day + timedelta(days=days)


def change(enrollment: Enrollment, kind: Change, *, by: User, **terms: Any) -> Enrollment:
    return make(
        enrollment=enrollment,
        change=kind,
        terms=Terms(**terms),
        made_by=by,
        at=timezone.now(),
        reason="She was ill.",
    )


def send(client: Client, asked: ChangeRequest, **fields: str) -> str:
    address = reverse("desk:change", args=[asked.uuid])
    return " ".join(client.post(address, fields, follow=True).content.decode().split())


# --- The learner -------------------------------------------------------------------------------


def test_who_asks_sees_the_state_and_then_the_answer(coordinator: Client) -> None:
    enrollment = enrolled()
    client = browser(enrollment.learner)
    address = reverse("portal:ask", args=[enrollment.uuid])
    assert address in client.get(reverse("portal:course", args=[enrollment.uuid])).content.decode()
    wanted = later(enrollment)
    typed = {"change": "extension", "until": wanted.isoformat(), "motive": "I was on leave."}
    text = client.post(address, typed, follow=True).content.decode()
    assert "Your request was sent" in text
    assert "Awaiting an answer" in text
    asked = ChangeRequest.objects.get()
    assert (asked.until, asked.motive) == (wanted, "I was on leave.")
    assert events_of(asked).get().verb == "change.asked"
    again = client.post(address, typed, follow=True).content.decode()
    assert "You have asked for this already" in again
    assert ChangeRequest.objects.count() == 1
    decline(request=asked, decided_by=person(), at=timezone.now(), words="The minutes are closed.")
    text = client.get(reverse("portal:course", args=[enrollment.uuid])).content.decode()
    assert "Not accepted" in text
    assert "The minutes are closed." in text
    mail = OutgoingMail.objects.get(to="ana@example.org")
    assert mail.subject == "Your request was answered"
    assert "The minutes are closed." in mail.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"motive": ""},
        {"until": ""},
        {"until": "2020-01-01"},
        {"change": "make-up", "quiz": ""},
        {"change": ""},
    ],
    ids=str,
)
def test_nothing_typed_is_lost_on_an_error(wrong: dict[str, str]) -> None:
    enrollment = enrolled()
    typed = {"change": "extension", "until": later(enrollment).isoformat(), "motive": "My leave."}
    typed |= wrong
    response = browser(enrollment.learner).post(
        reverse("portal:ask", args=[enrollment.uuid]), typed
    )
    assert response.status_code == 422
    text = response.content.decode()
    for value in filter(None, typed.values()):
        assert value in text, value
    assert not ChangeRequest.objects.exists()


def test_the_page_says_where_finished_work_comes_along() -> None:
    enrollment = enrolled()
    client = browser(enrollment.learner)
    address = reverse("portal:ask", args=[enrollment.uuid])
    assert 'value="transfer"' not in client.get(address).content.decode()
    other_edition(enrollment, titles={"en": "Same course"})
    revised = CourseVersionFactory(course=enrollment.course_version.course)
    other_edition(
        enrollment, titles={"en": "Revised course"}, course_version=revised, code="revised"
    )
    EditionFactory(titles={"en": "Another course altogether"})
    text = client.get(address).content.decode()
    assert "Same course" in text
    assert text.count("what you have finished comes along") == 1
    assert text.count("you begin anew") == 1
    assert "Another course altogether" not in text


def test_in_a_completed_course_there_is_nothing_to_ask_for() -> None:
    enrollment = enrolled(completed=True)
    client = browser(enrollment.learner)
    address = reverse("portal:ask", args=[enrollment.uuid])
    text = client.get(address, follow=True).content.decode()
    assert "there is nothing to ask for" in text
    assert address not in text
    with pytest.raises(NotActive):
        ask(
            enrollment=enrollment,
            change=Change.WITHDRAWAL,
            motive="why not",
            terms=Terms(),
            at=timezone.now(),
        )


def test_a_quiz_or_edition_of_another_course_cannot_be_asked_for() -> None:
    enrollment, stranger = enrolled(), EnrollmentFactory()
    for kind, terms in (
        (Change.MAKE_UP, Terms(activity=activity(stranger, "quiz-1"))),
        (Change.MAKE_UP, Terms(activity=activity(enrollment, "lesson-1"))),
        (Change.TRANSFER, Terms(edition=stranger.edition)),
        (Change.TRANSFER, Terms(edition=enrollment.edition)),
    ):
        with pytest.raises(NotOfCourse):
            ask(enrollment=enrollment, change=kind, motive="x", terms=terms, at=timezone.now())


# --- The answer --------------------------------------------------------------------------------


def test_more_time_moves_the_last_day_everywhere(coordinator: Client) -> None:
    edition = EditionFactory(ends_on=TODAY() - timedelta(days=1))
    asked = ChangeRequestFactory(
        enrollment=enrolled(edition=edition), until=TODAY() + timedelta(days=2)
    )
    enrollment = asked.enrollment
    client = browser(enrollment.learner)
    address = reverse("portal:course", args=[enrollment.uuid])
    assert "The edition ended on" in client.get(address).content.decode()
    assert "1 request about a course awaits an answer." in page(coordinator, "wagtailadmin_home")
    assert "I was on leave." in page(coordinator, "desk:change", asked.uuid)
    granted = TODAY() + timedelta(days=3)
    text = send(coordinator, asked, accept="1", until=granted.isoformat(), answer="Until Monday.")
    assert "Accepted and carried out" in text
    enrollment.refresh_from_db()
    assert enrollment.last_day == granted
    text = client.get(address).content.decode()
    assert "The edition ended on" not in text
    assert "in 3 days" in text
    assert "Your own last day" in text
    event = events_of(enrollment).filter(verb="enrollment.extended").get()
    assert (event.reason, event.detail["until"]) == ("Until Monday.", granted.isoformat())
    mail = OutgoingMail.objects.get(to="ana@example.org")
    assert mail.subject == "Your request was accepted"
    assert "Until Monday." in mail.text
    assert "you have time until" in mail.text
    assert 'name="accept"' not in page(coordinator, "desk:change", asked.uuid)


def test_a_request_is_declined_with_a_reason_and_answered_once(coordinator: Client) -> None:
    asked = ChangeRequestFactory(enrollment=enrolled())
    assert "Say why you decline" in send(coordinator, asked, decline="1", answer=" ")
    assert not OutgoingMail.objects.exists()
    assert "Declined" in send(coordinator, asked, decline="1", answer="Too late.")
    assert OutgoingMail.objects.count() == 1
    assert "answered this request before you" in send(
        coordinator, asked, accept="1", until=later(asked.enrollment).isoformat()
    )
    with pytest.raises(AlreadyAnswered):
        accept(
            request=asked,
            terms=Terms(until=later(asked.enrollment)),
            decided_by=person(),
            at=timezone.now(),
        )
    asked.enrollment.refresh_from_db()
    assert asked.enrollment.extended_until is None
    assert Event.objects.filter(verb="enrollment.extended").count() == 0


def test_an_answer_that_cannot_be_carried_out_changes_nothing(coordinator: Client) -> None:
    asked = ChangeRequestFactory(enrollment=enrolled())
    early = asked.enrollment.last_day.isoformat()
    text = send(coordinator, asked, accept="1", until=early, answer="Gladly.")
    assert "Choose a day after today" in text
    assert "Gladly." in text
    asked.refresh_from_db()
    assert asked.state == "submitted"
    assert not OutgoingMail.objects.exists()


def test_a_registrar_answers_too() -> None:
    _registrar, client = member(Role.REGISTRAR)
    asked = ChangeRequestFactory(enrollment=enrolled())
    assert "Declined" in send(client, asked, decline="1", answer="No.")


def test_who_leaves_by_request_gives_the_place_to_whoever_waits(coordinator: Client) -> None:
    cohort = full_cohort(capacity=8)
    enrollment = cohort.enrollments.first()
    waiting = LearnerFactory()
    take_place(
        learner=waiting,
        edition=cohort.edition,
        name_on_certificate="Ana Flores",
        actor=SYSTEM,
        at=timezone.now(),
        by_hand=True,
    )
    asked = ChangeRequestFactory(enrollment=enrollment, change=Change.WITHDRAWAL, until=None)
    send(coordinator, asked, accept="1", answer="As you wish.")
    enrollment.refresh_from_db()
    assert enrollment.state == "withdrawn"
    assert Enrollment.objects.get(learner=waiting).cohort == cohort
    assert events_of(enrollment).filter(verb="enrollment.withdrawn").get().reason == "As you wish."


# --- Another edition ---------------------------------------------------------------------------


def test_finished_work_comes_along_within_a_version(coordinator: Client) -> None:
    enrollment = enrolled()
    do(enrollment, "lesson-1")
    do(enrollment, "quiz-1", scaled="0.9")
    target = other_edition(enrollment)
    cohort = CohortFactory(edition=target)
    asked = ChangeRequestFactory(
        enrollment=enrollment, change=Change.TRANSFER, until=None, edition=target
    )
    send(coordinator, asked, accept="1", edition=str(target.pk), cohort=str(cohort.pk))
    enrollment.refresh_from_db()
    assert enrollment.state == "withdrawn"
    joined = Enrollment.objects.get(edition=target)
    assert (joined.learner, joined.cohort) == (enrollment.learner, cohort)
    assert joined.name_on_certificate == enrollment.name_on_certificate
    outline = course_outline(enrollment=joined, language="en")
    assert [a.key for a in outline.activities if a.state == "done"] == ["lesson-1", "quiz-1"]
    assert enrollment.outcomes.count() == 2
    assert joined.outcomes.count() == 2
    event = events_of(enrollment).filter(verb="enrollment.transferred").get()
    assert event.detail == {"edition": "later", "enrollment": str(joined.uuid), "carried": 2}
    assert "in the edition later" in OutgoingMail.objects.get(to="ana@example.org").text
    do(joined, "lesson-2")
    assert Certificate.objects.get().enrollment == joined


def test_between_versions_nothing_comes_along(coordinator: Client) -> None:
    enrollment = enrolled()
    do(enrollment, "lesson-1")
    revised = CourseVersionFactory(course=enrollment.course_version.course)
    target = other_edition(enrollment, course_version=revised)
    joined = change(enrollment, Change.TRANSFER, by=person(), edition=target)
    assert joined.course_version == revised
    assert not joined.outcomes.exists()
    assert enrollment.outcomes.count() == 1


def test_what_came_along_completes_where_it_is_enough(coordinator: Client) -> None:
    version = CourseVersionFactory(activities=[lesson(1), quiz(1)])
    enrollment = enrolled(edition=EditionFactory(course_version=version, cut_score=19))
    do(enrollment, "lesson-1")
    do(enrollment, "quiz-1", scaled="0.8")
    target = other_edition(enrollment, cut_score=14)
    joined = change(enrollment, Change.TRANSFER, by=person(), edition=target)
    assert joined.state == "completed"
    assert Certificate.objects.get().enrollment == joined


def test_without_a_place_nobody_is_moved(coordinator: Client) -> None:
    enrollment = enrolled()
    target = other_edition(enrollment)
    full = full_cohort(edition=target)
    asked = ChangeRequestFactory(
        enrollment=enrollment, change=Change.TRANSFER, until=None, edition=target
    )
    text = send(coordinator, asked, accept="1", edition=str(target.pk), cohort=str(full.pk))
    assert "There is no place for this person" in text
    with pytest.raises(NoPlace):
        change(enrollment, Change.TRANSFER, by=person(), edition=target)
    enrollment.refresh_from_db()
    asked.refresh_from_db()
    assert (enrollment.state, asked.state) == ("active", "submitted")
    assert not target.waits.exists()


def test_a_cohort_of_another_edition_is_refused(coordinator: Client) -> None:
    enrollment = enrolled()
    target, elsewhere = other_edition(enrollment), CohortFactory()
    with pytest.raises(NotOfCourse):
        change(enrollment, Change.TRANSFER, by=person(), edition=target, cohort=elsewhere)


# --- Without a request -------------------------------------------------------------------------


def test_from_the_cohort_a_coordinator_gives_one_learner_more_time(coordinator: Client) -> None:
    cohort = CohortFactory()
    enrollment = enrolled(edition=cohort.edition, cohort=cohort)
    address = reverse("desk:make_change", args=[enrollment.uuid])
    assert address in page(coordinator, "cohort:members", cohort.pk)
    assert address in page(coordinator, "desk:person", enrollment.learner.uuid)
    until = later(enrollment).isoformat()
    text = coordinator.post(address, {"change": "extension", "until": until}).content.decode()
    assert until in text
    enrollment.refresh_from_db()
    assert enrollment.extended_until is None
    typed = {"change": "extension", "until": until, "reason": "She was ill."}
    text = coordinator.post(address, typed, follow=True).content.decode()
    assert "Done; the learner was told" in text
    assert "More time given" in text
    enrollment.refresh_from_db()
    assert enrollment.extended_until.isoformat() == until
    assert events_of(enrollment).filter(verb="enrollment.extended").get().reason == "She was ill."
    assert "She was ill." in OutgoingMail.objects.get(to="ana@example.org").text


def test_a_reason_and_what_the_change_needs_are_required(coordinator: Client) -> None:
    enrollment = enrolled()
    given = {"enrollment": enrollment, "made_by": person(), "at": timezone.now()}
    with pytest.raises(ReasonMissing):
        make(**given, change=Change.WITHDRAWAL, terms=Terms(), reason="  ")
    for kind in (Change.EXTENSION, Change.MAKE_UP, Change.TRANSFER):
        with pytest.raises(TermsMissing):
            make(**given, change=kind, terms=Terms(), reason="why")
    with pytest.raises(NotLater):
        change(enrollment, Change.EXTENSION, by=person(), until=enrollment.last_day)
    with pytest.raises(NotLater):
        change(
            enrollment,
            Change.MAKE_UP,
            by=person(),
            activity=activity(enrollment, "quiz-1"),
            until=TODAY() - timedelta(days=1),
        )
    assert not MakeUp.objects.exists()


def test_a_registrar_and_a_learner_change_nothing_by_hand() -> None:
    enrollment = enrolled()
    address = reverse("desk:make_change", args=[enrollment.uuid])
    for client in (member(Role.REGISTRAR)[1], browser(enrollment.learner)):
        client.post(address, {"change": "withdrawal", "reason": "no"})
    enrollment.refresh_from_db()
    assert enrollment.state == "active"


# --- How much it costs -------------------------------------------------------------------------


def cost(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


def test_pages_cost_the_same_for_many_requests(coordinator: Client) -> None:
    enrollment = enrolled()
    client = browser(enrollment.learner)
    asked = ChangeRequestFactory()
    counts = []
    for size in (2, 6):
        for number in range(size):
            old = ChangeRequestFactory(enrollment=enrollment)
            decline(request=old, decided_by=person(), at=timezone.now(), words="no")
            ChangeRequestFactory()
            other_edition(enrollment, code=f"{size}-{number}")
            CohortFactory(edition=enrollment.edition)
        counts.append(
            [
                cost(client, reverse("portal:course", args=[enrollment.uuid])),
                cost(client, reverse("portal:ask", args=[enrollment.uuid])),
                cost(coordinator, reverse("desk:changes")),
                cost(coordinator, reverse("desk:change", args=[asked.uuid])),
                cost(coordinator, reverse("desk:make_change", args=[enrollment.uuid])),
            ]
        )
    assert counts[0] == counts[1]
