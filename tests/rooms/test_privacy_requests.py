"""A copy of one's data, theirs alone for a week; and requests with their legal clocks."""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone

from assessments.models import QuizVersion
from tests.factories import certificates as situations
from tests.factories.assessments import answer_all, start
from tests.factories.cms import published, reading
from tests.factories.people import AT, PersonFactory, enrol_totp, peru
from training.accounts.models import OutgoingMail, User
from training.accounts.roles import Role
from training.audit.queries import events_of
from training.kernel.lifecycle import IllegalTransition
from training.kernel.personal_data import contributors
from training.privacy import actions, exports
from training.privacy.models import DataExport, DataRequest, Purpose
from training.privacy.queries import calendar_here, open_requests_due
from training.privacy.rules import Calendar, easter, last_day, working_days_left
from training.privacy.tasks import SWEEP_BATCH, queue_unmade_exports, remove_expired_exports

pytestmark = pytest.mark.django_db

HOME = "/accounts/privacy/"
COPY = "/accounts/privacy/copy/"
ASK = "/accounts/privacy/requests/new/"
QUEUE = "/admin/data-requests/"
MAKE = "training.privacy.tasks.make_export"


@pytest.fixture(autouse=True)
def _english(client: Client) -> Iterator[None]:
    client.cookies["django_language"] = "en"
    yield
    for name in files():
        storages["exports"].delete(name)


def files() -> list[str]:
    storage = storages["exports"]
    return storage.listdir("")[1] if storage.exists("") else []


def made_for(person: User, *, at: dt.datetime | None = None) -> DataExport:
    """Return a copy of somebody's data, made at a moment."""
    at = at or timezone.now()
    export = actions.ask_export(person=person, language="en", at=at)
    assert exports.make(export_id=export.pk, at=at)
    export.refresh_from_db()
    return export


def unpacked(content: bytes) -> tuple[dict[str, Any], str]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    return json.loads(archive.read("data.json")), archive.read("data.html").decode()


# --- A copy of one's data ------------------------------------------------------------------------


def test_every_room_that_keeps_something_contributes() -> None:
    assert [one.room for one in contributors()] == [
        "accounts",
        "privacy",
        "enrollments",
        "progress",
        "certificates",
        "assessments",
        "feedback",
        "accommodations",
        "cms",
        "audit",
    ]


