"""Help after losing the second factor: slow, by people, and stopped by its owner."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tests.factories.people import (
    AT,
    PASSWORD,
    PersonFactory,
    PostFactory,
    enrol_totp,
)
from training.accounts import factor_removal, recovery
from training.accounts.models import OutgoingMail, Recovery, RecoveryApproval, User
from training.accounts.roles import Role
from training.accounts.tasks import carry_out_recoveries
from training.audit.queries import events_of
from training.kernel.lifecycle import IllegalTransition

pytestmark = pytest.mark.django_db

ASK = "/accounts/recovery/"
FACTORS = "/accounts/2fa/"
LIST = "/admin/recoveries/"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _english(client: Client) -> None:
    client.cookies["django_language"] = "en"


@pytest.fixture
def judge() -> User:
    """Return a learner who uses a second factor."""
    person: User = PersonFactory(
        language="en",
        document_country="PE",
        document_type="dni",
        document_number="45678912",
    )
    PostFactory(person=person, title="Jueza penal")
    enrol_totp(person)
    return person


def administrator() -> User:
    person: User = PersonFactory(
        roles=[Role.SYSTEM_ADMINISTRATOR], is_demonstration=True, language="en"
    )
    return person


def desk_of(person: User, settings: Any) -> Client:
    """Return an administrator's browser, spared the second factor as in the demonstration."""
    settings.DEMONSTRATION = True
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(person)
    return client


def give_password(client: Client, person: User) -> Any:
    return client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})


def asked_by(person: User, at: dt.datetime = AT) -> Recovery:
    return recovery.ask(person=person, contact="01 555 0100", at=at)


def approve(asked: Recovery, by: User, at: dt.datetime = AT) -> bool:
    return recovery.approve(
        recovery=asked, by=by, channel="Call to the court", reason="Lost phone", at=at
    )


def stop_link(template: str) -> str:
    message = OutgoingMail.objects.get(template=template)
    found = re.search(r"http://testserver(/accounts/recovery/stop/\S+)", message.text)
    assert found
    return found[1]


def verbs(person: User) -> list[str]:
    return list(events_of(person).order_by("pk").values_list("verb", flat=True))


# --- Asking --------------------------------------------------------------------------------------


def test_whoever_did_not_give_the_password_cannot_ask(client: Client, judge: User) -> None:
    assert client.get(ASK)["Location"] == "/accounts/login/"
    assert client.post(ASK, {"contact": "x"})["Location"] == "/accounts/login/"
    client.post("/accounts/login/", {"login": judge.email, "password": "wrong"})
    assert client.post(ASK, {"contact": "x"})["Location"] == "/accounts/login/"
    assert not Recovery.objects.exists()


def test_the_whole_way_of_a_learner(client: Client, judge: User, settings: Any) -> None:
    give_password(client, judge)
    assert ASK in client.get("/accounts/2fa/authenticate/").content.decode()
    assert client.post(ASK, {"contact": ""}).status_code == 422
    for _impatient in range(2):
        page = client.post(ASK, {"contact": "01 555 0100"})
        assert "We have your request" in page.content.decode()
    asked = Recovery.objects.get()
    assert OutgoingMail.objects.filter(template="emails/recovery_asked").count() == 1

    desk = desk_of(administrator(), settings)
    page = desk.get(f"{LIST}{asked.uuid}/").content.decode()
    for hint in ("Jueza penal", "••••12", "01 555 0100", judge.email):
        assert hint in page
    assert "45678912" not in page
    answer = {"decision": "approve", "channel": "Call to the court", "reason": "Lost phone"}
    refused = desk.post(f"{LIST}{asked.uuid}/", answer | {"channel": ""})
    assert "Say how you made sure" in refused.content.decode()
    assert "Lost phone" in refused.content.decode()
    desk.post(f"{LIST}{asked.uuid}/", answer)
    assert OutgoingMail.objects.filter(template="emails/recovery_approved").count() == 1

    carry_out_recoveries()
    assert Authenticator.objects.filter(user=judge).exists()  # the person can still stop it
    later = timezone.now() + settings.RECOVERY_WAIT_HOURS * HOUR
    assert factor_removal.carry_out_due(now=later, most=10) == 1
    assert factor_removal.carry_out_due(now=later, most=10) == 0
    assert not Authenticator.objects.filter(user=judge).exists()
    assert verbs(judge) == ["recovery asked", "recovery approved", "second factor removed"]

    fresh = Client()
    fresh.cookies["django_language"] = "en"
    give_password(fresh, judge)
    for address in ("/my/", "/accounts/profile/", "/verify/"):
        assert fresh.get(address)["Location"] == FACTORS, address
    assert fresh.get(FACTORS).status_code == 200
    enrol_totp(judge)
    assert fresh.get("/my/").status_code == 200


def test_a_session_that_owes_nothing_is_not_asked(client: Client) -> None:
    client.force_login(PersonFactory())
    assert client.get("/my/").status_code == 200


