"""What learners need, the consent to keep it, what was granted, and who may know."""

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.cms import in_admin
from tests.factories.learning import LearnerFactory
from tests.factories.people import PersonFactory
from tests.journeys.test_query_counts import cost
from training.accommodations.actions import (
    AlreadyWaiting,
    ConsentMissing,
    LastDayPassed,
    NeedMissing,
    NothingGranted,
    OutOfBounds,
    OwnRequest,
    ReasonMissing,
    ask,
    decline,
    grant,
    withdraw,
)
from training.accommodations.models import NEEDS, Accommodation, AccommodationState
from training.accommodations.queries import Granted, accommodation_of
from training.accommodations.rules import gives_something, is_within_bounds
from training.accounts import merging
from training.accounts.models import OutgoingMail, User
from training.accounts.roles import Role
from training.audit.models import Access, Event
from training.audit.queries import events_of
from training.desk.panels import tasks_for
from training.kernel.lifecycle import IllegalTransition
from training.privacy.exports import packed

pytestmark = pytest.mark.django_db

HOME = "/accounts/arrangements/"
WITHDRAW = "/accounts/arrangements/withdraw/"
QUEUE = "/admin/accommodation-requests/"
SECRET = "Leo con un lector de pantalla."
ANSWER = "Le enviamos los materiales en letra grande."
SENT = {"needs": ["needs_time", "needs_text"], "words": SECRET, "consent": "on"}
GRANTING = {
    "decision": "granted",
    "extra_time_percent": "25",
    "extra_attempts": "1",
    "until": "",
    "answer": ANSWER,
}


def signed_in(person: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(person, backend="training.accounts.backends.Backend")
    return client


def asked(person: User | None = None, **changes: Any) -> Accommodation:
    """Return what somebody asked for."""
    said: dict[str, Any] = {
        "needs": ["needs_time"],
        "words": SECRET,
        "has_consented": True,
        "language": "es",
        "at": timezone.now(),
    }
    return ask(person=person or LearnerFactory(), **said | changes)


def granted(request: Accommodation, **changes: Any) -> Accommodation:
    """Return a request after something was granted."""
    given: dict[str, Any] = {
        "extra_time_percent": 25,
        "extra_attempts": 1,
        "until": None,
        "answer": ANSWER,
        "at": timezone.now(),
    }
    given |= changes
    grant(asked=request, by=given.pop("by", None) or PersonFactory(), **given)
    return request


@pytest.fixture
def coordinator(settings: Any) -> Client:
    person = PersonFactory(display_name="Carmen", roles=[Role.COORDINATOR], language="en")
    client = in_admin(Client(), person, settings)
    client.cookies["django_language"] = "en"
    return client


def decide_page(request: Accommodation) -> str:
    return reverse("accommodation-requests:decide", args=[request.uuid])


# --- Rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "attempts", "fits"),
    [(0, 0, True), (100, 5, True), (101, 0, False), (0, 6, False), (-1, 0, False), (0, -1, False)],
)
def test_so_much_may_be_granted(percent: int, attempts: int, fits: bool) -> None:
    assert is_within_bounds(extra_time_percent=percent, extra_attempts=attempts) is fits


def test_a_grant_gives_time_or_attempts_or_says_what() -> None:
    assert gives_something(extra_time_percent=1, extra_attempts=0, answer="")
    assert gives_something(extra_time_percent=0, extra_attempts=1, answer="")
    assert gives_something(extra_time_percent=0, extra_attempts=0, answer="Pausas")
    assert not gives_something(extra_time_percent=0, extra_attempts=0, answer="  ")


# --- Consent -----------------------------------------------------------------------------------


def test_without_consent_nothing_is_kept_and_nothing_typed_is_lost() -> None:
    learner = LearnerFactory()
    page = signed_in(learner).post(HOME, {"needs": ["needs_breaks"], "words": SECRET})
    assert page.status_code == 422
    assert SECRET in page.content.decode()
    form = page.context["form"]
    assert form["needs"].value() == ["needs_breaks"]
    assert list(form.errors) == ["consent"]
    with pytest.raises(ConsentMissing):
        asked(learner, has_consented=False)
    assert not Accommodation.objects.exists()
    assert not Event.objects.filter(verb__startswith="accommodation").exists()


