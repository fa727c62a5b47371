"""People: constraints, posts over time, documents, roles, and the page of one's own details."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.people import (
    AT,
    InstitutionFactory,
    PersonFactory,
    PostFactory,
    district,
    peru,
)
from training.accounts import actions
from training.accounts.models import Post, User
from training.accounts.queries import UnknownDocumentKind, document_kinds
from training.accounts.roles import PERMISSIONS, Role
from training.accounts.rules import BadDocument, DocumentKind, clean_number
from training.audit.actions import SYSTEM
from training.audit.models import Event
from training.audit.queries import events_of
from training.institutions.models import Institution

pytestmark = pytest.mark.django_db

DNI = {"document_country": "PE", "document_type": "dni", "document_number": "12345678"}
PROFILE = "/accounts/profile/"


def refused(**fields: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonFactory(**fields)


# --- What the database holds to ----------------------------------------------------------------


def test_a_document_belongs_to_one_person() -> None:
    PersonFactory(**DNI)
    refused(**DNI)
    PersonFactory(**DNI | {"document_country": "ZZ"})
    PersonFactory(**DNI | {"document_type": "passport"})
    PersonFactory()
    PersonFactory()  # without a document there is nothing to share


@pytest.mark.parametrize("missing", DNI)
def test_a_document_has_country_type_and_number(missing: str) -> None:
    refused(**DNI | {missing: ""})


def test_addresses_are_single_whatever_their_case() -> None:
    PersonFactory(email="jueza@example.org")
    refused(email="jueza@example.org")
    refused(email="Jueza@example.org")  # the database takes lower case only
    assert User.objects.create_user("Fiscal@Example.org", display_name="F").email == (
        "fiscal@example.org"
    )


def test_a_post_ends_on_or_after_its_first_day() -> None:
    day = dt.date(2026, 1, 10)
    PostFactory(valid_from=day, valid_to=day)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostFactory(valid_from=day, valid_to=day - dt.timedelta(days=1))


# --- Posts over time ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "titles"),
    [
        (dt.date(2019, 12, 31), []),
        (dt.date(2020, 1, 1), ["assistant"]),
        (dt.date(2023, 6, 30), ["assistant"]),
        (dt.date(2023, 7, 1), ["judge", "assistant"]),
        (dt.date(2023, 7, 15), ["judge", "assistant"]),
        (dt.date(2023, 7, 16), ["judge"]),
        (dt.date(2030, 1, 1), ["judge"]),
    ],
)
def test_the_post_held_on_a_day(day: dt.date, titles: list[str]) -> None:
    person = PersonFactory()
    PostFactory(
        person=person,
        title="assistant",
        valid_from=dt.date(2020, 1, 1),
        valid_to=dt.date(2023, 7, 15),
    )
    PostFactory(person=person, title="judge", valid_from=dt.date(2023, 7, 1))
    PostFactory(title="somebody else's")
    assert [post.title for post in person.posts.held_on(day)] == titles


def test_adding_and_ending_a_post_leaves_events() -> None:
    person = PersonFactory()
    post = actions.add_post(
        person=person,
        role=Post.Role.PROSECUTOR,
        institution=InstitutionFactory(),
        valid_from=dt.date(2026, 1, 1),
        actor=person.actor,
        at=AT,
    )
    actions.end_post(post=post, on=dt.date(2026, 2, 1), actor=SYSTEM, at=AT)
    post.refresh_from_db()
    assert post.valid_to == dt.date(2026, 2, 1)
    assert [event.verb for event in events_of(person)] == ["post ended", "post added"]


# --- Documents ---------------------------------------------------------------------------------

KIND = DocumentKind(country="PE", code="dni", name="DNI", pattern="[0-9]{8}", hint="8 digits")


@pytest.mark.parametrize("typed", ["12345678", " 1234 5678 ", "12.345.678", "1234-5678"])
def test_a_number_is_read_without_its_decoration(typed: str) -> None:
    assert clean_number(kind=KIND, typed=typed) == "12345678"


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "1234567A", "12345678; DROP", "١٢٣"])
def test_what_is_no_number_of_the_document_is_refused(typed: str) -> None:
    with pytest.raises(BadDocument, match="8 digits"):
        clean_number(kind=KIND, typed=typed)


@given(st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_a_clean_number_stays_as_it_is(number: str) -> None:
    assert number.isascii() is False or clean_number(kind=KIND, typed=number) == number


def test_peru_names_its_documents_in_both_languages() -> None:
    peru()
    spanish = [kind.name for kind in document_kinds(language="es")]
    english = [kind.name for kind in document_kinds(language="en")]
    assert spanish == ["DNI", "Carné de extranjería", "Pasaporte"]
    assert english == ["DNI", "Foreign resident's card", "Passport"]


def test_giving_and_taking_a_document_leaves_events_without_its_number() -> None:
    peru()
    person = PersonFactory()
    actions.set_document(
        person=person, kind="PE:dni", number="1234-5678", actor=person.actor, at=AT
    )
    person.refresh_from_db()
    assert {name: getattr(person, name) for name in DNI} == DNI
    actions.set_document(person=person, kind="PE:dni", number="12345678", actor=SYSTEM, at=AT)
    actions.set_document(person=person, kind="", number="", actor=SYSTEM, at=AT)
    person.refresh_from_db()
    assert person.document_type == person.document_number == person.document_country == ""
    events = list(events_of(person))
    assert [event.detail for event in events] == [{"kind": ""}, {"kind": "PE:dni"}]
    assert "12345678" not in str([event.detail for event in events])


def test_a_document_of_another_account_is_refused_by_name() -> None:
    peru()
    PersonFactory(**DNI)
    person = PersonFactory()
    with pytest.raises(actions.DocumentTaken):
        actions.set_document(person=person, kind="PE:dni", number="12345678", actor=SYSTEM, at=AT)
    assert not events_of(person).exists()
    with pytest.raises(UnknownDocumentKind):
        actions.set_document(person=person, kind="PE:tattoo", number="1", actor=SYSTEM, at=AT)


# --- Roles -------------------------------------------------------------------------------------


def test_each_role_has_exactly_its_rights_after_any_number_of_runs() -> None:
    actions.ensure_roles()
    actions.ensure_roles()
    assert Group.objects.filter(name__in=Role.values).count() == len(Role)
    for role in Role:
        held = {
            f"{right.content_type.app_label}.{right.codename}"
            for right in Group.objects.get(name=role.value).permissions.select_related(
                "content_type"
            )
        }
        assert held >= PERMISSIONS[role]
        assert {name for name in held if name.startswith(("accounts.", "institutions."))} <= (
            PERMISSIONS[role]
        )
        assert "wagtailadmin.access_admin" in held


def test_only_the_system_administrator_changes_accounts() -> None:
    holders = {role for role in Role if "accounts.change_user" in PERMISSIONS[role]}
    assert holders == {Role.SYSTEM_ADMINISTRATOR}
    assert not any("accounts.delete_user" in rights for rights in PERMISSIONS.values())


def test_a_right_that_no_room_defines_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = PERMISSIONS | {Role.TRAINER: frozenset({"accounts.fly"})}
    monkeypatch.setattr(actions, "PERMISSIONS", wrong)
    with pytest.raises(actions.UnknownPermission, match=r"trainer: accounts\.fly"):
        actions.ensure_roles()


def test_a_role_loses_a_right_that_the_product_takes_back() -> None:
    actions.ensure_roles()
    viewers = Group.objects.get(name=Role.INSTITUTIONAL_VIEWER.value)
    elsewhere = Permission.objects.get(codename="view_item")
    viewers.permissions.add(Permission.objects.get(codename="change_user"), elsewhere)
    actions.ensure_roles()
    rights = PERMISSIONS[Role.INSTITUTIONAL_VIEWER] | {"assessments.view_item"}
    found = viewers.permissions.values_list("content_type__app_label", "codename")
    assert {".".join(right) for right in found} == rights


def test_roles_are_given_and_taken_with_an_event() -> None:
    person = PersonFactory()
    assert person.actor.role == "learner"
    actions.set_roles(person=person, roles=[Role.TRAINER, Role.REGISTRAR], actor=SYSTEM, at=AT)
    actions.set_roles(person=person, roles=[Role.REGISTRAR], actor=SYSTEM, at=AT)
    actions.set_roles(person=person, roles=[Role.REGISTRAR], actor=SYSTEM, at=AT)
    assert person.has_role(Role.REGISTRAR)
    assert not person.has_role(Role.TRAINER)
    assert person.actor.role == "registrar"
    assert [event.detail for event in events_of(person)] == [
        {"given": [], "taken": ["trainer"]},
        {"given": ["registrar", "trainer"], "taken": []},
    ]


def test_an_account_is_made_with_roles_and_a_confirmed_address() -> None:
    person = actions.create_person(
        email="Coordinadora@example.org",
        display_name="Coordinadora",
        password="una frase larga",
        roles=[Role.COORDINATOR],
        language="en",
        at=AT,
    )
    assert person.has_perm("accounts.add_invitation")
    address = person.emailaddress_set.get()
    assert (address.email, address.verified, address.primary) == (
        "coordinadora@example.org",
        True,
        True,
    )
    assert person.check_password("una frase larga")
    assert [event.verb for event in events_of(person)] == ["account created"]


def test_what_may_not_be_edited_is_not() -> None:
    person = PersonFactory()
    with pytest.raises(ValueError, match="is_superuser"):
        actions.edit_person(person=person, changes={"is_superuser": True}, actor=SYSTEM, at=AT)


def test_an_edit_names_the_fields_and_not_what_they_say() -> None:
    person = PersonFactory(certificate_name="Ana")
    changes = {"certificate_name": "Ana María", "display_name": person.display_name}
    actions.edit_person(person=person, changes=changes, actor=SYSTEM, at=AT, reason="DNI shown")
    actions.edit_person(person=person, changes=changes, actor=SYSTEM, at=AT)  # nothing changes
    (event,) = events_of(person)
    assert event.detail == {"fields": ["certificate_name"]}
    assert event.reason == "DNI shown"


def test_the_superuser_is_a_person_like_others() -> None:
    root = User.objects.create_superuser("root@example.org", "x", display_name="Root")
    assert root.is_staff
    assert root.has_perm("accounts.delete_user")
    assert User.objects.get_by_natural_key("ROOT@example.org") == root
    with pytest.raises(ValidationError):
        User(email="root@example.org", display_name="Other").full_clean()


# --- One's own details -------------------------------------------------------------------------


def details(**changes: str) -> dict[str, str]:
    return {
        "certificate_name": "María Elena Ñahui de la Cruz",
        "display_name": "María Ñahui",
        "document_kind": "PE:dni",
        "document_number": "4455 6677",
        "sex": "undisclosed",
        "language": "es",
    } | changes


@pytest.fixture
def learner(client: Client) -> User:
    """Return a learner of Peru who is signed in."""
    peru()
    person: User = PersonFactory()
    client.force_login(person)
    return person


def test_somebody_fills_in_their_details(client: Client, learner: User) -> None:
    assert client.get(PROFILE).status_code == 200
    response = client.post(PROFILE, details())
    assert (response.status_code, response["Location"]) == (302, PROFILE)
    learner.refresh_from_db()
    assert learner.certificate_name == "María Elena Ñahui de la Cruz"
    assert (learner.document_country, learner.document_type) == ("PE", "dni")
    assert learner.document_number == "44556677"
    assert learner.sex == "undisclosed"
    verbs = {event.verb for event in events_of(learner)}
    assert verbs == {"account changed", "document changed"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document_number": "1234567"}, "document_number"),
        ({"document_number": ""}, "document_number"),
        ({"document_kind": ""}, "document_kind"),
        ({"document_kind": "PE:tattoo"}, "document_kind"),
        ({"certificate_name": ""}, "certificate_name"),
        ({"language": "xx"}, "language"),
        ({"sex": "robot"}, "sex"),
    ],
)
def test_each_error_stands_at_its_field_and_nothing_is_saved(
    client: Client, learner: User, changes: dict[str, str], field: str
) -> None:
    response = client.post(PROFILE, details(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert f'href="#id_{field}' in response.content.decode()  # the summary leads to the field
    assert not Event.objects.filter(verb__contains="changed").exists()


def test_the_countrys_own_words_say_what_a_number_looks_like(client: Client, learner: User) -> None:
    response = client.post(PROFILE, details(document_number="123"))
    assert "El DNI tiene 8 dígitos." in response.content.decode()


def test_a_document_of_another_account_is_refused_with_a_way_out(
    client: Client, learner: User
) -> None:
    PersonFactory(**DNI)
    response = client.post(PROFILE, details(document_number="12345678"))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["document_number"]


def test_a_document_may_be_left_out_and_sex_too(client: Client, learner: User) -> None:
    response = client.post(PROFILE, details(document_kind="", document_number="", sex=""))
    assert response.status_code == 302
    learner.refresh_from_db()
    assert (learner.document_type, learner.sex) == ("", "")


def post_fields(**changes: str) -> dict[str, str]:
    fields = {
        "role": "judge",
        "level": "specialised",
        "title": "Jueza del Segundo Juzgado Penal",
        "institution": str(Institution.objects.get(code="pj").pk),
        "judicial_district": str(district("Lima Norte").pk),
        "fiscal_district": "",
        "valid_from": "2024-03-01",
        "valid_to": "",
    }
    return {f"post-{name}": value for name, value in (fields | changes).items()}


def test_somebody_adds_a_post_and_ends_it(client: Client, learner: User) -> None:
    response = client.post("/accounts/profile/posts/", post_fields())
    assert response["Location"] == PROFILE
    post = learner.posts.get()
    assert (post.level, post.judicial_district.name) == ("specialised", "Lima Norte")
    assert "Jueza del Segundo Juzgado Penal" in client.get(PROFILE).content.decode()
    client.post(f"/accounts/profile/posts/{post.uuid}/end/")
    post.refresh_from_db()
    assert post.valid_to is not None
    assert client.post(f"/accounts/profile/posts/{post.uuid}/end/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level": "provincial"}, "level"),  # a prosecutor's level
        ({"valid_to": "2024-02-29"}, "valid_to"),
        ({"valid_from": ""}, "valid_from"),
        ({"role": "emperor"}, "role"),
        ({"institution": "mp-school"}, "institution"),
    ],
)
def test_a_post_that_cannot_be_is_refused(
    client: Client, learner: User, changes: dict[str, str], field: str
) -> None:
    response = client.post("/accounts/profile/posts/", post_fields(**changes))
    assert response.status_code == 422
    assert field in response.context["post_form"].errors
    assert not learner.posts.exists()


def test_a_fiscal_district_is_no_judicial_district(client: Client, learner: User) -> None:
    wrong = post_fields(judicial_district=str(district("Lima Centro", "fiscal").pk))
    response = client.post("/accounts/profile/posts/", wrong)
    assert "judicial_district" in response.context["post_form"].errors


def test_nobody_ends_anothers_post(client: Client, learner: User) -> None:
    post = PostFactory()
    assert client.post(f"/accounts/profile/posts/{post.uuid}/end/").status_code == 404
    post.refresh_from_db()
    assert post.valid_to is None


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    for address in (PROFILE, "/accounts/profile/posts/"):
        response = client.post(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")