# --- Stopping ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_approved", [False, True])
def test_the_person_stops_it_at_both_moments(
    client: Client, judge: User, is_approved: bool
) -> None:
    asked = asked_by(judge)
    template = "emails/recovery_asked"
    if is_approved:
        approve(asked, administrator())
        template = "emails/recovery_approved"
    link = stop_link(template)
    assert "Did you not ask for this?" in client.get(link).content.decode()
    asked.refresh_from_db()
    assert asked.is_open  # looking stops nothing: mail programs look at links
    assert "Your second factor stays" in client.post(link).content.decode()
    assert factor_removal.carry_out_due(now=AT + 100 * HOUR, most=10) == 0
    assert Authenticator.objects.filter(user=judge).exists()
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    assert verbs(judge)[-1] == "recovery stopped"


def test_a_link_that_nobody_was_sent_stops_nothing(client: Client, judge: User) -> None:
    asked = asked_by(judge)
    for token in (str(asked.uuid), f"{asked.uuid}:forged", "x"):
        assert client.post(f"/accounts/recovery/stop/{token}/").status_code == 410
    asked.refresh_from_db()
    assert asked.is_open


def test_after_it_took_effect_there_is_nothing_to_stop(judge: User) -> None:
    asked = asked_by(judge)
    approve(asked, administrator())
    factor_removal.carry_out_due(now=AT + 25 * HOUR, most=10)
    with pytest.raises(IllegalTransition):
        recovery.stop(recovery=asked, at=AT + 26 * HOUR)


# --- Deciding ------------------------------------------------------------------------------------


def test_who_works_here_needs_two_others(settings: Any) -> None:
    trainer = PersonFactory(roles=[Role.TRAINER])
    enrol_totp(trainer)
    asked = asked_by(trainer)
    first, second = administrator(), administrator()
    assert not approve(asked, first)
    asked.refresh_from_db()
    assert (asked.state, asked.effective_at) == ("asked", None)
    with pytest.raises(recovery.AlreadyApproved):
        approve(asked, first)
    page = desk_of(first, settings).post(
        f"{LIST}{asked.uuid}/", {"decision": "approve", "channel": "Call", "reason": "Again"}
    )
    assert "another administrator has to" in page.content.decode()
    assert approve(asked, second, at=AT + HOUR)
    asked.refresh_from_db()
    assert asked.effective_at == AT + HOUR + settings.RECOVERY_WAIT_HOURS * HOUR
    assert asked.approvals.count() == 2


def test_nobody_does_it_for_themselves(settings: Any) -> None:
    admin = administrator()
    asked = asked_by(admin)
    with pytest.raises(recovery.NotForOneself):
        approve(asked, admin)
    with pytest.raises(recovery.NotForOneself):
        recovery.refuse(recovery=asked, by=admin, reason="x", at=AT)
    page = desk_of(admin, settings).get(f"{LIST}{asked.uuid}/").content.decode()
    assert "Nobody recovers their own account" in page
    assert 'name="decision"' not in page


def test_a_refusal_leaves_the_factor(judge: User, settings: Any) -> None:
    asked = asked_by(judge)
    desk_of(administrator(), settings).post(
        f"{LIST}{asked.uuid}/",
        {"decision": "refuse", "channel": "Call", "reason": "The judge knows of nothing"},
    )
    asked.refresh_from_db()
    assert asked.state == "refused"
    event = events_of(judge).get(verb="recovery refused")
    assert event.reason == "The judge knows of nothing"
    assert Authenticator.objects.filter(user=judge).exists()
    with pytest.raises(IllegalTransition):
        approve(asked, administrator())


def test_approved_once_is_approved(judge: User) -> None:
    asked = asked_by(judge)
    assert approve(asked, administrator())
    with pytest.raises(IllegalTransition):
        approve(asked, administrator())
    assert RecoveryApproval.objects.count() == 1


def test_only_administrators_open_the_list_and_decide(judge: User, settings: Any) -> None:
    settings.DEMONSTRATION = True
    asked = asked_by(judge)
    for address in (LIST, f"{LIST}{asked.uuid}/"):
        opened = set()
        for role in Role:
            client = Client()
            client.force_login(PersonFactory(roles=[role], is_demonstration=True))
            if client.get(address).status_code == 200:
                opened.add(role)
        assert opened == {Role.SYSTEM_ADMINISTRATOR}, address


def test_one_open_recovery_a_person(judge: User) -> None:
    asked = asked_by(judge)
    with pytest.raises(recovery.AlreadyAsked):
        asked_by(judge)
    recovery.stop(recovery=asked, at=AT)
    asked_by(judge)  # what is over does not stand in the way


def test_the_database_ties_a_state_to_its_moments(judge: User) -> None:
    asked = asked_by(judge)
    for fields in ({"state": "approved"}, {"state": "stopped"}, {"closed_at": AT}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Recovery.objects.filter(pk=asked.pk).update(**fields)


def test_the_list_does_not_grow_in_queries(
    settings: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    desk = desk_of(administrator(), settings)

    def queries() -> int:
        with django_assert_max_num_queries(60) as counted:
            assert desk.get(LIST).status_code == 200
        return len(counted)

    asked_by(PersonFactory())
    desk.get(LIST)
    few = queries()
    for _number in range(8):
        asked_by(PersonFactory())
    assert queries() == few
