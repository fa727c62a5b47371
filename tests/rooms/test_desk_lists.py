"""Lists of the desk, what is taken out of them, and how far cohorts are."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from assessments.attempts import save_response
from assessments.marking import Kind
from cms.permissions import grant_permissions
from tests.factories import assessments
from tests.factories.learning import (
    NOON,
    CohortFactory,
    EnrollmentFactory,
    InstitutionFactory,
    LearnerFactory,
    activity,
    do,
    failed,
)
from tests.rooms.test_desk import member, page
from training.accounts.models import Post, User
from training.accounts.roles import Role
from training.audit import spreadsheets
from training.audit.models import Event
from training.audit.queries import events_of
from training.audit.spreadsheets import harmless
from training.certificates.models import Certificate
from training.desk import actions, exports
from training.desk.models import ListExport
from training.desk.progress import QUIET_DAYS
from training.desk.tasks import queue_unmade_list_exports, remove_expired_list_exports
from training.enrollments.models import Cohort, Enrollment
from training.institutions.models import District
from training.learning.actions import record_outcome

pytestmark = pytest.mark.django_db

MAKE = "training.desk.tasks.make_list_export"
LISTS = ["desk:learners", "desk:enrollments", "desk:progress", "attempts", "certificate:index"]
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "a;=1", "a\n=1"]


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> Iterator[None]:
    settings.DEMONSTRATION = True
    yield
    for name in files():
        storages["exports"].delete(name)


def files() -> list[str]:
    storage = storages["exports"]
    return storage.listdir("")[1] if storage.exists("") else []


@pytest.fixture
def registrar() -> Client:
    client = member(Role.REGISTRAR)[1]
    grant_permissions()
    return client


def content(response: Any) -> bytes:
    assert response.status_code == 200, response.headers
    return b"".join(response) if response.streaming else response.content


def table(data: bytes) -> list[list[str]]:
    """Return the lines of a CSV as a spreadsheet reads them."""
    assert data.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def taken(client: Client, name: str, **question: str) -> list[dict[str, str]]:
    """Return the rows of a list's CSV by heading."""
    heading, *rows = table(content(client.get(reverse(name), question | {"export": "csv"})))
    return [dict(zip(heading, row, strict=True)) for row in rows]


def guided(*people: User, **fields: Any) -> Cohort:
    """Return a cohort that these people guide."""
    cohort = CohortFactory(**fields)
    cohort.coordinators.set(people)
    return cohort


def inside(cohort: Cohort, name: str = "Rosa Quispe", **fields: Any) -> Enrollment:
    """Return somebody's enrollment in a cohort."""
    learner = LearnerFactory(display_name=name, certificate_name="")
    return EnrollmentFactory(edition=cohort.edition, cohort=cohort, learner=learner, **fields)


def tried(enrollment: Enrollment, scaled: str = "0.4", at: datetime | None = None) -> None:
    """Let a learner do the first lesson and fail the quiz."""
    at = at or timezone.now()
    do(enrollment, "lesson-1", at=at)
    report = failed(scaled=scaled, at=at)
    record_outcome(enrollment=enrollment, activity=activity(enrollment, "quiz-1"), reported=report)


# --- Lists -------------------------------------------------------------------------------------


def fill() -> None:
    """Add one line to every list."""
    attempt = assessments.begun(assessments.approved_item(), learner=LearnerFactory())
    assessments.answer_all(attempt)
    assessments.submitted(attempt)
    cohort = CohortFactory()
    tried(inside(cohort))
    enrollment = inside(cohort, completed=True)
    Post.objects.create(
        person=enrollment.learner,
        role=Post.Role.JUDGE,
        institution=InstitutionFactory(),
        valid_from=timezone.localdate() - timedelta(days=9),
    )


@pytest.mark.parametrize("kind", ["", "csv"])
def test_lists_and_files_cost_the_same_for_many_as_for_few(registrar: Client, kind: str) -> None:
    counts: dict[str, list[int]] = {}
    for size in (2, 4):
        for _ in range(size):
            fill()
        for name in (*LISTS, "audit:index", "desk:cohorts"):
            cache.clear()
            address = reverse(name)
            content(registrar.get(address))
            with CaptureQueriesContext(connection) as queries:
                content(registrar.get(address, {"export": kind} if kind else {}))
            counts.setdefault(name, []).append(len(queries))
    assert {name: few for name, (few, _many) in counts.items()} == {
        name: many for name, (_few, many) in counts.items()
    }


