"""People, invitations and institutions in the admin: who sees what, and who changes what."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from tests.factories.people import (
    AT,
    InstitutionFactory,
    PersonFactory,
    PostFactory,
    district,
    peru,
)
from training.accounts import actions
from training.accounts.models import Invitation, OutgoingMail, Post, User
from training.accounts.roles import Role
from training.audit.actions import SYSTEM
from training.audit.queries import events_of
from training.institutions.models import Institution

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/users/"
INVITATIONS = "/admin/invitations/"


@pytest.fixture
def enter(settings: Any) -> Callable[[Role], Client]:
    """Sign somebody in who has a role, spared the second factor as in the demonstration."""
    settings.DEMONSTRATION = True

    def sign_in(role: Role) -> Client:
        client = Client()
        person = PersonFactory(
            roles=[role], is_demonstration=True, email=f"{role.value}@staff.example"
        )
        client.force_login(person)
        return client

    return sign_in


def names(response: Any) -> set[str]:
    """Return the people in a list."""
    return {person.display_name for person in response.context["object_list"]}


def edit_address(person: User) -> str:
    return f"/admin/users/edit/{person.pk}/"


def as_filled_in(page: Any, **changes: Any) -> dict[str, Any]:
    """Return what the browser would send of the page's forms, with changes."""
    posts = page.context["posts"]
    data: dict[str, Any] = {}
    for form in [page.context["form"], posts.management_form, *posts.forms]:
        for bound in form:
            sent = _as_sent(bound)
            if sent is not None:
                data[bound.html_name] = sent
    return data | changes


def _as_sent(bound: Any) -> Any:
    value = bound.value()
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "on" if value else None
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return [str(part) for part in value or []]
    if value is None and isinstance(widget, forms.Select):
        return str(next(iter(widget.choices))[0])  # a browser sends the first option
    return "" if value is None else str(value)


# --- Who may enter which list -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        (PEOPLE, {Role.COORDINATOR, Role.REGISTRAR, Role.SYSTEM_ADMINISTRATOR}),
        (INVITATIONS, {Role.COORDINATOR, Role.SYSTEM_ADMINISTRATOR}),
        ("/admin/invitations/new/", {Role.COORDINATOR, Role.SYSTEM_ADMINISTRATOR}),
        (
            "/admin/institution/",
            {
                Role.COORDINATOR,
                Role.REGISTRAR,
                Role.INSTITUTIONAL_VIEWER,
                Role.SYSTEM_ADMINISTRATOR,
            },
        ),
        (
            "/admin/district/",
            {
                Role.COORDINATOR,
                Role.REGISTRAR,
                Role.INSTITUTIONAL_VIEWER,
                Role.SYSTEM_ADMINISTRATOR,
            },
        ),
        ("/admin/users/new/", set()),
        ("/admin/groups/", set()),
        ("/admin/institution/new/", set()),
        ("/admin/district/new/", set()),
    ],
)
def test_each_list_opens_for_its_roles(
    enter: Callable[[Role], Client], address: str, allowed: set[Role]
) -> None:
    opened = {role for role in Role if enter(role).get(address).status_code == 200}
    assert opened == allowed


@pytest.mark.parametrize("role", list(Role))
def test_only_two_roles_reach_anothers_details(enter: Callable[[Role], Client], role: Role) -> None:
    person = PersonFactory()
    opens = enter(role).get(edit_address(person)).status_code == 200
    assert opens == (role in {Role.REGISTRAR, Role.SYSTEM_ADMINISTRATOR})


def test_nobody_deletes_people(enter: Callable[[Role], Client]) -> None:
    person = PersonFactory()
    root = Client()
    root.force_login(
        User.objects.create_superuser(
            "root@example.org", "x", display_name="Root", is_demonstration=True
        )
    )
    for client in (root, enter(Role.SYSTEM_ADMINISTRATOR)):
        client.post(f"/admin/users/delete/{person.pk}/")
        client.post(f"/admin/bulk/accounts/user/delete/?id={person.pk}")
    assert User.objects.filter(pk=person.pk).exists()


# --- Finding people -----------------------------------------------------------------------------


