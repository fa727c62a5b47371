"""Two accounts of one person: two people merge them, nothing is rewritten, and it can be undone."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.cms import in_admin
from tests.factories.learning import (
    CohortFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
)
from tests.factories.people import AT, PASSWORD, PersonFactory, PostFactory
from tests.journeys.test_query_counts import cost
from training.accounts import merging
from training.accounts.models import AccountMerge, OutgoingMail, User
from training.accounts.roles import Role
from training.audit.models import Access
from training.audit.queries import events_of
from training.certificates.models import Certificate
from training.desk.queries import comparison, person_record
from training.enrollments.editions import enroll_list
from training.enrollments.models import Enrollment
from training.enrollments.places import take_place
from training.kernel.lifecycle import IllegalTransition
from training.learning.actions import issue_certificate
from training.privacy.exports import packed
from training.study.models import Note

pytestmark = pytest.mark.django_db


class Two:
    """One person with two accounts, and the two who decide about them."""

    def __init__(self) -> None:
        self.stays: User = LearnerFactory(display_name="Rosa Quispe", email="new@example.org")
        self.goes: User = PersonFactory(display_name="R. Quispe", email="old@example.org")
        self.old = EnrollmentFactory(learner=self.goes, completed=True)
        self.certificate = Certificate.objects.get(enrollment=self.old)
        self.by, self.second = PersonFactory(), PersonFactory()

    def proposed(self, **changes: Any) -> AccountMerge:
        given = {
            "survivor": self.stays, "absorbed": self.goes, "reason": "Same DNI",
            "by": self.by, "at": AT,
        }  # fmt: skip
        return merging.propose(**given | changes)

    def merged(self) -> AccountMerge:
        merge = self.proposed()
        merging.confirm(merge=merge, by=self.second, at=AT)
        self.stays.refresh_from_db()
        self.goes.refresh_from_db()
        merge.refresh_from_db()
        return merge


@pytest.fixture
def two() -> Two:
    return Two()


def signed_in(person: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(person)
    return client


# --- What it does --------------------------------------------------------------------------------


def test_whoever_stays_finds_what_both_accounts_earned(two: Two) -> None:
    two.merged()
    client = signed_in(two.stays)
    for name in ("courses", "record", "certificates"):
        page = client.get(reverse(f"portal:{name}")).content.decode()
        assert two.certificate.number in page or two.old.edition.code in page or name == "courses"
    assert client.get(reverse("portal:course", args=[two.old.uuid])).status_code == 200
    assert list(Certificate.objects.of(two.stays)) == [two.certificate]
    assert list(Enrollment.objects.of(two.stays.pk)) == [two.old]
    record = person_record(person=two.stays, reader=two.by, language="en")
    assert [chapter.enrollment for chapter in record.chapters] == [two.old]


def test_nothing_is_rewritten(two: Two) -> None:
    before = list(Enrollment.objects.values()), list(Certificate.objects.values())
    two.merged()
    assert (list(Enrollment.objects.values()), list(Certificate.objects.values())) == before


def test_others_still_find_nothing(two: Two) -> None:
    other = EnrollmentFactory()
    two.merged()
    assert signed_in(two.stays).get(reverse("portal:course", args=[other.uuid])).status_code == 404
    assert not Certificate.objects.of(other.learner).exists()


def test_the_account_that_goes_is_closed(two: Two, client: Client) -> None:
    old = signed_in(two.goes)
    two.merged()
    assert "/login" in old.get("/my/")["Location"]
    client.post("/accounts/login/", {"login": two.goes.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=two.goes.pk).update(is_active=True)
    assert {m.to for m in OutgoingMail.objects.filter(template="emails/accounts_merged")} == {
        two.stays.email,
        two.goes.email,
    }
    for person in (two.stays, two.goes):
        assert [event.verb for event in events_of(person)][:2] == [
            "accounts merged",
            "merge proposed",
        ]


def test_one_enrolls_once_whichever_account_was_enrolled(two: Two) -> None:
    two.merged()
    seat = take_place(
        learner=two.stays, edition=two.old.edition, name_on_certificate="Rosa Quispe",
        actor=two.stays.actor, at=timezone.now(), by_hand=True,
    )  # fmt: skip
    assert (seat.enrollment, seat.is_new) == (two.old, False)


def test_a_list_with_the_old_address_enrolls_the_account_that_stays(two: Two) -> None:
    two.merged()
    fresh, old = CohortFactory(), CohortFactory(edition=two.old.edition)
    for cohort in (fresh, old):
        enroll_list(
            cohort=cohort, addresses=[two.goes.email], actor=two.by.actor, at=timezone.now()
        )
    assert Enrollment.objects.get(edition=fresh.edition).learner == two.stays
    assert Enrollment.objects.get(edition=two.old.edition) == two.old


def test_a_certificate_issued_afterwards_is_of_the_person(two: Two) -> None:
    waiting = EnrollmentFactory(
        learner=two.goes, edition=EditionFactory(approval=True), completed=True
    )
    User.objects.filter(pk=two.stays.pk).update(
        document_country="PE", document_type="dni", document_number="45678912"
    )
    two.merged()
    issued = issue_certificate(
        enrollment=waiting, actor=two.by.actor, at=timezone.now(), reason="Minutes"
    )
    assert issued.document_number == "45678912"


def test_notes_and_the_copy_of_data_are_of_both(two: Two) -> None:
    Note.objects.create(
        learner=two.goes, course=two.old.course_version.course, key="k", words="Mine", saved_at=AT
    )
    two.merged()
    assert Note.objects.of(two.stays).get().words == "Mine"
    archive = zipfile.ZipFile(io.BytesIO(packed(two.stays, language="en", at=AT)))
    sections = json.loads(archive.read("data.json"))["sections"]
    assert {row["email"] for row in sections["account"]} == {two.stays.email, two.goes.email}


def test_undone_they_are_two_again(two: Two) -> None:
    merge = two.merged()
    with pytest.raises(merging.ReasonMissing):
        merging.undo(merge=merge, by=two.by, at=AT, reason=" ")
    merging.undo(merge=merge, by=two.by, at=AT, reason="Namesakes")
    two.goes.refresh_from_db()
    assert (two.goes.is_active, two.goes.merged_into) == (True, None)
    assert not Enrollment.objects.of(two.stays).exists()
    assert list(Certificate.objects.of(two.goes)) == [two.certificate]
    with pytest.raises(IllegalTransition):
        merging.undo(merge=merge, by=two.by, at=AT, reason="Again")
    two.merged()  # and it can be merged again


# --- Who may, and what may not be ----------------------------------------------------------------


def test_a_second_person_decides_and_neither_is_of_the_two(two: Two) -> None:
    with pytest.raises(merging.NotForOneself):
        two.proposed(by=two.stays)
    merge = two.proposed()
    with pytest.raises(merging.SecondPersonNeeded):
        merging.confirm(merge=merge, by=two.by, at=AT)
    for own in (two.stays, two.goes):
        with pytest.raises(merging.NotForOneself):
            merging.confirm(merge=merge, by=own, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountMerge.objects.update(state="merged", decided_by=two.by, decided_at=AT)
    merging.refuse(merge=merge, by=two.second, at=AT, answer="Namesakes")
    two.goes.refresh_from_db()
    assert two.goes.merged_into is None
    with pytest.raises(IllegalTransition):
        merging.confirm(merge=merge, by=two.second, at=AT)


def test_what_cannot_be_merged(two: Two) -> None:
    with pytest.raises(merging.SameAccount):
        two.proposed(absorbed=two.stays)
    with pytest.raises(merging.ClosedAccount):
        two.proposed(survivor=PersonFactory(is_active=False))
    with pytest.raises(merging.ClosedAccount):
        two.proposed(absorbed=PersonFactory(awaits_approval=True))
    with pytest.raises(merging.ReasonMissing):
        two.proposed(reason=" ")
    two.proposed()
    with pytest.raises(merging.MergedBefore):
        two.proposed()


def test_there_are_no_chains(two: Two) -> None:
    two.merged()
    third = PersonFactory()
    with pytest.raises(merging.MergedBefore):
        two.proposed(survivor=third, absorbed=two.stays)
    with pytest.raises(merging.MergedBefore):
        two.proposed(survivor=two.goes, absorbed=third)
    merge = two.proposed(absorbed=third)  # but one account may absorb several
    merging.confirm(merge=merge, by=two.second, at=AT)
    assert two.stays.absorbed.count() == 2


# --- The pages -----------------------------------------------------------------------------------


def desk_of(role: Role, settings: Any) -> Client:
    client = in_admin(Client(), PersonFactory(roles=[role]), settings)
    client.cookies["django_language"] = "en"
    return client


def test_the_whole_way_through_the_desk(two: Two, settings: Any) -> None:
    EnrollmentFactory(learner=two.stays, edition=two.old.edition)
    for number, person in enumerate((two.stays, two.goes)):
        User.objects.filter(pk=person.pk).update(
            document_country="PE", document_type="dni", document_number=f"4567891{number}"
        )
    registrar, other = (
        desk_of(role, settings) for role in (Role.REGISTRAR, Role.SYSTEM_ADMINISTRATOR)
    )
    choose = reverse("desk:merge_choose")
    said = registrar.post(choose, {"first": two.stays.email, "second": "nobody@example.org"})
    assert "No account has this address." in said.content.decode()
    assert two.stays.email in said.content.decode()
    response = registrar.post(choose, {"first": two.stays.email, "second": two.goes.email})
    compared = registrar.get(response["Location"]).content.decode()
    for words in ("different identity documents", two.old.edition.code, two.certificate.number):
        assert words in compared
    sent = {"stays": str(two.stays.uuid), "reason": "Saw both"}
    looked = Access.objects.filter(place="desk:merge_new").values_list("subject_uuid", flat=True)
    assert set(looked) == {two.stays.uuid, two.goes.uuid}
    assert registrar.post(response["Location"], sent | {"reason": ""}).status_code == 200
    page = registrar.post(response["Location"], sent)
    merge = AccountMerge.objects.get()
    assert (merge.survivor, merge.absorbed) == (two.stays, two.goes)
    own = registrar.get(page["Location"]).content.decode()
    assert "a second person has to confirm" in own
    decide = {"decision": "merge", "reason": "Agreed"}
    registrar.post(page["Location"], decide)
    merge.refresh_from_db()
    assert merge.is_open

    assert "waits for a second person" in other.get("/admin/").content.decode()
    other.post(page["Location"], decide)
    merge.refresh_from_db()
    assert merge.state == "merged"
    assert "Undo the merging" in other.get(page["Location"]).content.decode()
    other.post(page["Location"], {"reason": "Namesakes"})
    merge.refresh_from_db()
    assert merge.state == "undone"


def test_the_form_of_details_opens_no_merged_account(two: Two, settings: Any) -> None:
    two.merged()
    desk = desk_of(Role.SYSTEM_ADMINISTRATOR, settings)
    page = desk.get(reverse("wagtailusers_users:edit", args=[two.goes.pk])).content.decode()
    assert 'name="is_active"' not in page
    desk.post(
        f"/admin/bulk/accounts/user/set_active_state/?id={two.goes.pk}", {"mark_as_active": "on"}
    )
    two.goes.refresh_from_db()
    assert not two.goes.is_active


def test_comparing_costs_the_same_for_long_records(two: Two, settings: Any) -> None:
    desk = desk_of(Role.REGISTRAR, settings)
    address = reverse("desk:merge_new", args=[two.stays.uuid, two.goes.uuid])
    taken = []
    for size in (2, 6):
        for _ in range(size):
            EnrollmentFactory(learner=two.goes, completed=True)
            PostFactory(person=two.stays)
            merging.propose(
                survivor=PersonFactory(), absorbed=PersonFactory(), reason="x", by=two.by, at=AT
            )
        taken.append([cost(desk, address), cost(desk, reverse("desk:merges"))])
    assert taken[0] == taken[1]
    assert comparison(two.stays, two.goes).holdings[1].outcomes > 0
