"""Nomination lists: what they say before, and that exactly this is done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.learning import NOON, CohortFactory, EnrollmentFactory, LearnerFactory
from tests.rooms.test_desk import member
from training.accounts.actions import create_person
from training.accounts.models import Invitation, OutgoingMail, User
from training.accounts.roles import Role
from training.audit.models import Event
from training.enrollments import working_off
from training.enrollments.models import (
    Cohort,
    Enrollment,
    Nomination,
    NominationLine,
    Wait,
)
from training.enrollments.nominations import (
    AlreadyConfirmed,
    OfficialDocument,
    SituationChanged,
    confirm,
    draft_list,
)
from training.enrollments.tasks import sweep_nominations
from training.enrollments.working_off import work_off

pytestmark = pytest.mark.django_db

PAPER = OfficialDocument(
    nominated_by="Comisión de Justicia de Género",
    kind="Oficio",
    number="012-2026",
    date=NOON.date(),
)


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.DEMONSTRATION = True


@pytest.fixture
def coordinator() -> User:
    return member(Role.COORDINATOR)[0]


def csv_of(*rows: str) -> bytes:
    return "\n".join(["E-mail,Full name", *rows]).encode()


def draft(cohort: Cohort, data: bytes, by: User) -> Nomination:
    return draft_list(
        cohort=cohort, document=PAPER, data=data, file_name="list.csv", uploaded_by=by, at=NOON
    )


def plans(nomination: Nomination) -> list[tuple[int, str, str, str]]:
    return list(nomination.lines.values_list("number", "plan", "problem", "cell"))


# --- The check ---------------------------------------------------------------------------------


def mixed(coordinator: User) -> Nomination:
    cohort = CohortFactory(capacity=2)
    other = CohortFactory(edition=cohort.edition)
    EnrollmentFactory(edition=cohort.edition, cohort=cohort, learner__email="in@example.org")
    EnrollmentFactory(edition=cohort.edition, cohort=other, learner__email="else@example.org")
    LearnerFactory(email="gone@example.org", is_active=False)
    for name in ("first", "second"):
        LearnerFactory(email=f"{name}@example.org", language="en")
    return draft(
        cohort,
        csv_of(
            "First@example.org,Ana",
            "second@example.org,Luis",
            "new@example.org,Rosa Quispe",
            "in@example.org,",
            "else@example.org,",
            "gone@example.org,",
            "first@example.org,",
            "no address,",
            ",Without Address",
            f"long@example.org,{'x' * 201}",
        ),
        coordinator,
    )


def test_the_check_says_row_by_row_what_would_happen_and_does_nothing(coordinator: User) -> None:
    nomination = mixed(coordinator)
    assert plans(nomination) == [
        (2, "enroll", "", "A2"),
        (3, "wait", "", "A3"),
        (4, "invite", "", "A4"),
        (5, "already", "", "A5"),
        (6, "error", "other-cohort", "A6"),
        (7, "error", "inactive", "A7"),
        (8, "error", "twice", "A8"),
        (9, "error", "bad-email", "A9"),
        (10, "error", "no-email", "A10"),
        (11, "error", "long-name", "B11"),
    ]
    assert Enrollment.objects.count() == 2
    assert not Wait.objects.exists()
    assert not Invitation.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_confirming_does_exactly_what_was_said(
    coordinator: User, run_queue: Callable[[], list[str]]
) -> None:
    nomination = mixed(coordinator)
    confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)
    work_off(nomination_id=nomination.pk, at=NOON)
    nomination.refresh_from_db()
    assert nomination.finished_at == NOON
    enrollment = Enrollment.objects.get(learner__email="first@example.org")
    assert (enrollment.cohort, enrollment.nomination) == (nomination.cohort, nomination)
    assert Wait.objects.get().nomination == nomination
    assert Invitation.objects.get().display_name == "Rosa Quispe"
    mails = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert mails.keys() == {"first@example.org", "second@example.org", "new@example.org"}
    assert "Comisión de Justicia de Género nominated you" in mails["first@example.org"].text
    assert "Oficio 012-2026" in mails["first@example.org"].text
    assert "number 1 on the waiting list" in mails["second@example.org"].text
    work_off(nomination_id=nomination.pk, at=NOON)
    assert OutgoingMail.objects.count() == 3
    with pytest.raises(AlreadyConfirmed):
        confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)
    assert Event.objects.filter(verb="nomination.confirmed").count() == 1


def test_what_changed_since_the_check_is_said_anew_before_anything_is_done(
    coordinator: User,
) -> None:
    nomination = mixed(coordinator)
    LearnerFactory(email="new@example.org")
    with pytest.raises(SituationChanged):
        confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)
    nomination.refresh_from_db()
    assert nomination.confirmed_at is None
    assert nomination.lines.get(number=4).plan == "wait"
    confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)


def test_what_changed_after_the_confirmation_is_left_and_told(coordinator: User) -> None:
    nomination = mixed(coordinator)
    confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)
    LearnerFactory(email="new@example.org")
    work_off(nomination_id=nomination.pk, at=NOON)
    assert nomination.lines.get(result="changed").number == 4
    assert not Enrollment.objects.filter(learner__email="new@example.org").exists()


def test_who_accepts_the_invitation_is_seated_once(coordinator: User) -> None:
    cohort = CohortFactory()
    nomination = draft(cohort, csv_of("new@example.org,Rosa Quispe"), coordinator)
    confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)
    work_off(nomination_id=nomination.pk, at=NOON)
    sweep_nominations()
    assert not Enrollment.objects.exists()
    create_person(email="new@example.org", display_name="Rosa Quispe", at=NOON)
    sweep_nominations()
    sweep_nominations()
    enrollment = Enrollment.objects.get()
    assert (enrollment.cohort, enrollment.nomination) == (cohort, nomination)
    assert OutgoingMail.objects.filter(template="emails/nominated").count() == 1


# --- Killed, and large -------------------------------------------------------------------------


class Killed(Exception):
    """The worker ended in the middle of its work."""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_rows_that_the_sweep_finishes_once(
    monkeypatch: pytest.MonkeyPatch, run_queue: Callable[[], list[str]]
) -> None:
    coordinator = member(Role.COORDINATOR)[0]
    cohort = CohortFactory(capacity=30)
    people = [LearnerFactory() for _ in range(10)]
    nomination = draft(cohort, csv_of(*[f"{who.email}," for who in people]), coordinator)
    confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)
    seat, calls = working_off._seat, []

    def die_on_the_sixth(*args: Any, **fields: Any) -> None:
        calls.append(1)
        if len(calls) == 6:
            raise Killed
        seat(*args, **fields)

    monkeypatch.setattr(working_off, "BATCH", 4)
    monkeypatch.setattr(working_off, "_seat", die_on_the_sixth)
    with pytest.raises(Killed):
        run_queue()
    assert Enrollment.objects.count() == nomination.lines.filter(result="done").count() == 4
    Nomination.objects.update(queued_at=timezone.now() - timedelta(minutes=10))
    sweep_nominations()
    assert "training.enrollments.tasks.work_off_nomination" in run_queue()
    assert Enrollment.objects.count() == 10
    assert OutgoingMail.objects.filter(template="emails/nominated").count() == 10
    assert Event.objects.filter(verb="enrollment.created").count() == 10


@pytest.mark.once
@pytest.mark.timeout(900)
def test_of_5000_rows_200_are_faulty_and_the_other_4800_are_done(coordinator: User) -> None:
    cohort = CohortFactory(capacity=4200)
    known = User.objects.bulk_create(
        User(email=f"known-{n}@example.org", display_name=f"Ana {n}", password="!")
        for n in range(4500)
    )
    inside = known[:4000]
    Enrollment.objects.bulk_create(
        Enrollment(
            learner=who,
            edition=cohort.edition,
            cohort=cohort,
            course_version_id=cohort.edition.course_version_id,
            name_on_certificate=who.display_name,
            name_confirmed_at=NOON,
            enrolled_at=NOON,
        )
        for who in inside
    )
    rows = [f"{who.email},{who.display_name}" for who in known]
    rows += [f"new-{n}@example.org,Luis {n}" for n in range(300)]
    faulty = {25 * n for n in range(1, 201)}
    for row in sorted(faulty):  # the number as the file counts it; the header is row 1
        rows.insert(row - 2, f"no-address-{row},Somebody")
    nomination = draft(cohort, csv_of(*rows), coordinator)
    lines = nomination.lines
    assert lines.count() == 5000
    assert set(lines.filter(plan="error").values_list("number", flat=True)) == faulty
    assert set(lines.filter(plan="error").values_list("problem", flat=True)) == {"bad-email"}
    confirm(nomination=nomination, confirmed_by=coordinator, at=NOON)
    work_off(nomination_id=nomination.pk, at=NOON)
    assert not lines.exclude(result="done").exists()
    counts = {plan: lines.filter(plan=plan).count() for plan in ("already", "enroll", "wait")}
    assert counts == {"already": 4000, "enroll": 200, "wait": 300}
    assert cohort.enrollments.count() == 4200
    assert Wait.objects.count() == 300
    assert Invitation.objects.count() == 300


# --- Pages -------------------------------------------------------------------------------------

TYPED = {
    "nominated_by": "Comisión de Justicia de Género",
    "document_kind": "Oficio",
    "document_number": "012-2026",
    "document_date": "2026-11-02",
}


def upload(client: Client, cohort: Cohort, data: bytes, name: str = "list.csv") -> str:
    form = TYPED | {"file": SimpleUploadedFile(name, data)}
    response = client.post(reverse("cohort:nominations", args=[cohort.pk]), form, follow=True)
    return " ".join(response.content.decode().split())


def test_a_coordinator_sends_reads_confirms_and_watches(
    run_queue: Callable[[], list[str]], django_capture_on_commit_callbacks: Any
) -> None:
    client = member(Role.COORDINATOR)[1]
    cohort = CohortFactory()
    LearnerFactory(email="ana@example.org")
    text = upload(client, cohort, csv_of("ana@example.org,Ana", "no address,Luis"))
    assert "Nothing has been done yet" in text
    assert "Cell A3: this is no e-mail address. “no address”" in text
    nomination = Nomination.objects.get()
    assert (str(nomination), nomination.file_name) == ("Oficio 012-2026", "list.csv")
    address = reverse("cohort:nomination", args=[cohort.pk, nomination.uuid])
    with django_capture_on_commit_callbacks(execute=True):
        running = client.post(address, follow=True)
    assert "0 of 2 rows are worked off" in running.content.decode()
    assert running.headers["Refresh"]
    run_queue()
    done = client.get(address)
    assert "2 rows were worked off." in done.content.decode()
    assert "Refresh" not in done.headers
    members = client.get(reverse("cohort:members", args=[cohort.pk])).content.decode()
    assert "Comisión de Justicia de Género, Oficio 012-2026" in members
    only = client.get(address, {"what": "error"}).content.decode()
    assert "ana@example.org" not in only


def test_what_was_typed_stays_when_the_file_is_refused() -> None:
    client = member(Role.COORDINATOR)[1]
    text = upload(client, CohortFactory(), b"%PDF-1.7", name="list.csv")
    assert "This is neither a CSV nor an XLSX file" in text
    for value in TYPED.values():
        assert f'value="{value}"' in text
    assert not Nomination.objects.exists()


def test_a_list_is_reached_through_its_cohort() -> None:
    client, nomination = member(Role.COORDINATOR)[1], mixed(LearnerFactory())
    elsewhere = reverse("cohort:nomination", args=[CohortFactory().pk, nomination.uuid])
    assert client.get(elsewhere).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_is_downloaded(kind: str) -> None:
    client = member(Role.COORDINATOR)[1]
    response = client.get(reverse("cohort:nomination_template", args=[kind]))
    assert response.headers["Content-Disposition"].endswith(f'.{kind}"')
    assert client.get(reverse("cohort:nomination_template", args=["exe"])).status_code == 404


def test_a_list_costs_as_many_queries_for_many_rows_as_for_few(coordinator: User) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(coordinator)
    assert coordinator.actor.role == Role.COORDINATOR  # asked once, and remembered
    counts = []
    for size in (3, 60):
        cohort = CohortFactory()
        rows = [f"{LearnerFactory().email}," for _ in range(size)]
        with CaptureQueriesContext(connection) as queries:
            nomination = draft(cohort, csv_of(*rows), coordinator)
        for_the_check = len(queries)
        address = reverse("cohort:nomination", args=[cohort.pk, nomination.uuid])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append((for_the_check, len(queries)))
    assert counts[0] == counts[1]
    assert NominationLine.objects.count() == 63