def test_a_copy_is_asked_made_and_fetched(
    client: Client,
    run_queue: Callable[[], list[str]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    person = PersonFactory(language="en")
    client.force_login(person)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(COPY)["Location"] == HOME
    waiting = client.get(HOME).content.decode()
    assert "It is being made" in waiting
    assert "Make a copy" not in waiting
    assert "being made already" in client.post(COPY, follow=True).content.decode()
    assert run_queue() == [MAKE]
    export = DataExport.objects.get()
    message = OutgoingMail.objects.get()
    assert message.to == person.email
    assert "http://testserver/accounts/privacy/" in message.text
    assert str(export.uuid) not in message.text
    assert f"{COPY}{export.uuid}/" in client.get(HOME).content.decode()
    answer = client.get(f"{COPY}{export.uuid}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    data, page = unpacked(b"".join(answer.streaming_content))
    assert data["sections"]["account"][0]["email"] == person.email
    assert person.email in page
    verbs = set(events_of(person).values_list("verb", flat=True))
    assert verbs >= {"copy of data asked", "copy of data made", "copy of data taken"}


def test_it_holds_what_each_room_keeps_and_nothing_of_others() -> None:
    holder = situations.certificate().enrollment.learner
    other = situations.certificate().enrollment.learner
    factor = enrol_totp(holder)
    actions.decide_consent(
        person=holder, purpose=Purpose.FOLLOW_UP, is_given=True, language="es", at=AT
    )
    data, page = unpacked(exports.packed(holder, language="en", at=AT))
    sections = data["sections"]
    assert len(sections["post"]) == 2
    assert sections["consent"][0]["purpose"] == "Contact after the course"
    assert len(sections["enrollment"]) == 1
    assert len(sections["outcome"]) == 3
    assert sections["certificate"][0]["document_number"] == holder.document_number
    assert sections["certificate_events"]
    assert sections["events"]
    assert sections["authenticator"][0]["type"] == "TOTP Authenticator"
    everything = json.dumps(data) + page
    for secret in (factor.data["secret"], holder.password, other.email, other.document_number):
        assert secret not in everything


def test_answers_are_in_words_and_the_key_stays_secret() -> None:
    _course, version = published(lessons=1, quizzes=1)
    enrollment = reading(version)
    activity = version.activities.get(provider="assessments")
    attempt = start(enrollment, QuizVersion.objects.get(key=activity.key, number=activity.version))
    answer_all(attempt)
    data, page = unpacked(exports.packed(enrollment.learner, language="es", at=AT))
    answers = data["sections"]["responses"]
    assert len(answers) == len(attempt.paper) > 0
    assert all(row["question"] and row["answer"] for row in answers)
    assert answers[0]["answer"] in page
    assert "is_correct" not in json.dumps(data)


def test_a_copy_takes_as_many_queries_however_much_there_is(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    holder = situations.certificate().enrollment.learner

    def queries() -> int:
        with django_assert_max_num_queries(60) as counted:
            exports.packed(holder, language="en", at=AT)
        return len(counted)

    few = queries()
    for hour in range(10):
        actions.decide_consent(
            person=holder,
            purpose=Purpose.RECORDINGS,
            is_given=hour % 2 == 0,
            language="es",
            at=AT + dt.timedelta(hours=hour),
        )
    situations.certificate(learner=holder)
    assert queries() == few


def test_a_copy_is_its_owners_alone_and_for_a_week(client: Client) -> None:
    owner = PersonFactory()
    now = timezone.now()
    export = made_for(owner, at=now - exports.LASTS + dt.timedelta(minutes=1))
    address = f"{COPY}{export.uuid}/"
    assert "/login" in client.get(address)["Location"]
    for stranger in (PersonFactory(), PersonFactory(is_superuser=True)):
        client.force_login(stranger)
        assert client.get(address).status_code == 404
    client.force_login(owner)
    served = client.get(address)
    assert zipfile.is_zipfile(io.BytesIO(b"".join(served.streaming_content)))
    DataExport.objects.update(expires_at=now)
    assert client.get(address).status_code == 404
    assert "Make a copy" in client.get(HOME).content.decode()


def test_a_sweep_removes_the_file_when_the_week_is_over() -> None:
    old, young = PersonFactory(), PersonFactory()
    gone = made_for(old, at=timezone.now() - exports.LASTS - dt.timedelta(minutes=1))
    kept = made_for(young)
    assert len(files()) == 2
    remove_expired_exports()
    remove_expired_exports()
    assert files() == [kept.file_name]
    gone.refresh_from_db()
    assert (gone.file_name, gone.removed_at is None) == ("", False)
    assert events_of(old).filter(verb="copy of data removed").count() == 1
    assert not events_of(young).filter(verb="copy of data removed").exists()


def test_a_lost_task_is_made_up_for_and_two_workers_make_one_file(
    run_queue: Callable[[], list[str]],
) -> None:
    now = timezone.now()
    people = [PersonFactory() for _ in range(SWEEP_BATCH + 1)]
    early = now - dt.timedelta(minutes=2)
    asked = [actions.ask_export(person=p, language="es", at=early) for p in people[:2]]
    queue_unmade_exports()
    queue_unmade_exports()
    assert run_queue() == [MAKE] * 4
    assert len(files()) == 2
    assert not exports.make(export_id=asked[0].pk, at=now)


def test_a_failure_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    export = actions.ask_export(person=PersonFactory(), language="es", at=now)
    with monkeypatch.context() as patch:
        patch.setattr(exports, "packed", _break)
        with pytest.raises(OSError, match="no space"):
            exports.make(export_id=export.pk, at=now)
    assert not exports.make(export_id=export.pk, at=now)  # not in a rush
    assert exports.make(export_id=export.pk, at=now + exports.BETWEEN_ATTEMPTS)


def _break(*args: object, **kwargs: object) -> bytes:
    raise OSError("no space")


# --- The legal clocks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "day"), [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05")]
)
def test_easter(year: int, day: str) -> None:
    assert easter(year).isoformat() == day


@pytest.mark.parametrize(
    ("asked", "kind", "due"),
    [
        ("2026-11-16", "information", "2026-11-26"),  # a Monday, nothing between
        ("2026-11-20", "rectification", "2026-12-04"),  # a Friday: the count begins on Monday
        ("2026-11-30", "opposition", "2026-12-16"),  # 8 and 9 December are holidays
        ("2026-03-27", "information", "2026-04-10"),  # Holy Thursday and Good Friday
        ("2026-07-20", "cancellation", "2026-08-07"),  # 23, 28, 29 July and 6 August
        ("2026-12-21", "access", "2027-01-20"),  # Christmas and New Year
        ("2026-11-21", "information", "2026-12-02"),  # asked on a Saturday
    ],
)
def test_the_last_day_is_counted_in_perus_working_days(asked: str, kind: str, due: str) -> None:
    peru()
    found = last_day(asked_on=dt.date.fromisoformat(asked), kind=kind, calendar=calendar_here())
    assert found.isoformat() == due


def test_a_day_declared_for_one_year_counts_for_that_year() -> None:
    calendar = Calendar.of({"single": ["2026-11-17"]})
    asked = dt.date(2026, 11, 16)
    assert last_day(asked_on=asked, kind="information", calendar=calendar) == dt.date(2026, 11, 27)


def test_days_left_count_down_and_past() -> None:
    due = dt.date(2026, 11, 26)
    days = [
        working_days_left(today=due + dt.timedelta(days=number), due_on=due, calendar=Calendar())
        for number in (-10, -1, 0, 1, 4)
    ]
    assert days == [8, 1, 0, -1, -2]


# --- Requests ------------------------------------------------------------------------------------


def ask(person: User, kind: str = "access", at: dt.datetime = AT) -> DataRequest:
    return actions.ask_request(
        person=person, kind=DataRequest.Kind(kind), text="All of it", language="en", at=at
    )


def test_a_right_is_exercised_and_receipted(client: Client) -> None:
    peru()
    person = PersonFactory(language="en")
    client.force_login(person)
    empty = client.post(ASK, {"kind": "access", "text": ""})
    assert empty.status_code == 422
    page = client.post(ASK, {"kind": "rectification", "text": "My name has an ñ"}, follow=True)
    asked = DataRequest.objects.get()
    assert asked.due_on == last_day(
        asked_on=timezone.localdate(), kind="rectification", calendar=calendar_here()
    )
    assert "Your request was received" in page.content.decode()
    assert "My name has an ñ" in page.content.decode()
    message = OutgoingMail.objects.get()
    assert (message.to, message.template) == (person.email, "emails/data_request_received")
    assert events_of(asked).get().verb == "data request made"


def test_nobody_sees_anothers_request(client: Client) -> None:
    ask(PersonFactory())
    client.force_login(PersonFactory())
    assert "All of it" not in client.get(HOME).content.decode()


@pytest.fixture
def officer(settings: Any) -> tuple[Client, User]:
    settings.DEMONSTRATION = True
    person = PersonFactory(
        roles=[Role.DATA_PROTECTION_OFFICER], is_demonstration=True, language="en"
    )
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(person)
    return client, person


def test_the_queue_shows_first_what_is_due_first(officer: tuple[Client, User]) -> None:
    client, by = officer
    later, sooner, done = (
        ask(PersonFactory(), "access"),
        ask(PersonFactory(), "information"),
        ask(PersonFactory(), "information"),
    )
    actions.answer_request(request=done, is_granted=True, answer="Here", by=by, at=AT)
    page = client.get(QUEUE)
    assert list(page.context["object_list"]) == [sooner, later, done]
    assert "The day has passed" in page.content.decode()
    assert open_requests_due(on=sooner.due_on) == 1
    only = client.get(QUEUE, {"state": "open", "kind": "access"})
    assert list(only.context["object_list"]) == [later]


def test_an_answer_has_a_reason_and_reaches_the_person(officer: tuple[Client, User]) -> None:
    client, by = officer
    person = PersonFactory(language="en")
    asked = ask(person, "cancellation")
    address = f"{QUEUE}{asked.uuid}/"
    assert "All of it" in client.get(address).content.decode()
    client.post(address, {"decision": "refused", "answer": ""})
    asked.refresh_from_db()
    assert asked.is_open
    client.post(address, {"decision": "refused", "answer": "The registry is permanent by law"})
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("refused", by)
    message = OutgoingMail.objects.get(template="emails/data_request_answered")
    assert message.to == person.email
    assert "The registry is permanent by law" in message.text
    event = events_of(asked).get(verb="data request refused")
    assert (event.reason, event.actor_uuid) == ("The registry is permanent by law", by.uuid)
    again = client.post(address, {"decision": "granted", "answer": "Well"}, follow=True)
    assert "somebody answered this request meanwhile" in again.content.decode()
    asked.refresh_from_db()
    assert asked.state == "refused"
    own = Client()
    own.cookies["django_language"] = "en"
    own.force_login(person)
    assert "The registry is permanent by law" in own.get(HOME).content.decode()


def test_nobody_answers_their_own(officer: tuple[Client, User]) -> None:
    client, by = officer
    asked = ask(by)
    page = client.post(f"{QUEUE}{asked.uuid}/", {"decision": "granted", "answer": "Gladly"})
    assert "another person has to answer it" in page.content.decode()
    assert "Gladly" in page.content.decode()
    with pytest.raises(actions.OwnRequest):
        actions.answer_request(request=asked, is_granted=True, answer="x", by=by, at=AT)


def test_the_second_answer_is_an_illegal_arrow(officer: tuple[Client, User]) -> None:
    _client, by = officer
    asked = ask(PersonFactory())
    stale = DataRequest.objects.get(pk=asked.pk)
    actions.answer_request(request=asked, is_granted=True, answer="Here", by=by, at=AT)
    with pytest.raises(IllegalTransition):
        actions.answer_request(request=stale, is_granted=False, answer="No", by=by, at=AT)


def test_only_the_officer_opens_the_queue(settings: Any) -> None:
    settings.DEMONSTRATION = True
    asked = ask(PersonFactory())
    for address in (QUEUE, f"{QUEUE}{asked.uuid}/"):
        opened = set()
        for role in Role:
            client = Client()
            client.force_login(PersonFactory(roles=[role], is_demonstration=True))
            if client.get(address).status_code == 200:
                opened.add(role)
        assert opened == {Role.DATA_PROTECTION_OFFICER}, address


def test_the_queue_does_not_grow_in_queries(
    officer: tuple[Client, User], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client, _by = officer

    def queries() -> int:
        with django_assert_max_num_queries(60) as counted:
            assert client.get(QUEUE).status_code == 200
        return len(counted)

    ask(PersonFactory())
    client.get(QUEUE)
    few = queries()
    for _number in range(10):
        ask(PersonFactory())
    assert queries() == few
