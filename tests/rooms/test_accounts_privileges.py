"""Every six months somebody goes through who may do what, and signs it off."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from tests.factories.cms import in_admin
from tests.factories.people import AT, PersonFactory, enrol_totp
from tests.journeys.test_query_counts import cost
from training.accounts import privileges
from training.accounts.actions import create_person, set_roles
from training.accounts.models import PrivilegeReview, PrivilegeReviewLine, User
from training.accounts.privileges import Decision, privileges_held, sign_off
from training.accounts.roles import Role
from training.audit.queries import events_of
from training.kernel.sheets import as_csv, inert

pytestmark = pytest.mark.django_db

LIST = "/admin/privilege-reviews/"
NEW = f"{LIST}new/"
DAY = dt.timedelta(days=1)


@pytest.fixture
def administrator() -> User:
    person: User = PersonFactory(
        roles=[Role.SYSTEM_ADMINISTRATOR], display_name="Ada Administra", language="en"
    )
    return person


@pytest.fixture
def desk(administrator: User, settings: Any) -> Client:
    client = in_admin(Client(), administrator, settings)
    client.cookies["django_language"] = "en"
    return client


def trainer(**fields: Any) -> User:
    person: User = PersonFactory(roles=[Role.TRAINER], **fields)
    return person


def all_kept() -> dict[str, Decision]:
    return {privilege.key: Decision(is_kept=True) for privilege in privileges_held()}


def filled(**changes: str) -> dict[str, str]:
    """Return the form with everything kept but what is said otherwise."""
    return {f"decision-{row.key}": "keep" for row in privileges_held()} | changes


def key(person: User, role: Role = Role.TRAINER) -> str:
    return f"{person.pk}-{role.value}"


# --- Who holds what ------------------------------------------------------------------------------


def test_a_role_is_listed_with_who_gave_it_since_when_and_what_protects_it(
    administrator: User,
) -> None:
    person = PersonFactory(last_login=AT)
    PersonFactory()  # a learner holds nothing
    set_roles(person=person, roles=[Role.TRAINER], actor=administrator.actor, at=AT)
    set_roles(person=person, roles=[], actor=administrator.actor, at=AT + DAY)
    set_roles(
        person=person,
        roles=[Role.TRAINER, Role.REGISTRAR],
        actor=administrator.actor,
        at=AT + 2 * DAY,
    )
    enrol_totp(person)
    mine = {row.role: row for row in privileges_held() if row.person == person}
    assert mine.keys() == {"trainer", "registrar"}
    found = mine["trainer"]
    assert (found.held_since, found.granted_by) == (AT + 2 * DAY, "Ada Administra")
    assert (found.has_second_factor, found.person.last_login) == (True, AT)


def test_what_came_with_the_account_and_what_nobody_recorded() -> None:
    made = create_person(email="made@example.org", display_name="Made", at=AT, roles=[Role.TRAINER])
    root = PersonFactory(is_superuser=True)
    rows = {(row.person.pk, row.role): row for row in privileges_held()}
    assert rows[made.pk, "trainer"].held_since == AT
    assert rows[made.pk, "trainer"].granted_by == "system"
    assert rows[root.pk, privileges.EVERYTHING].held_since is None


# --- Signing off ---------------------------------------------------------------------------------


def test_the_whole_is_signed_off_and_what_is_not_needed_is_taken(
    administrator: User, desk: Client
) -> None:
    stays, goes = trainer(), PersonFactory(roles=[Role.TRAINER, Role.REGISTRAR])
    page = desk.get(NEW).content.decode()
    assert stays.email in page
    assert "Nobody has reviewed the privileges yet" in page
    sent = filled(
        **{
            f"decision-{key(goes)}": "take",
            f"remark-{key(goes)}": "Left the project",
            "remark": "First half of the year",
        }
    )
    response = desk.post(NEW, sent)
    review = PrivilegeReview.objects.get()
    assert response["Location"] == f"{LIST}{review.uuid}/"
    assert User.objects.get(pk=goes.pk).role_names == {"registrar"}
    assert User.objects.get(pk=stays.pk).role_names == {"trainer"}
    event = events_of(goes).get(verb="roles changed")
    assert (event.reason, event.actor_uuid) == ("Left the project", administrator.uuid)
    assert events_of(review).get().detail == {"roles": 4, "taken": 1}
    read = desk.get(response["Location"]).content.decode()
    for words in ("Left the project", "First half of the year", "Take away", "Ada Administra"):
        assert words in read
    assert f"{LIST}{review.uuid}/" in desk.get(LIST).content.decode()


def test_nothing_is_signed_off_while_a_line_is_open_or_a_reason_missing(desk: Client) -> None:
    person = trainer()
    sent = filled(**{f"decision-{key(person)}": "take", "remark": "Kept words"})
    page = desk.post(NEW, sent).content.decode()
    assert "Say why this role is taken." in page
    assert "Kept words" in page
    del sent[f"decision-{key(person)}"]
    assert "Decide about this role." in desk.post(NEW, sent).content.decode()
    assert not PrivilegeReview.objects.exists()
    assert User.objects.get(pk=person.pk).has_role(Role.TRAINER)


def test_a_role_that_came_meanwhile_has_to_be_decided_about(desk: Client) -> None:
    sent = filled()
    late = trainer()
    page = desk.post(NEW, sent).content.decode()
    assert late.email in page
    assert "Decide about this role." in page
    assert not PrivilegeReview.objects.exists()


def test_between_form_and_signature_nothing_changes_unseen(administrator: User) -> None:
    decisions = all_kept()
    trainer()
    with pytest.raises(privileges.ListChanged):
        sign_off(decisions=decisions, by=administrator, at=AT)
    assert not PrivilegeReview.objects.exists()


def test_nobody_takes_a_role_from_themselves(administrator: User, desk: Client) -> None:
    own = key(administrator, Role.SYSTEM_ADMINISTRATOR)
    page = desk.post(NEW, filled(**{f"decision-{own}": "take", f"remark-{own}": "Bye"}))
    assert "another administrator has to" in page.content.decode()
    decisions = all_kept() | {own: Decision(is_kept=False, remark="Bye")}
    with pytest.raises(privileges.OwnRole):
        sign_off(decisions=decisions, by=administrator, at=AT)


def test_a_superuser_is_listed_and_not_taken_here(administrator: User) -> None:
    root = PersonFactory(is_superuser=True)
    decisions = all_kept() | {f"{root.pk}-superuser": Decision(is_kept=False, remark="Why?")}
    with pytest.raises(privileges.NotTakenHere):
        sign_off(decisions=decisions, by=administrator, at=AT)


def test_a_signed_review_stays_as_it_is(administrator: User) -> None:
    trainer()
    review = sign_off(decisions=all_kept(), by=administrator, at=AT)
    for sql in (
        "UPDATE accounts_privilegereview SET remark = 'x'",
        "DELETE FROM accounts_privilegereviewline",
        "UPDATE accounts_privilegereviewline SET is_kept = NOT is_kept",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(sql)
    with pytest.raises(IntegrityError), transaction.atomic():
        PrivilegeReviewLine.objects.create(
            review=review, person=administrator, person_name="A", role="trainer",
            has_second_factor=False, is_kept=False,
        )  # fmt: skip


# --- When it is due ------------------------------------------------------------------------------


def test_it_is_due_half_a_year_after_the_last_one(administrator: User, desk: Client) -> None:
    said = "It is time to review who may do what here"
    assert said in desk.get("/admin/").content.decode()
    sign_off(decisions=all_kept(), by=administrator, at=timezone.now() - 179 * DAY)
    assert said not in desk.get("/admin/").content.decode()
    last = privileges.last_review()
    assert last
    assert not privileges.is_review_due(at=last.signed_at + 179 * DAY)
    assert privileges.is_review_due(at=last.signed_at + 180 * DAY)


def test_only_who_signs_off_is_asked_to(settings: Any) -> None:
    registrar = in_admin(Client(), PersonFactory(roles=[Role.REGISTRAR], language="en"), settings)
    assert "time to review" not in registrar.get("/admin/").content.decode()
    assert registrar.get(NEW).status_code == 302


# --- The sheet -----------------------------------------------------------------------------------


def test_the_sheet_has_every_line_and_no_formula(administrator: User, desk: Client) -> None:
    trainer(display_name='=HYPERLINK("http://example.org")')
    review = sign_off(decisions=all_kept(), by=administrator, at=AT)
    response = desk.get(f"{LIST}{review.uuid}/csv/")
    assert response["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(all_kept())
    names = [row[0] for row in rows[1:]]
    assert '\'=HYPERLINK("http://example.org")' in names


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_what_begins_like_a_formula_becomes_text(cell: str) -> None:
    assert inert(cell) == f"'{cell}"
    assert list(csv.reader(io.StringIO(as_csv([[cell]]).decode("utf-8-sig"), newline=""))) == [
        [f"'{cell}"]
    ]


def test_other_words_stay_as_they_are() -> None:
    assert inert("María-José Ñahui") == "María-José Ñahui"
    assert inert("") == ""


# --- What it costs -------------------------------------------------------------------------------


def test_the_pages_cost_the_same_for_many_people(administrator: User, desk: Client) -> None:
    taken = []
    for size in (2, 6):
        for _ in range(size):
            set_roles(person=trainer(), roles=[Role.REGISTRAR], actor=administrator.actor, at=AT)
        review = sign_off(decisions=all_kept(), by=administrator, at=AT)
        pages = (NEW, LIST, f"{LIST}{review.uuid}/", f"{LIST}{review.uuid}/csv/")
        taken.append([cost(desk, address) for address in pages])
    assert taken[0] == taken[1]
