"""Every way into the Wagtail admin: with the right to it, and a second factor in this session."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext

from tests.factories.people import (
    PASSWORD,
    PersonFactory,
    counter_now,
    enrol_totp,
    totp_code,
)
from training.accounts import views
from training.accounts.models import User
from training.accounts.roles import Role
from training.accounts.viewsets import PersonForm

pytestmark = pytest.mark.django_db

ADMIN = "/admin/"
LOGIN = "/accounts/login/"
FACTORS = "/accounts/2fa/"
PASS = "/accounts/2fa/reauthenticate/"
EXAMPLES = {"uuid": "9f0c8f3e-1111-4222-8333-123456789abc", "int": "1"}


@pytest.fixture
def trainer() -> User:
    """Return a trainer who has set up an authenticator app."""
    person: User = PersonFactory(roles=[Role.TRAINER])
    enrol_totp(person)
    return person


@pytest.fixture
def novice() -> User:
    """Return a trainer without a second factor."""
    person: User = PersonFactory(roles=[Role.TRAINER])
    return person


def give_password(client: Client, person: User, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": person.email, "password": password})


def sign_in(client: Client, person: User) -> None:
    give_password(client, person)
    client.post("/accounts/2fa/authenticate/", {"code": totp_code()})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def refused_to(response: Any) -> str:
    assert response.status_code == 302
    address: str = response["Location"]
    return address.partition("?")[0]


def admin_addresses() -> Iterator[str]:
    """Make one address of each pattern of the admin."""
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) == "admin/":
            yield from _addresses(pattern, "/admin/")


def _addresses(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        here = prefix + _example(str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from _addresses(pattern, here)


def _example(route: str) -> str:
    route = re.sub(r"\(\?P<\w+>[^)]*\)|\([^)]*\)", "1", route.strip("^$").replace(".*", "nowhere"))
    return re.sub(r"<(?:(\w+):)?\w+>", lambda m: EXAMPLES.get(m[1] or "", "x"), route)


# --- Whoever has not shown a second factor -----------------------------------------------------


def test_no_address_of_the_admin_opens_by_password_alone(client: Client, trainer: User) -> None:
    client.force_login(trainer)
    addresses = sorted(set(admin_addresses()))
    assert len(addresses) > 150
    opened = [
        address
        for address in addresses
        if client.get(address).headers.get("Location", "").partition("?")[0] != PASS
    ]
    assert opened == []


@pytest.mark.parametrize(
    "address",
    [
        ADMIN,
        "/admin/pages/",
        "/admin/users/",
        "/admin/api/main/pages/",
        "/admin/reports/site-history/",
        "/admin/jsi18n/",
        "/admin/sprite/",
        "/admin/nowhere/",
        "/admin/login/",
        "/admin/password_reset/",
        "/admin/account/",
    ],
)
def test_a_visitor_is_asked_to_sign_in_and_a_learner_is_refused(
    client: Client, address: str
) -> None:
    assert refused_to(client.get(address)) == LOGIN
    client.force_login(PersonFactory())
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403


def test_who_has_no_second_factor_is_sent_to_set_one_up(client: Client, novice: User) -> None:
    give_password(client, novice)
    assert is_signed_in(client)
    response = client.get(ADMIN, follow=True)
    assert response.redirect_chain == [(FACTORS, 302)]
    with translation.override("es"):
        assert gettext("Set up a second factor to enter the administration.") in (
            response.content.decode()
        )


@pytest.mark.django_db(transaction=True)  # the factor counts once it is committed
def test_the_first_factor_set_up_here_opens_the_admin(client: Client, novice: User) -> None:
    give_password(client, novice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    activate = "/accounts/2fa/totp/activate/"
    assert client.get(activate).status_code == 200
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, counter_now()))
    client.post(activate, {"code": code})
    assert client.get(ADMIN).status_code == 200
    kept = Authenticator.objects.get(user=novice, type="totp").data["secret"]
    assert secret not in kept


def test_with_the_password_only_a_factor_is_asked_before_signing_in(
    client: Client, trainer: User
) -> None:
    assert refused_to(give_password(client, trainer)) == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    assert refused_to(client.get(ADMIN)) == LOGIN
    client.post("/accounts/2fa/authenticate/", {"code": totp_code()})
    assert is_signed_in(client)
    assert client.get(ADMIN).status_code == 200


def test_a_second_session_has_to_pass_again(trainer: User) -> None:
    first, second = Client(), Client()
    sign_in(first, trainer)
    assert first.get(ADMIN).status_code == 200
    assert not is_signed_in(second)
    give_password(second, trainer)
    assert refused_to(second.get(ADMIN)) == LOGIN
    recovery = RecoveryCodes.activate(trainer).generate_codes()[0]
    second.post("/accounts/2fa/authenticate/", {"code": recovery})
    assert second.get(ADMIN).status_code == 200


def test_a_session_without_the_factor_shows_it_and_comes_back(
    client: Client, trainer: User
) -> None:
    client.force_login(trainer)  # as a session does that was opened before the factor was set up
    response = client.get("/admin/reports/site-history/?page=1")
    assert response["Location"] == f"{PASS}?next=%2Fadmin%2Freports%2Fsite-history%2F%3Fpage%3D1"
    wrong = client.post(response["Location"], {"code": "000000"})
    assert wrong.status_code == 200
    assert refused_to(client.get(ADMIN)) == PASS
    right = client.post(response["Location"], {"code": totp_code()})
    assert right["Location"] == "/admin/reports/site-history/?page=1"
    assert client.get(ADMIN).status_code == 200


def test_a_session_from_before_the_factor_cannot_add_one_of_its_own(
    client: Client, novice: User
) -> None:
    give_password(client, novice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    enrol_totp(novice)  # by the person, elsewhere
    assert refused_to(client.get(ADMIN)) == PASS
    for address in (
        FACTORS,
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/recovery-codes/download/",
    ):
        assert refused_to(client.get(address)) == PASS, address
        assert refused_to(client.post(address)) == PASS, address
    assert Authenticator.objects.filter(user=novice).count() == 1


def test_a_factor_that_was_removed_no_longer_opens(client: Client, trainer: User) -> None:
    sign_in(client, trainer)
    assert client.get(ADMIN).status_code == 200
    Authenticator.objects.filter(user=trainer).delete()
    assert refused_to(client.get(ADMIN)) == FACTORS
    enrol_totp(trainer)
    assert refused_to(client.get(ADMIN)) == PASS


def test_a_passkey_counts_as_second_factor(client: Client, novice: User) -> None:
    key = Authenticator.objects.create(user=novice, type=Authenticator.Type.WEBAUTHN, data={})
    client.force_login(novice)
    assert refused_to(client.get(ADMIN)) == "/accounts/2fa/webauthn/reauthenticate/"
    session = client.session
    session["account_authentication_methods_user"] = str(novice.pk)
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "webauthn", "id": key.pk, "passwordless": True, "at": 1.0}
    ]
    session.save()
    assert client.get(ADMIN).status_code == 200


def test_a_record_of_somebody_else_does_not_count(client: Client, trainer: User) -> None:
    other = PersonFactory(roles=[Role.TRAINER])
    factor = enrol_totp(other)
    client.force_login(trainer)
    session = client.session
    session["account_authentication_methods_user"] = str(other.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "id": factor.pk, "at": 1.0}]
    session.save()
    assert refused_to(client.get(ADMIN)) == PASS


# --- Wagtail's own doors -----------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/admin/login/", "/es/_util/login/", "/en/_util/login/"])
def test_wagtails_own_login_lets_nobody_in(client: Client, novice: User, address: str) -> None:
    form = {"username": novice.email, "login": novice.email, "password": PASSWORD}
    assert refused_to(client.post(address, form)) == LOGIN
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("/admin/login/", "to_login"),
        ("/admin/password_reset/", "to_password_reset"),
        ("/admin/password_reset/done/", "to_password_reset"),
        ("/admin/password_reset/confirm/MQ/token/", "to_password_reset"),
        ("/admin/password_reset/complete/", "to_password_reset"),
        ("/admin/account/change_password/", "to_password_change"),
    ],
)
def test_wagtails_own_doors_lead_to_ours(
    client: Client, trainer: User, address: str, ours: str
) -> None:
    assert resolve(address).func is getattr(views, ours)
    sign_in(client, trainer)
    target = {
        "to_login": "account_login",
        "to_password_reset": "account_reset_password",
        "to_password_change": "account_change_password",
    }[ours]
    for response in (client.get(address), client.post(address, {"email": trainer.email})):
        assert refused_to(response) == reverse(target)


def test_wagtails_account_page_changes_neither_name_nor_password(
    client: Client, trainer: User
) -> None:
    sign_in(client, trainer)
    page = client.get("/admin/account/")
    assert page.status_code == 200
    assert b"name_email-" not in page.content
    assert b"password" not in page.content.lower().replace(b"change_password", b"")


def test_the_link_in_the_admin_to_sign_out_ends_the_session(client: Client, trainer: User) -> None:
    sign_in(client, trainer)
    client.post("/admin/logout/")
    assert not is_signed_in(client)
    assert refused_to(client.get(ADMIN)) == LOGIN


# --- Other ways to open a session --------------------------------------------------------------


def test_a_password_reset_signs_nobody_in_and_keeps_the_second_factor(
    client: Client, trainer: User, run_queue: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/password/reset/", {"email": trainer.email})
    run_queue()
    (message,) = mail.outbox
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.body)
    assert link
    form = client.get(link[1], follow=True)
    new = "otra frase larga y distinta"
    action = form.redirect_chain[-1][0]
    client.post(action, {"password1": new, "password2": new})
    assert not is_signed_in(client)
    assert refused_to(client.get(ADMIN)) == LOGIN
    assert refused_to(give_password(client, trainer, new)) == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)


def test_confirming_an_address_does_not_skip_the_second_factor(
    client: Client, run_queue: Any, django_capture_on_commit_callbacks: Any
) -> None:
    person = PersonFactory(roles=[Role.TRAINER], confirmed=False)
    enrol_totp(person)
    with django_capture_on_commit_callbacks(execute=True):
        give_password(client, person)
    run_queue()
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mail.outbox[0].body)
    assert link
    client.post(link[1])
    assert not is_signed_in(client)
    assert refused_to(client.get(ADMIN)) == LOGIN


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Accept": "application/json"},
    ],
)
def test_scripts_are_told_no_rather_than_led_elsewhere(
    client: Client, trainer: User, headers: dict[str, str]
) -> None:
    for person in (None, PersonFactory(roles=[Role.TRAINER]), trainer):
        if person:
            client.force_login(person)
        response = client.get("/admin/api/main/pages/", headers=headers)
        assert response.status_code == 403
        assert response["Content-Type"] == "application/json"


def test_who_loses_the_role_or_the_account_is_out_at_once(client: Client, trainer: User) -> None:
    sign_in(client, trainer)
    trainer.groups.clear()
    assert client.get(ADMIN).status_code == 403
    User.objects.filter(pk=trainer.pk).update(is_active=False)
    assert refused_to(client.get(ADMIN)) == LOGIN


# --- The demonstration -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site_is_demonstration", "account_is", "opens"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_only_demonstration_accounts_of_a_demonstration_are_spared(
    client: Client, settings: Any, site_is_demonstration: bool, account_is: bool, opens: bool
) -> None:
    settings.DEMONSTRATION = site_is_demonstration
    person = PersonFactory(roles=[Role.TRAINER], is_demonstration=account_is)
    give_password(client, person)
    response = client.get(ADMIN)
    if opens:
        assert response.status_code == 200
    else:
        assert refused_to(response) == FACTORS


def test_no_form_makes_an_account_one_of_the_demonstration() -> None:
    assert "is_demonstration" not in PersonForm.base_fields
    assert "is_superuser" not in PersonForm.base_fields
    assert "password" not in PersonForm.base_fields


# --- Guessing, and the policy on the wire ------------------------------------------------------


def test_five_wrong_passwords_close_the_door_for_a_while(client: Client, novice: User) -> None:
    for _ in range(5):
        give_password(client, novice, "not the password")
    response = give_password(client, novice)
    assert response.status_code == 200
    assert not is_signed_in(client)
    assert response.context["form"].non_field_errors()


def test_wrong_codes_are_counted_too(client: Client, trainer: User) -> None:
    give_password(client, trainer)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": totp_code()})
    assert not is_signed_in(client)


def test_a_code_works_once(trainer: User) -> None:
    first, second = Client(), Client()
    code = totp_code()
    give_password(first, trainer)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_signed_in(first)
    give_password(second, trainer)
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_signed_in(second)


def test_each_page_has_its_policy(client: Client, trainer: User) -> None:
    strict = client.get(LOGIN)["Content-Security-Policy"]
    assert "unsafe-inline" not in strict
    client.force_login(PersonFactory())
    assert client.get(ADMIN)["Content-Security-Policy"]  # the page that refuses
    client.logout()
    sign_in(client, trainer)
    admin = client.get(ADMIN)["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in admin
    assert "nonce-" not in admin
