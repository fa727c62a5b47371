"""The access log: who signed in, who looked at whose data; two years long, and never in the way."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from tests.factories.cms import in_admin
from tests.factories.learning import EnrollmentFactory, LearnerFactory
from tests.factories.people import PASSWORD, PersonFactory, peru
from training.accounts.actions import set_roles
from training.accounts.models import User
from training.accounts.roles import Role
from training.audit.access import record_access
from training.audit.append_only import AppendOnlyViolation
from training.audit.models import Access, Event
from training.audit.rules import network_of
from training.certificates.models import Certificate
from training.kernel.access import all_watched
from training.kernel.personal_data import contributors
from training.privacy import retention

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
Verb = Access.Verb
THREE_YEARS = dt.timedelta(days=3 * 365 + 2)


def kept(*verbs: str) -> list[tuple[Any, ...]]:
    rows = Access.objects.filter(verb__in=verbs or Verb.values).order_by("pk")
    return list(rows.values_list("verb", "actor_uuid", "subject_uuid", "place"))


def an_access(at: dt.datetime, **people: Any) -> Access:
    record_access(verb=Verb.VIEWED, at=at, place="desk:person", **people)
    return Access.objects.latest("pk")


# --- What is kept ------------------------------------------------------------------------------


def test_signing_in_and_out_is_kept_with_the_network_and_no_name(client: Client) -> None:
    person = PersonFactory()
    client.post(LOGIN, {"login": person.email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.77")
    client.post("/accounts/logout/")
    assert kept() == [
        (Verb.SIGNED_IN, person.uuid, None, ""),
        (Verb.SIGNED_OUT, person.uuid, None, ""),
    ]
    assert Access.objects.get(verb=Verb.SIGNED_IN).network == "203.0.113.0/24"


def test_a_failure_names_a_known_account_and_nothing_that_was_typed(client: Client) -> None:
    person = LearnerFactory()
    client.post(LOGIN, {"login": person.email.upper(), "password": "wrong"})
    client.post(LOGIN, {"login": "stranger@example.org", "password": "wrong"})
    assert kept() == [
        (Verb.SIGN_IN_FAILED, None, person.uuid, ""),
        (Verb.SIGN_IN_FAILED, None, None, ""),
    ]
    columns = {field.name for field in Access._meta.get_fields()}
    assert columns == {"id", "at", "verb", "actor_uuid", "subject_uuid", "place", "network"}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("unix:", ""),
        ("", ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str, network: str) -> None:
    assert network_of(address) == network


def test_looking_at_a_person_is_kept_whichever_page_shows_them(settings: Any) -> None:
    learner = LearnerFactory()
    enrollment = EnrollmentFactory(learner=learner, completed=True)
    certificate = Certificate.objects.get(enrollment=enrollment)
    registrar = PersonFactory(roles=[Role.REGISTRAR])
    client = in_admin(Client(), registrar, settings)
    opened = {
        "desk:person": [learner.uuid],
        "wagtailusers_users:edit": [learner.pk],
        "certificate:inspect": [certificate.pk],
        "desk:revoke": [certificate.uuid],
    }
    for place, words in opened.items():
        assert client.get(reverse(place, args=words)).status_code == 200, place
    assert kept(Verb.VIEWED) == [
        (Verb.VIEWED, registrar.uuid, learner.uuid, place) for place in opened
    ]


def test_a_list_of_people_is_kept_without_any_of_them(settings: Any) -> None:
    registrar = PersonFactory(roles=[Role.REGISTRAR])
    in_admin(Client(), registrar, settings).get(reverse("desk:learners"))
    assert kept(Verb.VIEWED) == [(Verb.VIEWED, registrar.uuid, None, "desk:learners")]


def test_a_page_that_was_refused_was_not_looked_at(client: Client, settings: Any) -> None:
    learner = LearnerFactory()
    address = reverse("desk:person", args=[learner.uuid])
    client.get(address)
    trainer = PersonFactory(roles=[Role.TRAINER])
    in_admin(client, trainer, settings).get(address)
    assert kept(Verb.VIEWED) == []


def test_changing_roles_is_kept_with_both_people() -> None:
    administrator, person = PersonFactory(), PersonFactory()
    PersonFactory(roles=[Role.TRAINER])
    set_roles(person=person, roles=[Role.TRAINER], actor=administrator.actor, at=timezone.now())
    assert kept(Verb.ROLES_CHANGED) == [(Verb.ROLES_CHANGED, administrator.uuid, person.uuid, "")]


def test_every_watched_page_is_there() -> None:
    names = {
        f"{space}:{name}"
        for space, (_prefix, resolver) in _spaces(get_resolver()).items()
        for name in resolver.reverse_dict
        if isinstance(name, str)
    }
    assert [page.place for page in all_watched() if page.place not in names] == []


def _spaces(resolver: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            found |= _spaces(pattern)
            found |= pattern.namespace_dict
            if pattern.namespace:
                found[pattern.namespace] = ("", pattern)
    return found


def test_a_log_that_fails_ends_no_page(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = LearnerFactory()
    registrar = in_admin(client, PersonFactory(roles=[Role.REGISTRAR]), settings)

    def refuse(**values: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(Access.objects, "create", refuse)
    assert registrar.get(reverse("desk:person", args=[learner.uuid])).status_code == 200
    assert client.post(LOGIN, {"login": learner.email, "password": "wrong"}).status_code < 500


def test_a_log_that_fails_does_not_undo_what_it_tells_of(monkeypatch: pytest.MonkeyPatch) -> None:
    person = PersonFactory()
    PersonFactory(roles=[Role.TRAINER])

    def fail(**values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO no_such_table VALUES (1)")

    monkeypatch.setattr(Access.objects, "create", fail)
    set_roles(person=person, roles=[Role.TRAINER], actor=person.actor, at=timezone.now())
    assert User.objects.get(pk=person.pk).has_role(Role.TRAINER)


def test_a_page_costs_one_insert_more(settings: Any) -> None:
    """The statement itself and its transaction; no read where the address names the person."""
    learner = LearnerFactory()
    client = in_admin(Client(), PersonFactory(roles=[Role.REGISTRAR]), settings)
    address = reverse("desk:person", args=[learner.uuid])
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    told = [query["sql"] for query in captured if "audit_access" in query["sql"]]
    assert len(told) == 1
    assert told[0].startswith("INSERT")


# --- Append-only, and the end of two years -------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    ["UPDATE audit_access SET verb = 'viewed'", "DELETE FROM audit_access"],
)
def test_raw_sql_changes_no_row_that_is_young(sql: str) -> None:
    an_access(timezone.now() - dt.timedelta(days=720))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)
    assert Access.objects.count() == 1


def test_raw_sql_changes_not_even_an_old_row() -> None:
    an_access(timezone.now() - THREE_YEARS)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("UPDATE audit_access SET verb = 'exported'")


def test_the_model_refuses_as_well() -> None:
    row = an_access(timezone.now())
    for deed in (row.save, row.delete, Access.objects.all().delete):
        with pytest.raises(AppendOnlyViolation):
            deed()
    with pytest.raises(AppendOnlyViolation):
        Access.objects.update(place="")


def test_after_two_years_a_row_goes_and_the_audit_says_so() -> None:
    peru()
    now = timezone.now()
    an_access(now - THREE_YEARS)
    young = an_access(now - dt.timedelta(days=720))
    assert {due.what: due.number for due in retention.overdue(at=now)}["access"] == 1
    retention.apply(at=now)
    assert list(Access.objects.all()) == [young]
    event = Event.objects.get(verb="retention applied")
    assert (event.detail["what"], event.detail["number"]) == ("access", 1)


def test_a_pack_cannot_make_it_shorter_than_the_law() -> None:
    peru()
    an_access(timezone.now() - dt.timedelta(days=400))
    retention.apply(at=timezone.now() + dt.timedelta(days=400))
    assert Access.objects.count() == 1


def test_people_read_how_long_it_is_kept(client: Client) -> None:
    peru()
    client.force_login(LearnerFactory(language="en"))
    client.cookies["django_language"] = "en"
    page = client.get(reverse("privacy:home")).content.decode()
    assert "Log of sign-ins and of who looked at your data" in page


def test_it_is_part_of_ones_own_data() -> None:
    learner, other = LearnerFactory(), LearnerFactory()
    an_access(timezone.now(), actor=other.uuid, subject=learner.uuid)
    an_access(timezone.now(), actor=other.uuid, subject=other.uuid)
    room = next(one for one in contributors() if one.room == "audit")
    sections = {s.key: s for s in room.sections(person=learner.uuid, language="en")}
    assert [row["verb"] for row in sections["accesses"].rows] == ["looked at"]


# --- The list ------------------------------------------------------------------------------------


def test_an_administrator_finds_who_looked_at_whom(settings: Any) -> None:
    curious, seen = PersonFactory(display_name="Ana Curiosa"), LearnerFactory()
    other = LearnerFactory(display_name="Otra Persona")
    an_access(timezone.now(), actor=curious.uuid, subject=seen.uuid)
    an_access(timezone.now(), actor=other.uuid, subject=other.uuid)
    administrator = PersonFactory(roles=[Role.SYSTEM_ADMINISTRATOR])
    client = in_admin(Client(), administrator, settings)
    for query in ("?q=curiosa", "?actor=Ana", f"?subject={seen.email}&verb=viewed"):
        page = client.get(reverse("access-log:index") + query).content.decode()
        assert seen.display_name in page, query
        assert "Otra Persona" not in page, query
    for door in ("add", "edit", "delete"):
        with pytest.raises(NoReverseMatch):
            reverse(f"access-log:{door}", args=[1] if door != "add" else [])
