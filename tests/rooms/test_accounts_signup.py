"""Accounts that people of listed domains ask for, and somebody lets in."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.cms import in_admin
from tests.factories.people import (
    AT,
    PASSWORD,
    InstitutionFactory,
    PersonFactory,
    SignupDomainFactory,
    SignupRequestFactory,
)
from tests.journeys.test_query_counts import cost
from training.accounts import actions, signup
from training.accounts.models import OutgoingMail, SignupDomain, SignupRequest, User
from training.accounts.roles import Role
from training.audit.queries import events_of
from training.kernel.lifecycle import IllegalTransition

pytestmark = pytest.mark.django_db

SIGNUP = "/accounts/signup/"
WAITING = "/accounts/waiting/"
REQUESTS = "/admin/signup-requests/"
DOMAINS = "/admin/signup-domains/"


@pytest.fixture(autouse=True)
def _english(client: Client) -> None:
    client.cookies["django_language"] = "en"


@pytest.fixture
def court() -> SignupDomain:
    return SignupDomainFactory(domain="court.example")


def answers(email: str = "Jueza@Court.example", **changes: str) -> dict[str, str]:
    return {
        "email": email,
        "display_name": "María Ñahui",
        "password1": PASSWORD,
        "password2": PASSWORD,
    } | changes


def desk_of(role: Role, settings: Any) -> Client:
    client = in_admin(Client(), PersonFactory(roles=[role]), settings)
    client.cookies["django_language"] = "en"
    return client


def confirm(client: Client, email: str) -> None:
    message = OutgoingMail.objects.filter(to=email).latest("pk")
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+)", message.text)
    assert found
    client.post(found[1])


def sign_in(client: Client, email: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": PASSWORD}, follow=True)


def asked(**fields: Any) -> SignupRequest:
    request: SignupRequest = SignupRequestFactory(**fields)
    return request


# --- The whole way -------------------------------------------------------------------------------


def test_the_whole_way_of_a_judge(client: Client, court: SignupDomain, settings: Any) -> None:
    page = client.get(SIGNUP).content.decode()
    assert "Ask for an account" in page
    assert SIGNUP in client.get("/accounts/login/").content.decode()
    response = client.post(SIGNUP, answers())
    assert response["Location"] == "/accounts/confirm-email/"
    person = User.objects.get(email="jueza@court.example")
    assert person.awaits_approval
    registrar = desk_of(Role.REGISTRAR, settings)
    request = SignupRequest.objects.get()
    assert person.display_name not in registrar.get(REQUESTS).content.decode()
    assert registrar.get(f"{REQUESTS}{request.uuid}/").status_code == 404
    assert "to be let in" not in registrar.get("/admin/").content.decode()

    confirm(client, person.email)
    sign_in(client, person.email)
    for address in ("/my/", "/my/record/", "/en/", "/accounts/profile/", "/verify/"):
        assert client.get(address)["Location"] == WAITING, address
    page = client.get(WAITING).content.decode()
    assert "waits for approval" in page
    assert "My courses" not in page
    assert "My account" not in page

    assert "1 person waits to be let in." in registrar.get("/admin/").content.decode()
    assert person.display_name in registrar.get(REQUESTS).content.decode()
    registrar.post(f"{REQUESTS}{request.uuid}/", {"decision": "accept"})
    assert client.get("/my/").status_code == 200
    assert client.get(WAITING)["Location"] == "/my/"
    assert [event.verb for event in events_of(person)] == ["account let in", "account asked for"]
    letter = OutgoingMail.objects.get(template="emails/account_accepted")
    assert (letter.to, letter.language) == (person.email, "en")


def test_whoever_is_declined_reads_why_and_stays_out(
    client: Client, court: SignupDomain, settings: Any
) -> None:
    request = asked(domain=court, person__language="es")
    client.force_login(request.person)
    desk = desk_of(Role.COORDINATOR, settings)
    page = desk.post(f"{REQUESTS}{request.uuid}/", {"decision": "decline"}).content.decode()
    assert "Say why you decline" in page
    desk.post(f"{REQUESTS}{request.uuid}/", {"decision": "decline", "reason": "No es del curso"})
    person = User.objects.get(pk=request.person_id)
    assert not person.is_active
    letter = OutgoingMail.objects.get(template="emails/account_declined")
    assert "No es del curso" in letter.text
    assert letter.language == "es"
    assert "/login" in client.get("/my/")["Location"]

    desk.post(f"{REQUESTS}{request.uuid}/", {"decision": "accept", "reason": "Mistake"})
    person.refresh_from_db()
    assert person.is_active
    assert not person.awaits_approval


# --- Who may ask ---------------------------------------------------------------------------------


def test_without_a_listed_domain_sign_up_is_closed(client: Client, court: SignupDomain) -> None:
    signup.end_domain(domain=court, reason="Over", by=court.added_by, at=AT)
    assert "opened by invitation" in client.get(SIGNUP).content.decode()
    assert SIGNUP not in client.get("/accounts/login/").content.decode()
    client.post(SIGNUP, answers())
    assert not User.objects.filter(email="jueza@court.example").exists()


@pytest.mark.parametrize(
    "email",
    ["a@example.org", "a@sub.court.example", "a@court.example.org", "a@notcourt.example"],
)
def test_an_address_of_another_domain_is_told_which_ones_may(
    client: Client, court: SignupDomain, email: str
) -> None:
    response = client.post(SIGNUP, answers(email))
    page = response.content.decode()
    assert "@court.example" in page
    assert "María Ñahui" in page  # what was typed is kept
    assert not User.objects.filter(email=email).exists()


def test_a_known_address_gets_the_answer_of_an_unknown_one(court: SignupDomain) -> None:
    known = PersonFactory(email="known@court.example")
    said = []
    for email in (known.email, "unknown@court.example"):
        client = Client()
        response = client.post(SIGNUP, answers(email))
        page = client.get(response["Location"]).content.decode()
        said.append((response.status_code, response["Location"], page.replace(email, "ADDRESS")))
    token = re.compile(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"')
    assert token.sub("", said[0][2]) == token.sub("", said[1][2])
    assert said[0][:2] == said[1][:2]
    known.refresh_from_db()
    assert not known.awaits_approval
    assert SignupRequest.objects.count() == 1


def test_an_invited_person_waits_for_nobody(client: Client, court: SignupDomain) -> None:
    actions.invite(email="invited@other.example", language="en", invited_by=None, at=timezone.now())
    message = OutgoingMail.objects.get()
    found = re.search(r"http://testserver(/accounts/invitation/\S+)", message.text)
    assert found
    client.get(found[1])
    assert "Your institution has invited you" in client.get(SIGNUP).content.decode()
    client.post(SIGNUP, answers("thief@court.example"))
    person = User.objects.get(email="invited@other.example")
    assert not person.awaits_approval
    assert client.get("/my/").status_code == 200
    assert not SignupRequest.objects.exists()


# --- The rules -----------------------------------------------------------------------------------


def test_a_request_is_answered_once_and_with_a_reason() -> None:
    request = asked()
    by = PersonFactory()
    with pytest.raises(signup.ReasonMissing):
        signup.decline(request=request, by=by, at=AT, reason=" ")
    signup.let_in(request=request, by=by, at=AT)
    for _late in range(2):
        with pytest.raises(IllegalTransition):
            signup.decline(request=request, by=by, at=AT, reason="Late")
    with pytest.raises(IntegrityError), transaction.atomic():
        SignupRequest.objects.update(state="declined", reason="")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@PJ.gob.pe", "pj.gob.pe"),
        (" mpfn.gob.pe. ", "mpfn.gob.pe"),
        ("a-b.example", "a-b.example"),
    ],
)
def test_a_domain_is_kept_as_it_is_compared(typed: str, kept: str) -> None:
    assert signup.clean_domain(typed) == kept


@pytest.mark.parametrize("typed", ["", "pe", "a@b.example", "http://pj.gob.pe", "-a.example"])
def test_what_is_no_domain_is_refused(typed: str) -> None:
    with pytest.raises(signup.BadDomain):
        signup.clean_domain(typed)


# --- The list of domains -------------------------------------------------------------------------


def test_an_administrator_lists_and_ends_a_domain(settings: Any) -> None:
    desk = desk_of(Role.SYSTEM_ADMINISTRATOR, settings)
    institution = InstitutionFactory()
    sent = {"domain": "@Court.example", "institution": institution.pk, "reason": "Oficio 7"}
    assert "what stands behind" in desk.get(f"{DOMAINS}new/").content.decode().lower()
    assert desk.post(f"{DOMAINS}new/", sent | {"domain": "no domain"}).status_code == 200
    desk.post(f"{DOMAINS}new/", sent)
    domain = SignupDomain.objects.get()
    assert (domain.domain, domain.institution) == ("court.example", institution)
    assert "listed already" in desk.post(f"{DOMAINS}new/", sent).content.decode()
    with pytest.raises(signup.AlreadyListed):
        signup.list_domain(
            domain="court.example", institution=institution, reason="x", by=domain.added_by, at=AT
        )
    assert f"{DOMAINS}{domain.pk}/end/" in desk.get(DOMAINS).content.decode()
    desk.post(f"{DOMAINS}{domain.pk}/end/", {"reason": "The agreement ended"})
    assert not signup.is_open()
    assert [event.verb for event in events_of(domain)] == ["domain ended", "domain listed"]
    with pytest.raises(signup.AlreadyEnded):
        signup.end_domain(domain=domain, reason="x", by=domain.added_by, at=AT)
    assert desk.post(f"{DOMAINS}new/", sent).status_code == 302


def test_the_lists_cost_the_same_for_many_rows(settings: Any) -> None:
    registrar, administrator = (
        desk_of(role, settings) for role in (Role.REGISTRAR, Role.SYSTEM_ADMINISTRATOR)
    )
    taken = []
    for size in (2, 6):
        for _ in range(size):
            asked()
        taken.append(
            [
                cost(registrar, reverse("signup-requests:index")),
                cost(administrator, reverse("signup-domains:index")),
            ]
        )
    assert taken[0] == taken[1]