def test_enrollments_are_found_by_what_they_are_in_and_whose(registrar: Client) -> None:
    cohort = CohortFactory()
    enrollment = inside(cohort, completed=True)
    district = District.objects.create(
        country=cohort.edition.course_version.course.country,
        kind="judicial",
        code="lima",
        name="Lima",
    )
    court = InstitutionFactory(names={"es": "Corte", "en": "Court"})
    Post.objects.create(
        person=enrollment.learner,
        role=Post.Role.JUDGE,
        institution=court,
        judicial_district=district,
        valid_from=timezone.localdate() - timedelta(days=9),
    )
    EnrollmentFactory(learner__display_name="Juan Flores", at=timezone.now())
    completed = f"{timezone.localdate(enrollment.completed_at)}"
    questions = [
        {"q": "quispe"},
        {"edition": str(cohort.edition_id)},
        {"cohort": str(cohort.pk)},
        {"institution": str(court.pk)},
        {"district": str(district.pk)},
        {"state": "completed"},
        {"completed_at_from": completed, "completed_at_to": completed},
    ]
    for question in questions:
        for name in ("desk:enrollments", "desk:progress"):
            found = page(registrar, name, **question)
            assert "Rosa Quispe" in found, question
            assert "Juan Flores" not in found, question
            assert [row["Learner"] for row in taken(registrar, name, **question)] == ["Rosa Quispe"]
    row = taken(registrar, "desk:enrollments", q="quispe")[0]
    assert (row["Institution"], row["District"]) == ("Court", "Lima")
    assert row["Completed"] == timezone.localtime(enrollment.completed_at).strftime(
        "%Y-%m-%d %H:%M"
    )


def test_learners_are_asked_for_one_and_the_same_enrollment(registrar: Client) -> None:
    cohort = CohortFactory()
    running = inside(cohort)
    EnrollmentFactory(learner=running.learner, completed=True)
    question = {"cohort": str(cohort.pk), "state": "completed"}
    assert taken(registrar, "desk:learners", **question) == []
    assert len(taken(registrar, "desk:learners", cohort=str(cohort.pk), state="active")) == 1


def test_progress_tells_done_mark_next_and_last_activity(registrar: Client) -> None:
    cohort = CohortFactory()
    now = timezone.now()
    tried(inside(cohort, at=now - timedelta(days=40)), at=now - timedelta(days=QUIET_DAYS + 1))
    tried(inside(cohort, "Juan Flores", at=now - timedelta(days=40)), at=now)
    quiet = taken(registrar, "desk:progress", quiet="quiet")
    assert [row["Learner"] for row in quiet] == ["Rosa Quispe"]
    row = quiet[0]
    assert (row["Done"], row["Required"], row["Next"]) == ("1", "3", "Lesson 2")
    assert row["Mark so far"] == "8.00"
    assert "1 / 3" not in row.values()  # a spreadsheet would make a day of it
    last = timezone.localtime(now - timedelta(days=QUIET_DAYS + 1))
    assert row["Last activity"] == last.strftime("%Y-%m-%d %H:%M")
    registrar.cookies["django_language"] = "es"
    for shown in ("1 / 3", "<td > 8 </td>"):
        assert shown in page(registrar, "desk:progress")


def test_certificates_are_found_by_what_the_paper_names(registrar: Client) -> None:
    cohort = CohortFactory()
    certificate = Certificate.objects.get(enrollment=inside(cohort, completed=True))
    EnrollmentFactory(completed=True, learner__display_name="Juan Flores")
    questions = [{"edition_code": cohort.edition.code}, {"cohort": str(cohort.pk)}]
    for question in questions:
        rows = taken(registrar, "certificate:index", **question)
        assert [row["Registry number"] for row in rows] == [certificate.number]
    assert rows[0]["Mark"] == "20.00"
    assert len(taken(registrar, "certificate:index")) == 2


def test_attempts_tell_the_mark_and_never_an_answer(registrar: Client) -> None:
    item = assessments.approved_item(Kind.NUMERIC, stem="Who decides?")
    attempt = assessments.begun(item, learner=LearnerFactory(display_name="Rosa Quispe"))
    save_response(
        attempt=attempt,
        item_version_id=attempt.responses.get().item_version_id,
        given=["31415.9265"],
        is_flagged=False,
        revision=0,
        at=NOON,
    )
    assessments.submitted(attempt)
    row = taken(registrar, "attempts")[0]
    assert (row["Learner"], row["Mark"], row["Passed"]) == ("Rosa Quispe", "0.00", "no")
    for text in (page(registrar, "attempts"), str(row)):
        assert "Rosa Quispe" in text
        for secret in ("Who decides?", "31415"):
            assert secret not in text