@pytest.fixture
def people() -> None:
    """Make a judge, a prosecutor and a former judge."""
    peru()
    court = Institution.objects.get(code="pj")
    office = Institution.objects.get(code="mp")
    judge = PersonFactory(
        display_name="Jueza", document_country="PE", document_type="dni", document_number="10203040"
    )
    PostFactory(person=judge, institution=court, judicial_district=district("Callao"))
    prosecutor = PersonFactory(display_name="Fiscal", email="fiscalia@mp.example")
    PostFactory(
        person=prosecutor,
        role=Post.Role.PROSECUTOR,
        institution=office,
        fiscal_district=district("Lima Noroeste", "fiscal"),
    )
    former = PersonFactory(display_name="Antes jueza", certificate_name="Rosa Quispe Mamani")
    PostFactory(person=former, institution=court, valid_to=dt.date(2021, 1, 1))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=10203040", {"Jueza"}),
        ("q=fiscalia@mp", {"Fiscal"}),
        ("q=quispe", {"Antes jueza"}),
        ("role=judge", {"Jueza"}),
        ("role=prosecutor", {"Fiscal"}),
        ("role=police", set()),
        ("groups=registrar", {"Persona registradora"}),
    ],
)
@pytest.mark.usefixtures("people")
def test_people_are_found(enter: Callable[[Role], Client], query: str, found: set[str]) -> None:
    client = enter(Role.REGISTRAR)
    User.objects.filter(email="registrar@staff.example").update(display_name="Persona registradora")
    assert names(client.get(f"{PEOPLE}?{query}")) == found


@pytest.mark.usefixtures("people")
def test_people_are_found_by_district_and_institution_of_one_post(
    enter: Callable[[Role], Client],
) -> None:
    client = enter(Role.COORDINATOR)
    court, office = Institution.objects.get(code="pj").pk, Institution.objects.get(code="mp").pk
    callao = district("Callao").pk
    noroeste = district("Lima Noroeste", "fiscal").pk
    assert names(client.get(f"{PEOPLE}?judicial_district={callao}")) == {"Jueza"}
    assert names(client.get(f"{PEOPLE}?fiscal_district={noroeste}")) == {"Fiscal"}
    assert names(client.get(f"{PEOPLE}?institution={court}")) == {"Jueza"}
    assert names(client.get(f"{PEOPLE}?institution={office}&judicial_district={callao}")) == set()


def test_the_list_takes_the_same_queries_for_few_and_many(
    enter: Callable[[Role], Client], django_assert_max_num_queries: Any
) -> None:
    client = enter(Role.REGISTRAR)
    client.get(PEOPLE)
    for _ in range(2):
        PostFactory()
    with django_assert_max_num_queries(60) as few:
        client.get(PEOPLE)
    for _ in range(12):
        PostFactory()
    with django_assert_max_num_queries(60) as many:
        client.get(PEOPLE)
    assert len(many) == len(few)


# --- Correcting details -------------------------------------------------------------------------


def test_the_registrar_corrects_names_document_and_posts(enter: Callable[[Role], Client]) -> None:
    peru()
    client = enter(Role.REGISTRAR)
    post = PostFactory(institution=Institution.objects.get(code="pj"), title="Jueza")
    person = post.person
    page = client.get(edit_address(person))
    response = client.post(
        edit_address(person),
        as_filled_in(
            page,
            **{
                "certificate_name": "Rosa Quispe Mamani",
                "document_kind": "PE:dni",
                "document_number": "10 20 30 40",
                "reason": "DNI shown at the desk",
                "posts-0-valid_to": "2025-12-31",
                "posts-1-role": "judge",
                "posts-1-institution": str(Institution.objects.get(code="pj").pk),
                "posts-1-title": "Jueza superior",
                "posts-1-level": "superior",
                "posts-1-valid_from": "2026-01-01",
            },
        ),
    )
    assert response.status_code == 302, response.context["form"].errors
    person.refresh_from_db()
    assert person.certificate_name == "Rosa Quispe Mamani"
    assert person.document_number == "10203040"
    assert [p.title for p in person.posts.held_on(dt.date(2025, 12, 31))] == ["Jueza"]
    assert [p.title for p in person.posts.held_on(dt.date(2026, 1, 1))] == ["Jueza superior"]
    assert {event.verb for event in events_of(person)} == {
        "account changed",
        "document changed",
        "post corrected",
        "post added",
    }
    assert events_of(person).get(verb="account changed").reason == "DNI shown at the desk"
    assert {event.actor_role for event in events_of(person)} == {"registrar"}