def test_the_box_is_not_ticked_beforehand_and_no_diagnosis_is_asked_for() -> None:
    page = signed_in(LearnerFactory()).get(HOME)
    assert "No diagnosis is asked for" in page.content.decode()
    assert not page.context["form"]["consent"].value()
    assert "checked" not in str(page.context["form"]["consent"])
    assert "no-store" in page["Cache-Control"]


def test_the_database_keeps_no_need_without_consent() -> None:
    request = asked()
    for broken in ({"consent_wording": ""}, {"consent_language": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Accommodation.objects.filter(pk=request.pk).update(**broken)


def test_the_sentence_is_kept_as_it_was_shown_with_its_language() -> None:
    learner = LearnerFactory()
    client = signed_in(learner)
    shown = client.get(HOME).context["form"]["consent"].help_text
    page = client.post(HOME, SENT, follow=True)
    assert "Sent." in page.content.decode()
    request = Accommodation.objects.get()
    assert request.person == learner
    assert request.consent_wording == str(shown) != ""
    assert request.consent_language == "en"
    assert request.consented_at is not None
    assert [name for name in NEEDS if getattr(request, name)] == SENT["needs"]
    assert request.words == SECRET


# --- The learner -------------------------------------------------------------------------------


def test_something_has_to_be_asked_for() -> None:
    learner = LearnerFactory()
    page = signed_in(learner).post(HOME, {"words": "  ", "consent": "on"})
    assert page.status_code == 422
    assert "Choose what you need" in page.content.decode()
    with pytest.raises(NeedMissing):
        asked(learner, needs=[], words=" ")
    assert asked(learner, needs=[], words="Pausas").is_waiting


def test_what_waits_is_answered_before_the_next_and_words_are_not_lost() -> None:
    learner = LearnerFactory()
    asked(learner)
    client = signed_in(learner)
    assert 'name="words"' not in client.get(HOME).content.decode()
    page = client.post(HOME, SENT | {"words": "Otra cosa larga."})
    assert page.status_code == 422
    assert "Otra cosa larga." in page.content.decode()
    with pytest.raises(AlreadyWaiting):
        asked(learner)
    assert Accommodation.objects.count() == 1


def test_the_learner_reads_what_was_granted_and_others_read_nothing() -> None:
    learner = LearnerFactory()
    granted(asked(learner), until=timezone.localdate() + timedelta(days=30))
    text = signed_in(learner).get(HOME).content.decode()
    for shown in (SECRET, ANSWER, "25 %", "What holds for you", "Granted"):
        assert shown in text
    other = signed_in(LearnerFactory()).get(HOME).content.decode()
    assert SECRET not in other
    assert ANSWER not in other


def test_the_account_leads_there() -> None:
    page = signed_in(LearnerFactory()).get(reverse("account_profile")).content.decode()
    assert f'href="{HOME}"' in page


def test_nobody_else_finds_the_pages(settings: Any) -> None:
    assert Client().get(HOME)["Location"].startswith("/accounts/login/")
    request = asked()
    anonymous = Client().get(decide_page(request))
    assert anonymous.status_code == 302
    learner = signed_in(request.person)
    assert learner.get(decide_page(request)).status_code == 403
    for role in Role:
        client = in_admin(Client(), PersonFactory(roles=[role]), settings)
        opens = role == Role.COORDINATOR
        for address in (QUEUE, decide_page(request)):
            page = client.get(address)
            assert (page.status_code == 200) is opens, (role, address)
        if not opens:
            client.post(decide_page(request), GRANTING)
    request.refresh_from_db()
    assert request.is_waiting


# --- Withdrawing -------------------------------------------------------------------------------


def test_withdrawing_erases_at_once_and_ends_what_was_granted() -> None:
    learner = LearnerFactory()
    request = granted(asked(learner))
    client = signed_in(learner)
    assert "cannot be brought back" in client.get(WITHDRAW).content.decode()
    request.refresh_from_db()
    assert request.words == SECRET
    page = client.post(WITHDRAW, follow=True).content.decode()
    assert SECRET not in page
    assert ANSWER not in page
    request.refresh_from_db()
    assert request.is_withdrawn
    assert (request.words, request.answer, request.needs) == ("", "", [])
    assert request.consent_wording
    assert accommodation_of(learner, timezone.localdate()) is None
    told = events_of(request).get(verb="accommodation.withdrawn")
    assert told.actor_uuid == learner.uuid
    assert (told.reason, told.detail) == ("", {})
    again = client.post(WITHDRAW, follow=True).content.decode()
    assert "There was nothing to withdraw." in again


def test_withdrawing_covers_what_waits_and_leaves_others_alone() -> None:
    learner, other = LearnerFactory(), LearnerFactory()
    old, kept = granted(asked(learner)), granted(asked(other))
    waits = asked(learner)
    assert withdraw(person=learner, at=timezone.now())
    for request in (old, waits):
        request.refresh_from_db()
        assert request.is_withdrawn
    kept.refresh_from_db()
    assert kept.words == SECRET
    assert accommodation_of(other, timezone.localdate()) is not None
    assert asked(learner).is_waiting


def test_what_is_withdrawn_cannot_be_decided_or_read(coordinator: Client) -> None:
    request = asked()
    withdraw(person=request.person, at=timezone.now())
    page = coordinator.post(decide_page(request), GRANTING).content.decode()
    assert SECRET not in page
    assert "withdrawn meanwhile" in page
    assert str(request.uuid) not in coordinator.get(QUEUE).content.decode()
    with pytest.raises(IllegalTransition):
        granted(request)
    assert not OutgoingMail.objects.exists()


def test_the_database_keeps_no_word_of_what_was_withdrawn() -> None:
    request = granted(asked())
    withdraw(person=request.person, at=timezone.now())
    for broken in ({"words": "x"}, {"answer": "x"}, {"needs_other": True}, {"withdrawn_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Accommodation.objects.filter(pk=request.pk).update(**broken)


# --- Deciding ----------------------------------------------------------------------------------


def test_a_coordinator_grants_and_the_mail_says_nothing_of_it(coordinator: Client) -> None:
    learner = LearnerFactory(language="en")
    request = asked(learner)
    until = timezone.localdate() + timedelta(days=30)
    read = coordinator.get(decide_page(request)).content.decode()
    assert SECRET in read
    assert learner.display_name in read
    coordinator.post(decide_page(request), GRANTING | {"until": until.isoformat()})
    request.refresh_from_db()
    assert request.state == AccommodationState.GRANTED
    assert accommodation_of(learner, timezone.localdate()) == Granted(25, 1, until)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.language) == (learner.email, "en")
    assert mail.subject == "There is an answer in your account"
    said = " ".join([mail.subject, mail.text, mail.html, mail.template]).lower()
    assert f"http://testserver{HOME}" in said
    for word in ("accommodat", "ajuste", "grant", "declin", "disab", "25", str(request.uuid)):
        assert word not in mail.text.lower() + mail.subject.lower() + mail.template
    for word in ("accommodat", SECRET.lower(), ANSWER.lower()):
        assert word not in said


def test_the_mail_is_in_the_learners_language() -> None:
    granted(asked(LearnerFactory(language="es")))
    assert OutgoingMail.objects.get().language == "es"


def test_a_refusal_has_a_reason_and_is_final(coordinator: Client) -> None:
    request = asked()
    page = coordinator.post(decide_page(request), {"decision": "declined", "answer": " "})
    assert "Say why you decline" in page.content.decode()
    request.refresh_from_db()
    assert request.is_waiting
    with pytest.raises(ReasonMissing):
        decline(asked=request, answer=" ", by=PersonFactory(), at=timezone.now())
    coordinator.post(decide_page(request), {"decision": "declined", "answer": "No hay cómo."})
    request.refresh_from_db()
    assert (request.state, request.answer) == (AccommodationState.DECLINED, "No hay cómo.")
    assert accommodation_of(request.person, timezone.localdate()) is None
    late = coordinator.post(decide_page(request), GRANTING | {"answer": "Mi respuesta larga."})
    assert "Mi respuesta larga." in late.content.decode()
    assert "decided by somebody else" in late.content.decode()
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"extra_time_percent": "101"}, "extra_time_percent"),
        ({"extra_time_percent": "0"}, "extra_time_percent"),
        ({"extra_attempts": "6"}, "extra_attempts"),
        ({"until": "2020-01-01"}, "until"),
        ({"decision": ""}, "decision"),
        ({"extra_time_percent": "", "extra_attempts": "", "answer": ""}, "answer"),
    ],
)
def test_a_decision_that_cannot_be_is_asked_again_with_what_was_typed(
    coordinator: Client, typed: dict[str, str], said: str
) -> None:
    request = asked()
    page = coordinator.post(decide_page(request), GRANTING | typed)
    form = page.context["form"]
    assert list(form.errors) == [said]
    for name, value in (GRANTING | typed).items():
        assert (form[name].value() or "") == value
    request.refresh_from_db()
    assert request.is_waiting