# --- Marks (R-34) ------------------------------------------------------------------------------


def test_marks_are_seen_by_the_registrar_and_by_who_guides_the_cohort() -> None:
    guide, guiding = member(Role.COORDINATOR)
    _registrar, registering = member(Role.REGISTRAR)
    grant_permissions()
    own, foreign = guided(guide), CohortFactory()
    attempts = []
    for cohort, name in ((own, "Rosa Quispe"), (foreign, "Juan Flores")):
        item = assessments.approved_item()
        attempt = assessments.begun(item, learner=LearnerFactory(display_name=name))
        Enrollment.objects.filter(pk=attempt.enrollment_id).update(cohort=cohort)
        assessments.answer_all(attempt)
        assessments.submitted(attempt)
        attempts.append(attempt)
    marks = {row["Learner"]: row["Mark so far"] for row in taken(guiding, "desk:progress")}
    assert marks == {"Rosa Quispe": "20.00", "Juan Flores": ""}
    assert [row["Learner"] for row in taken(guiding, "attempts")] == ["Rosa Quispe"]
    assert {row["Mark so far"] for row in taken(registering, "desk:progress")} == {"20.00"}
    assert len(taken(registering, "attempts")) == 2
    for attempt, sees in zip(attempts, (True, False), strict=True):
        record = page(guiding, "desk:person", attempt.enrollment.learner.uuid)
        assert ("20 of 20; 14 is needed" in record) is sees
        assert ("20, passed" in record) is sees
        assert "1 of 1 done (100 %)" in record
        assert ("Only the registrar and whoever guides" in record) is not sees
        assert "20, passed" in page(registering, "desk:person", attempt.enrollment.learner.uuid)


# --- Cohorts -----------------------------------------------------------------------------------


def test_a_cohort_tells_who_is_stuck_where_to_who_guides_it() -> None:
    guide, client = member(Role.TRAINER)
    cohort = guided(guide)
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=40)
    silent = inside(cohort, "Ana Silva", at=long_ago)
    tried(inside(cohort, at=long_ago), at=now)
    inside(cohort, "Juan Flores", completed=True, at=now)
    text = page(client, "desk:cohort", cohort.uuid)
    for shown in (
        f"3 learners in edition {cohort.edition.code}.",
        "1 has completed the course.",
        "Ana Silva: enrolled on",
        "</th><td>2</td><td>0</td><td>1</td><td>1</td>",  # lesson 1
        "</th><td>1</td><td>0</td><td>2</td><td>1</td>",  # lesson 2
        "</th><td>1</td><td>1</td><td>1</td><td>0</td>",  # the quiz
        "<td>Quiz 1</td> <td>Lesson 2</td>",
        "<td>8</td>",
    ):
        assert shown in text
    assert "Rosa Quispe:" not in text
    listed = page(client, "desk:cohorts")
    assert cohort.name in listed
    row = taken(client, "desk:cohorts")[0]
    assert (row["Learners"], row["Completed"], row["Nothing for 14 days"]) == ("3", "1", "1")
    tried(silent, at=now)
    assert taken(client, "desk:cohorts")[0]["Nothing for 14 days"] == "0"


@pytest.mark.parametrize("role", [Role.TRAINER, Role.COORDINATOR])
def test_the_cohorts_of_others_are_not_there(role: Role) -> None:
    guide, client = member(role)
    own, foreign = guided(guide), CohortFactory()
    assert [row["Cohort"] for row in taken(client, "desk:cohorts")] == [own.name]
    assert client.get(reverse("desk:cohort", args=[foreign.uuid])).status_code == 404
    registering = member(Role.REGISTRAR)[1]
    assert len(taken(registering, "desk:cohorts")) == 2
    page(registering, "desk:cohort", foreign.uuid)


def test_a_cohort_costs_as_many_queries_for_many_as_for_few() -> None:
    guide, client = member(Role.COORDINATOR)
    cohort = guided(guide)
    counts = []
    for size in (2, 6):
        for _ in range(size):
            tried(inside(cohort))
        page(client, "desk:cohort", cohort.uuid)
        with CaptureQueriesContext(connection) as queries:
            page(client, "desk:cohort", cohort.uuid)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- Files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_runs(registrar: Client, text: str) -> None:
    EnrollmentFactory(name_on_certificate="x", learner__display_name=text or "x")
    data = content(registrar.get(reverse("desk:enrollments"), {"export": "csv"}))
    for separator in (",", ";", "\t"):
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=separator)
        for line in lines:
            for cell in line:
                assert not cell.strip(" ").startswith(tuple("=+-@\t\r＝＋－＠")), (separator, cell)
    book = load_workbook(
        io.BytesIO(content(registrar.get(reverse("desk:enrollments"), {"export": "xlsx"})))
    )
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    named = book.active["A2"]
    assert named.data_type == "s"
    assert "'" in named.value
    assert text.strip()[-1] in named.value