def test_the_registrar_gives_no_roles_whatever_is_sent(enter: Callable[[Role], Client]) -> None:
    client = enter(Role.REGISTRAR)
    person = PersonFactory()
    page = client.get(edit_address(person))
    group = Group.objects.get(name=Role.SYSTEM_ADMINISTRATOR.value)
    sent = as_filled_in(
        page, email="other@example.org", groups=[str(group.pk)], is_superuser="on", is_staff="on"
    )
    sent.pop("is_active", None)
    assert client.post(edit_address(person), sent).status_code == 302
    person.refresh_from_db()
    assert not person.groups.exists()
    assert not person.is_superuser
    assert person.is_active
    assert person.email != "other@example.org"


def test_the_registrar_assigns_no_role_in_bulk(enter: Callable[[Role], Client]) -> None:
    client = enter(Role.REGISTRAR)
    person = PersonFactory()
    group = Group.objects.get(name=Role.REGISTRAR.value)
    client.post(f"/admin/bulk/accounts/user/assign_role/?id={person.pk}", {"role": group.pk})
    assert not person.groups.exists()


def test_the_administrator_gives_roles_and_closes_accounts(
    enter: Callable[[Role], Client],
) -> None:
    client = enter(Role.SYSTEM_ADMINISTRATOR)
    person = PersonFactory()
    page = client.get(edit_address(person))
    group = Group.objects.get(name=Role.TRAINER.value)
    sent = as_filled_in(page, email="New@Example.org", groups=[str(group.pk)])
    sent.pop("is_active")
    assert client.post(edit_address(person), sent).status_code == 302
    person.refresh_from_db()
    assert person.has_role(Role.TRAINER)
    assert not person.is_active
    address = person.emailaddress_set.get()
    assert (person.email, address.email, address.verified) == (
        "new@example.org",
        "new@example.org",
        False,
    )
    assert {event.verb for event in events_of(person)} == {
        "account changed",
        "e-mail changed",
        "roles changed",
    }


def test_a_bulk_action_leaves_an_event_for_each_person(enter: Callable[[Role], Client]) -> None:
    client = enter(Role.SYSTEM_ADMINISTRATOR)
    one, two = PersonFactory(), PersonFactory()
    group = Group.objects.get(name=Role.TRAINER.value)
    client.post(
        f"/admin/bulk/accounts/user/assign_role/?id={one.pk}&id={two.pk}", {"role": group.pk}
    )
    for person in (one, two):
        assert person.groups.get() == group
        assert [event.verb for event in events_of(person)] == ["bulk action assign_role"]


def test_the_administrator_does_not_shut_oneself_out(enter: Callable[[Role], Client]) -> None:
    client = enter(Role.SYSTEM_ADMINISTRATOR)
    me = User.objects.get(email="system-administrator@staff.example")
    sent = as_filled_in(client.get(edit_address(me)))
    assert "is_active" not in sent
    client.post(edit_address(me), sent)
    me.refresh_from_db()
    assert me.is_active


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"document_kind": "PE:dni", "document_number": "1"}, "document_number"),
        ({"document_kind": "PE:dni", "document_number": "10203040"}, "document_number"),
        ({"email": "taken@example.org"}, "email"),
        ({"display_name": ""}, "display_name"),
    ],
)
def test_nothing_is_saved_while_something_is_wrong(
    enter: Callable[[Role], Client], changes: dict[str, str], wrong: str
) -> None:
    peru()
    PersonFactory(
        email="taken@example.org",
        document_country="PE",
        document_type="dni",
        document_number="10203040",
    )
    client = enter(Role.SYSTEM_ADMINISTRATOR)
    person = PersonFactory()
    sent = as_filled_in(client.get(edit_address(person)), certificate_name="Otra") | changes
    response = client.post(edit_address(person), sent)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [wrong]
    person.refresh_from_db()
    assert person.certificate_name == ""
    assert not events_of(person).exists()


def test_a_wrong_post_holds_the_details_back_too(enter: Callable[[Role], Client]) -> None:
    client = enter(Role.REGISTRAR)
    person = PersonFactory()
    page = client.get(edit_address(person))
    sent = as_filled_in(page, certificate_name="Otra", **{"posts-0-role": "judge"})
    response = client.post(edit_address(person), sent)
    assert response.status_code == 200
    assert response.context["posts"].forms[0].errors
    person.refresh_from_db()
    assert person.certificate_name == ""