def test_the_action_refuses_what_the_form_refuses() -> None:
    request = asked()
    for changes, error in (
        ({"extra_time_percent": 101}, OutOfBounds),
        ({"extra_attempts": 6}, OutOfBounds),
        ({"extra_time_percent": 0, "extra_attempts": 0, "answer": " "}, NothingGranted),
        ({"until": timezone.localdate() - timedelta(days=1)}, LastDayPassed),
    ):
        with pytest.raises(error):
            granted(request, **changes)
    request.refresh_from_db()
    assert request.is_waiting


def test_the_database_ties_state_and_decision() -> None:
    request = asked()
    for broken in (
        {"state": "granted"},
        {"state": "declined"},
        {"state": "withdrawn"},
        {"extra_time_percent": 10},
        {"answer": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Accommodation.objects.filter(pk=request.pk).update(**broken)
    granted(request)
    for beyond in ({"extra_time_percent": 101}, {"extra_attempts": 6}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Accommodation.objects.filter(pk=request.pk).update(**beyond)


def test_nobody_decides_about_their_own(settings: Any) -> None:
    person = PersonFactory(roles=[Role.COORDINATOR])
    request = asked(person)
    client = in_admin(Client(), person, settings)
    client.cookies["django_language"] = "en"
    page = client.post(decide_page(request), GRANTING)
    assert "another person has to decide it" in page.content.decode()
    with pytest.raises(OwnRequest):
        granted(request, by=person)
    assert tasks_for(person) == []


# --- Who reads it ------------------------------------------------------------------------------


def test_each_reading_by_staff_is_in_the_access_log(coordinator: Client) -> None:
    request = asked()
    coordinator.get(QUEUE)
    coordinator.get(decide_page(request))
    coordinator.post(decide_page(request), {"decision": ""})
    by = User.objects.get(display_name="Carmen").uuid
    seen = Access.objects.filter(verb=Access.Verb.VIEWED).order_by("pk")
    assert list(seen.values_list("actor_uuid", "subject_uuid", "place")) == [
        (by, None, "accommodation-requests:index"),
        (by, request.person.uuid, "accommodation-requests:decide"),
        (by, request.person.uuid, "accommodation-requests:decide"),
    ]


def test_the_list_tells_nobodys_needs(coordinator: Client) -> None:
    request = asked(needs=["needs_breaks"])
    for address in (QUEUE, f"{QUEUE}?q={request.person.display_name}", f"{QUEUE}?state=waiting"):
        page = coordinator.get(address).content.decode()
        assert request.person.display_name in page
        assert SECRET not in page
        assert "breaks" not in page
        assert "export=" not in page
    assert str(request.uuid) not in coordinator.get(f"{QUEUE}?q=lector").content.decode()


def test_what_waits_stands_first(coordinator: Client) -> None:
    first, second = granted(asked()), asked()
    page = coordinator.get(QUEUE).content.decode()
    assert page.index(str(second.uuid)) < page.index(str(first.uuid))


def test_no_event_holds_a_word() -> None:
    request = granted(asked())
    declined = asked()
    decline(asked=declined, answer=ANSWER, by=PersonFactory(), at=timezone.now())
    withdraw(person=request.person, at=timezone.now())
    events = Event.objects.filter(verb__startswith="accommodation.")
    assert sorted(event.verb.partition(".")[2] for event in events) == [
        "asked", "asked", "declined", "granted", "withdrawn",
    ]  # fmt: skip
    assert {(event.reason, json.dumps(event.detail)) for event in events} == {("", "{}")}


def test_the_dashboard_counts_what_waits() -> None:
    person = PersonFactory(roles=[Role.COORDINATOR])
    assert tasks_for(person) == []
    request, _other = asked(), asked()
    assert [task.url for task in tasks_for(person)] == [QUEUE]
    assert tasks_for(person)[0].sentence.startswith("2 ")
    granted(request)
    assert tasks_for(person)[0].sentence.startswith("1 ")
    assert tasks_for(PersonFactory(roles=[Role.TRAINER])) == []


def test_the_queue_and_the_page_cost_the_same_for_many(coordinator: Client) -> None:
    learner = LearnerFactory()
    client, taken = signed_in(learner), []
    for number in (2, 5):
        for _row in range(number):
            asked()
            granted(asked(learner))
        taken.append((cost(coordinator, QUEUE), cost(client, HOME)))
    assert taken[0] == taken[1]


# --- What holds --------------------------------------------------------------------------------


def test_a_grant_holds_from_its_day_to_its_last() -> None:
    learner, today = LearnerFactory(), timezone.localdate()
    request = asked(learner)
    assert accommodation_of(learner, today) is None
    granted(request, until=today)
    held = {day: accommodation_of(learner, today + timedelta(days=day)) for day in (-1, 0, 1)}
    assert held == {-1: None, 0: Granted(25, 1, today), 1: None}
    assert accommodation_of(LearnerFactory(), today) is None


def test_the_latest_grant_replaces_those_before_and_a_refusal_does_not() -> None:
    learner, today = LearnerFactory(), timezone.localdate()
    granted(asked(learner), extra_time_percent=50)
    decline(asked=asked(learner), answer="No.", by=PersonFactory(), at=timezone.now())
    assert accommodation_of(learner, today) == Granted(50, 1, None)
    granted(asked(learner), extra_time_percent=10, extra_attempts=0, until=today)
    assert accommodation_of(learner, today) == Granted(10, 0, today)
    assert accommodation_of(learner, today + timedelta(days=1)) is None


def test_it_is_one_query(django_assert_num_queries: Any) -> None:
    learner = LearnerFactory()
    granted(asked(learner))
    with django_assert_num_queries(1):
        accommodation_of(learner, date.max)


def test_each_account_of_a_person_has_what_either_was_granted() -> None:
    stays, goes, by, second = (PersonFactory() for _number in range(4))
    granted(asked(goes), extra_time_percent=50)
    waits = asked(goes)
    today, now = timezone.localdate(), timezone.now()
    assert accommodation_of(stays, today) is None
    merge = merging.propose(survivor=stays, absorbed=goes, reason="DNI", by=by, at=now)
    merging.confirm(merge=merge, by=second, at=now)
    goes.refresh_from_db()
    assert accommodation_of(stays, today) == accommodation_of(goes, today) == Granted(50, 1, None)
    assert SECRET in signed_in(stays).get(HOME).content.decode()
    waits = Accommodation.objects.get(pk=waits.pk)
    with pytest.raises(OwnRequest):
        granted(waits, by=stays)
    OutgoingMail.objects.all().delete()
    granted(waits, extra_time_percent=20)
    assert OutgoingMail.objects.get().to == stays.email
    withdraw(person=stays, at=timezone.now())
    assert accommodation_of(goes, today) is None
    assert not Accommodation.objects.kept().exists()


# --- One's own data ----------------------------------------------------------------------------


def test_the_copy_of_ones_data_holds_it_and_nobody_elses_does() -> None:
    learner, other = LearnerFactory(), LearnerFactory()
    by = PersonFactory(display_name="Quien Decide")
    granted(asked(learner), by=by)
    own, others = _copy(learner), _copy(other)
    assert [row["words"] for row in own] == [SECRET]
    assert own[0]["answer"] == ANSWER
    assert own[0]["needs_time"] is True
    assert own[0]["consent_wording"]
    assert by.display_name not in json.dumps(own)
    assert others == []


def _copy(person: User) -> list[dict[str, Any]]:
    archive = zipfile.ZipFile(io.BytesIO(packed(person, language="es", at=timezone.now())))
    rows: list[dict[str, Any]] = json.loads(archive.read("data.json"))["sections"]["accommodation"]
    return rows