@pytest.mark.parametrize("text", ["María Ñahui-Quispe", "3 - 2", "a@b.pe", "C+", "Puente; Lima"])
def test_harmless_words_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_a_spreadsheet_holds_numbers_as_numbers_and_days_as_days(registrar: Client) -> None:
    enrollment = EnrollmentFactory(completed=True)
    answer = registrar.get(reverse("desk:progress"), {"export": "xlsx"})
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].endswith('.xlsx"')
    heading, row = load_workbook(io.BytesIO(content(answer))).active.iter_rows(values_only=True)
    cells = dict(zip(heading, row, strict=True))
    assert Decimal(cells["Mark so far"]) == 20
    assert cells["Completed"] == timezone.localtime(enrollment.completed_at).replace(
        tzinfo=None, microsecond=0
    )


def test_a_small_file_comes_at_once_and_stands_in_the_audit(registrar: Client) -> None:
    EnrollmentFactory()
    rows = taken(registrar, "desk:enrollments", q="Ñahui")
    event = Event.objects.get(verb="list exported")
    assert (event.actor_name, event.actor_role) == ("Registrar", "registrar")
    assert event.detail == {
        "list": "desk:enrollments",
        "question": "q=%C3%91ahui",
        "kind": "csv",
        "rows": len(rows),
    }
    assert len(rows) == 1
    assert not ListExport.objects.exists()


def test_a_filter_that_is_not_understood_gives_out_nothing(registrar: Client) -> None:
    EnrollmentFactory()
    for question in ({"edition": "999"}, {"state": "x"}, {"enrolled_at_from": "x"}):
        answer = registrar.get(
            reverse("desk:enrollments"), question | {"export": "csv"}, follow=True
        )
        assert "Nothing was exported" in answer.content.decode()
    assert not Event.objects.filter(verb="list exported").exists()