# --- Invitations --------------------------------------------------------------------------------


def test_the_coordinator_invites_sends_again_and_withdraws(
    enter: Callable[[Role], Client],
) -> None:
    client = enter(Role.COORDINATOR)
    response = client.post(
        "/admin/invitations/new/",
        {"email": "Jueza@example.org", "display_name": "Jueza", "language": "es"},
    )
    assert response.status_code == 302
    invitation = Invitation.objects.get()
    assert invitation.invited_by == User.objects.get(email="coordinator@staff.example")
    assert OutgoingMail.objects.filter(to="jueza@example.org").count() == 1
    page = client.get(INVITATIONS).content.decode()
    assert f"{INVITATIONS}{invitation.pk}/send-again/" in page
    assert f"{INVITATIONS}{invitation.pk}/withdraw/" in page
    assert client.get(f"{INVITATIONS}{invitation.pk}/send-again/").status_code == 200
    client.post(f"{INVITATIONS}{invitation.pk}/send-again/")
    assert OutgoingMail.objects.filter(to="jueza@example.org").count() == 2
    client.post(f"{INVITATIONS}{invitation.pk}/withdraw/")
    invitation.refresh_from_db()
    assert invitation.state_at(timezone.now()) == Invitation.State.EXPIRED
    assert [event.verb for event in events_of(invitation)] == [
        "invitation withdrawn",
        "invitation sent again",
        "invitation sent",
    ]
    assert f"{INVITATIONS}{invitation.pk}/withdraw/" not in client.get(INVITATIONS).content.decode()


def test_who_has_an_account_is_not_invited(enter: Callable[[Role], Client]) -> None:
    client = enter(Role.COORDINATOR)
    PersonFactory(email="jueza@example.org")
    response = client.post(
        "/admin/invitations/new/", {"email": "JUEZA@example.org", "language": "es"}
    )
    assert list(response.context["form"].errors) == ["email"]
    assert not Invitation.objects.exists()


def test_an_accepted_invitation_is_left_alone(enter: Callable[[Role], Client]) -> None:
    client = enter(Role.COORDINATOR)
    invitation = actions.invite(email="a@example.org", language="es", invited_by=None, at=AT)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=PersonFactory(), accepted_at=AT)
    client.post(f"{INVITATIONS}{invitation.pk}/withdraw/")
    client.post(f"{INVITATIONS}{invitation.pk}/send-again/")
    assert OutgoingMail.objects.count() == 1
    assert "/send-again/" not in client.get(INVITATIONS).content.decode()


@pytest.mark.parametrize("deed", ["send-again", "withdraw"])
def test_others_do_nothing_to_invitations(enter: Callable[[Role], Client], deed: str) -> None:
    invitation = actions.invite(email="a@example.org", language="es", invited_by=None, at=AT)
    before = Invitation.objects.values().get()
    for role in set(Role) - {Role.COORDINATOR, Role.SYSTEM_ADMINISTRATOR}:
        enter(role).post(f"{INVITATIONS}{invitation.pk}/{deed}/")
    assert Invitation.objects.values().get() == before


# --- Institutions and districts -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words", "found"),
    [
        ("/admin/institution/", "organizacion internacional del trabajo", {"ilo"}),
        ("/admin/institution/", "fistrap", {"mp-fistrap"}),
        ("/admin/district/", "ventanilla", {"puente-piedra-ventanilla", "lima-noroeste"}),
        ("/admin/district/", "ancash", {"ancash"}),
        ("/admin/district/", "zzz", set()),
    ],
)
def test_lists_are_searched_by_every_name(
    enter: Callable[[Role], Client], address: str, words: str, found: set[str]
) -> None:
    peru()
    response = enter(Role.INSTITUTIONAL_VIEWER).get(address, {"q": words})
    assert {row.code for row in response.context["object_list"]} == found


def test_an_institution_outside_every_pack_is_listed_too(enter: Callable[[Role], Client]) -> None:
    InstitutionFactory(code="university", names={"es": "Universidad"})
    response = enter(Role.REGISTRAR).get("/admin/institution/")
    assert "Universidad" in response.content.decode()
    assert SYSTEM.role == "system"
