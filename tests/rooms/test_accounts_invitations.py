"""Signing up by invitation, and the outbox that carries every message."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tests.factories.people import AT, PASSWORD, PersonFactory
from training.accounts import actions
from training.accounts.delivery import BETWEEN_ATTEMPTS, deliver, due_messages
from training.accounts.mail import post_mail
from training.accounts.models import Invitation, OutgoingMail, User
from training.accounts.tasks import queue_unsent_mail
from training.audit.actions import SYSTEM
from training.audit.models import Event
from training.audit.queries import events_of

pytestmark = pytest.mark.django_db

SIGNUP = "/accounts/signup/"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def invite(
    run_queue: Callable[[], list[str]], django_capture_on_commit_callbacks: Any
) -> Callable[..., Invitation]:
    """Invite somebody and let the worker send the message."""

    def send(**fields: Any) -> Invitation:
        given = {
            "email": "jueza@example.org",
            "display_name": "María Ñahui",
            "language": "es",
            "invited_by": None,
            "at": timezone.now(),
        }
        with django_capture_on_commit_callbacks(execute=True):
            invitation = actions.invite(**given | fields)
        run_queue()
        return invitation

    return send


def link() -> str:
    """Return the path in the latest message."""
    found = re.search(r"http://testserver(/accounts/invitation/\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


def answers(**changes: str) -> dict[str, str]:
    return {
        "display_name": "María Elena Ñahui Quispe",
        "password1": PASSWORD,
        "password2": PASSWORD,
    } | changes


# --- The journey -------------------------------------------------------------------------------


def test_a_judge_signs_up_by_invitation(client: Client, invite: Callable[..., Invitation]) -> None:
    invitation = invite()
    response = client.get(link())
    assert (response.status_code, response["Location"]) == (302, SIGNUP)
    form = client.get(SIGNUP)
    assert 'value="jueza@example.org"' in form.content.decode()
    response = client.post(SIGNUP, answers())
    assert (response.status_code, response["Location"]) == (302, "/accounts/profile/")
    person = User.objects.get()
    assert client.session["_auth_user_id"] == str(person.pk)
    assert (person.email, person.display_name) == (
        "jueza@example.org",
        "María Elena Ñahui Quispe",
    )
    assert person.certificate_name == "María Elena Ñahui Quispe"
    assert person.emailaddress_set.get().verified
    invitation.refresh_from_db()
    assert invitation.accepted_by == person
    assert [event.verb for event in events_of(invitation)] == [
        "invitation accepted",
        "invitation sent",
    ]
    assert [event.verb for event in events_of(person)] == ["account created"]
    assert len(mail.outbox) == 1  # the link proved the address: nothing to confirm


def test_the_address_is_the_one_that_was_invited(
    client: Client, invite: Callable[..., Invitation]
) -> None:
    invite()
    client.get(link())
    client.post(SIGNUP + "?email=thief@example.org", answers(email="thief@example.org"))
    assert User.objects.get().email == "jueza@example.org"


def test_without_an_invitation_sign_up_is_closed(client: Client) -> None:
    assert "form" not in (client.get(SIGNUP).context or {})
    client.post(SIGNUP, answers(email="stranger@example.org"))
    assert not User.objects.exists()


def test_an_invitation_serves_once(client: Client, invite: Callable[..., Invitation]) -> None:
    invite()
    address = link()
    client.get(address)
    other = Client()
    other.get(address)
    client.post(SIGNUP, answers())
    other.post(SIGNUP, answers())
    assert User.objects.count() == 1
    assert "_auth_user_id" not in other.session
    late = Client().get(address)
    assert (late.status_code, late.context["reason"]) == (410, "UsedInvitation")


def test_who_comes_second_in_a_race_gets_nothing(
    client: Client, invite: Callable[..., Invitation], monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation = invite()
    client.get(link())
    first = PersonFactory()
    accept = actions.accept_invitation

    def overtaken(**fields: Any) -> None:
        accept(invitation=invitation, person=first, at=timezone.now())
        accept(**fields)

    monkeypatch.setattr(actions, "accept_invitation", overtaken)
    response = client.post(SIGNUP, answers())
    assert (response.status_code, response["Location"]) == (302, SIGNUP)
    assert not User.objects.filter(email="jueza@example.org").exists()
    assert "_auth_user_id" not in client.session


def test_an_invitation_ends_after_fourteen_days(
    client: Client, invite: Callable[..., Invitation]
) -> None:
    now = timezone.now()
    invite(at=now - actions.INVITATION_LASTS + MINUTE)
    assert client.get(link()).status_code == 302
    invite(email="fiscal@example.org", at=now - actions.INVITATION_LASTS - MINUTE)
    response = Client().get(link())
    assert (response.status_code, response.context["reason"]) == (410, "ExpiredInvitation")


def test_it_may_also_end_between_the_link_and_the_form(
    client: Client, invite: Callable[..., Invitation]
) -> None:
    invitation = invite()
    client.get(link())
    actions.withdraw_invitation(invitation=invitation, actor=SYSTEM, at=timezone.now())
    client.post(SIGNUP, answers())
    assert not User.objects.exists()


def test_a_link_that_nobody_sent_is_unknown(client: Client) -> None:
    response = client.get("/accounts/invitation/abcdef/")
    assert (response.status_code, response.context["reason"]) == (410, "UnknownInvitation")


def test_who_is_signed_in_keeps_the_account(
    client: Client, invite: Callable[..., Invitation]
) -> None:
    invite()
    client.force_login(PersonFactory())
    response = client.get(link())
    assert response["Location"] == "/my/"
    assert "invitation" not in client.session


def test_the_first_page_speaks_the_invitations_language(
    client: Client, invite: Callable[..., Invitation]
) -> None:
    invite(language="en")
    assert "invitation" in mail.outbox[0].subject.lower()
    client.get(link())
    assert client.get(SIGNUP).headers["Content-Language"] == "en"
    client.post(SIGNUP, answers())
    assert User.objects.get().language == "en"


# --- Sending -----------------------------------------------------------------------------------


def test_the_secret_is_in_the_message_only(invite: Callable[..., Invitation]) -> None:
    invitation = invite()
    token = link().rstrip("/").rpartition("/")[2]
    html = mail.outbox[0].alternatives[0]
    assert token in html.content
    assert html.mimetype == "text/html"
    row = OutgoingMail.objects.get()
    assert (row.subject, row.text, row.html) == ("", "", "")
    assert token not in str(Invitation.objects.values().get())
    assert token not in str(list(Event.objects.values()))
    assert invitation.token_digest != token


def test_sending_again_ends_the_earlier_link(
    invite: Callable[..., Invitation],
    run_queue: Callable[[], list[str]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    invitation = invite()
    earlier = link()
    with django_capture_on_commit_callbacks(execute=True):
        actions.send_again(invitation=invitation, actor=SYSTEM, at=timezone.now())
    run_queue()
    assert Client().get(earlier).status_code == 410
    assert Client().get(link()).status_code == 302


def test_a_new_invitation_ends_the_earlier_one(invite: Callable[..., Invitation]) -> None:
    invite()
    earlier = link()
    invite(email="JUEZA@example.org")
    response = Client().get(earlier)
    assert response.context["reason"] == "ExpiredInvitation"
    assert Client().get(link()).status_code == 302


def test_who_has_an_account_is_not_invited(invite: Callable[..., Invitation]) -> None:
    PersonFactory(email="jueza@example.org")
    with pytest.raises(actions.AlreadyRegistered):
        invite(email="Jueza@example.org")
    assert not OutgoingMail.objects.exists()


def test_an_accepted_invitation_is_neither_sent_again_nor_withdrawn(
    invite: Callable[..., Invitation],
) -> None:
    invitation = invite()
    person = PersonFactory()
    actions.accept_invitation(invitation=invitation, person=person, at=timezone.now())
    invitation.refresh_from_db()
    with pytest.raises(actions.UsedInvitation):
        actions.send_again(invitation=invitation, actor=SYSTEM, at=timezone.now())
    with pytest.raises(actions.UsedInvitation):
        actions.withdraw_invitation(invitation=invitation, actor=SYSTEM, at=timezone.now())


# --- The outbox --------------------------------------------------------------------------------


def message(**fields: Any) -> OutgoingMail:
    return post_mail(
        to="jueza@example.org",
        template="emails/invitation",
        context={"invitation_url": "http://testserver/x", "expires_at": AT, "display_name": "Ana"},
        language="es",
        at=AT,
        **fields,
    )


def test_a_message_is_sent_once_by_however_many_workers() -> None:
    row = message()
    assert deliver(mail_id=row.pk, now=AT)
    assert not deliver(mail_id=row.pk, now=AT)
    assert not deliver(mail_id=row.pk, now=AT + dt.timedelta(days=1))
    assert len(mail.outbox) == 1


def test_two_workers_at_the_same_moment_send_one(monkeypatch: pytest.MonkeyPatch) -> None:
    row = message()
    second: list[bool] = []
    send = EmailBackend.send_messages

    def meanwhile(self: EmailBackend, messages: Any) -> int:
        second.append(deliver(mail_id=row.pk, now=AT))
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", meanwhile)
    assert deliver(mail_id=row.pk, now=AT)
    assert second == [False]
    assert len(mail.outbox) == 1


def test_a_server_that_refuses_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    row = message()

    def refuse(self: EmailBackend, messages: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        with pytest.raises(ConnectionRefusedError):
            deliver(mail_id=row.pk, now=AT)
    row.refresh_from_db()
    assert (row.sent_at, row.attempts) == (None, 1)
    assert "http://testserver/x" in row.text
    assert list(due_messages(now=AT + MINUTE)) == []
    later = AT + BETWEEN_ATTEMPTS
    assert list(due_messages(now=later)) == [row.pk]
    assert deliver(mail_id=row.pk, now=later)


def test_a_message_that_never_leaves_is_given_up_after_a_day() -> None:
    row = message()
    OutgoingMail.objects.filter(pk=row.pk).update(attempts=OutgoingMail.MOST_ATTEMPTS)
    assert list(due_messages(now=AT + dt.timedelta(days=2))) == []


def test_the_sweep_queues_what_a_lost_task_left(run_queue: Callable[[], list[str]]) -> None:
    message()  # its own task is never queued: the test's transaction does not commit
    assert run_queue() == []
    queue_unsent_mail()
    assert run_queue() == ["training.accounts.tasks.send_mail"]
    assert len(mail.outbox) == 1
    queue_unsent_mail()
    assert run_queue() == []


def test_a_message_that_is_rolled_back_never_was() -> None:

    with transaction.atomic():
        message()
        transaction.set_rollback(True)
    assert not OutgoingMail.objects.exists()


def test_a_sent_message_keeps_no_words() -> None:

    row = message()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.filter(pk=row.pk).update(sent_at=AT)


def test_beat_runs_the_sweep(settings: Any) -> None:
    tasks = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert queue_unsent_mail.name in tasks