def test_the_list_offers_its_files_with_the_question(registrar: Client) -> None:
    EnrollmentFactory()
    for name in ("desk:enrollments", "desk:enrollments_results"):
        text = page(registrar, name, q="Ñahui", p="1", _w_filter_fragment="1")
        assert f"{reverse('desk:enrollments')}?q=%C3%91ahui&amp;export=xlsx" in text


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take lists of three rows for large ones."""
    monkeypatch.setattr(spreadsheets, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(spreadsheets, "BATCH", 2)
    monkeypatch.setattr(exports, "BATCH", 2)
    for number in range(5):
        EnrollmentFactory(learner__display_name=f"Learner {number}")


ASKED = {"list": "desk:enrollments", "question": "ordering=learner__display_name", "kind": "csv"}


def asked(person: User, *, at: datetime | None = None, **changes: str) -> ListExport:
    """Return a large list that somebody asked for."""
    form = ASKED | changes
    return actions.ask(
        person=person,
        list_name=form["list"],
        question=form["question"],
        kind=form["kind"],
        language="en",
        at=at or timezone.now(),
    )


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_large_file_is_asked_for_made_and_fetched(
    kind: str, run_queue: Callable[[], list[str]], django_capture_on_commit_callbacks: Any
) -> None:
    person, client = member(Role.REGISTRAR)
    address = reverse("desk:exports")
    question = {"ordering": "learner__display_name", "export": kind}
    sent = client.get(reverse("desk:enrollments"), question)
    assert sent["Location"].startswith(f"{address}?list=desk%3Aenrollments")
    shown = client.get(sent["Location"]).content.decode()
    assert "has 5 rows" in shown
    assert f"Make the file ({kind.upper()})" in shown
    assert not ListExport.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, ASKED | {"kind": kind})
    waiting = client.get(address)
    assert "Waiting for its turn" in waiting.content.decode()
    assert waiting["Refresh"] == f"10; url={address}"
    assert (
        "being made already"
        in client.post(address, ASKED | {"kind": kind}, follow=True).content.decode()
    )
    assert run_queue() == [MAKE]
    export = ListExport.objects.get()
    assert (export.rows_found, export.rows_written) == (5, 5)
    ready = client.get(address)
    assert "Refresh" not in ready
    assert reverse("desk:export", args=[export.uuid]) in ready.content.decode()
    answer = client.get(reverse("desk:export", args=[export.uuid]))
    assert answer["Content-Disposition"].startswith("attachment")
    data = content(answer)
    if kind == "csv":
        names = [line[0] for line in table(data)][1:]
    else:
        names = [row[0].value for row in load_workbook(io.BytesIO(data)).active.iter_rows()][1:]
    assert names == [f"Learner {number}" for number in range(5)]
    told = {event.verb: event for event in events_of(export)}
    assert told.keys() == {"list export asked", "list exported", "list export taken"}
    assert {event.actor_uuid for event in told.values()} == {person.uuid}
    assert told["list exported"].detail["rows"] == 5


@pytest.mark.usefixtures("large")
def test_a_large_file_is_its_askers_alone_for_a_week_and_while_they_may_see_the_list() -> None:
    person, client = member(Role.REGISTRAR)
    now = timezone.now()
    export = asked(person, at=now)
    assert exports.make(export_id=export.pk, at=now)
    address = reverse("desk:export", args=[export.uuid])
    stranger = member(Role.COORDINATOR)[1]
    assert stranger.get(address).status_code == 404
    assert content(client.get(address))
    person.groups.clear()
    assert client.get(address).status_code in (302, 403, 404)
    assert events_of(export).filter(verb="list export taken").count() == 1
    remove_expired_list_exports()
    assert len(files()) == 1
    ListExport.objects.update(expires_at=now)
    remove_expired_list_exports()
    remove_expired_list_exports()
    assert files() == []
    assert events_of(export).filter(verb="list export removed").count() == 1


@pytest.mark.usefixtures("large")
def test_a_killed_export_is_asked_for_again(
    run_queue: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _client = member(Role.REGISTRAR)
    now = timezone.now()
    export = asked(person, at=now - timedelta(hours=1))
    with monkeypatch.context() as patch:
        patch.setattr(exports, "_attach", _die)
        with pytest.raises(SystemExit):
            exports.make(export_id=export.pk, at=now - timedelta(minutes=20))
    assert len(files()) == 1  # what the killed worker left
    export.refresh_from_db()
    assert (export.made_at, export.rows_written) == (None, 4)
    assert not exports.make(export_id=export.pk, at=now - timedelta(minutes=15))  # not in a rush
    queue_unmade_list_exports()
    queue_unmade_list_exports()
    assert run_queue() == [MAKE, MAKE]
    export.refresh_from_db()
    assert files() == [export.file_name]
    assert events_of(export).filter(verb="list exported").count() == 1


def _die(*args: object, **kwargs: object) -> None:
    raise SystemExit


@pytest.mark.usefixtures("large")
def test_what_can_never_be_made_is_given_up() -> None:
    person, client = member(Role.REGISTRAR)
    now = timezone.now()
    tired, forbidden = asked(person), asked(person, list="audit:index", question="")
    ListExport.objects.filter(pk=tired.pk).update(attempts=ListExport.MOST_ATTEMPTS)
    assert not exports.make(export_id=tired.pk, at=now + timedelta(hours=1))
    assert "It could not be made." in page(client, "desk:exports")
    person.groups.clear()
    assert not exports.make(export_id=forbidden.pk, at=now + timedelta(hours=1))
    for export in (tired, forbidden):
        export.refresh_from_db()
        assert export.given_up_at is not None
        assert events_of(export).filter(verb="list export given up").exists()
    assert not ListExport.objects.unmade(now + timedelta(days=1)).exists()
    assert files() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"list": "desk:nothing"},
        {"list": "wagtailadmin_home"},
        {"list": "desk:person"},
        {"list": "audit:index"},  # a coordinator does not see it
        {"question": "edition=999"},
        {"kind": "pdf"},
    ],
)
def test_nothing_is_asked_for_that_the_person_could_not_open(changes: dict[str, str]) -> None:
    client = member(Role.COORDINATOR)[1]
    assert client.post(reverse("desk:exports"), ASKED | changes).status_code == 404
    assert client.get(reverse("desk:exports"), ASKED | changes).status_code == 404
    assert not ListExport.objects.exists()


def test_nobody_keeps_all_workers_busy() -> None:
    person, client = member(Role.COORDINATOR)
    for number in range(actions.MOST_WAITING):
        asked(person, question=f"q={number}")
    answer = client.post(reverse("desk:exports"), ASKED, follow=True)
    assert "5 of your files are still being made" in answer.content.decode()
    assert ListExport.objects.count() == actions.MOST_WAITING


def test_the_database_keeps_a_made_file_and_its_end_together() -> None:
    export = asked(member(Role.COORDINATOR)[0])
    for wrong in ({"made_at": timezone.now()}, {"file_name": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ListExport.objects.filter(pk=export.pk).update(**wrong)
