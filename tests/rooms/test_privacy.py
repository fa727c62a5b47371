"""The privacy notice with its proof, and consents that are given and withdrawn."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import certificates as situations
from tests.factories.people import AT, PASSWORD, PersonFactory, peru
from training.accounts import actions as accounts
from training.accounts.models import Invitation, User
from training.accounts.roles import Role
from training.audit.actions import SYSTEM
from training.audit.queries import events_of
from training.institutions.actions import PACKS, load_country_pack
from training.institutions.rules import PRIVACY_FIELDS, PRIVACY_POINTS, BadPack
from training.privacy import actions
from training.privacy.models import Consent, NoticeShown, NoticeVersion, Purpose
from training.privacy.queries import consents_of, current_notice, current_version, has_consent

pytestmark = pytest.mark.django_db

HOME = "/accounts/privacy/"
READ = "/accounts/privacy/notice/"
DECIDE = "/accounts/privacy/consents/"
DETAILS = {name: f"our {name}" for name in PRIVACY_FIELDS}


@pytest.fixture(autouse=True)
def _english(client: Client) -> None:
    client.cookies["django_language"] = "en"


def sign_in(client: Client, person: User, then: str = "") -> Any:
    address = f"/accounts/login/?next={then}" if then else "/accounts/login/"
    return client.post(address, {"login": person.email, "password": PASSWORD})


def shown_now(person: User) -> None:
    version = current_version()
    assert version is not None
    actions.record_shown(
        person=person, version=version, language="es", occasion=NoticeShown.Occasion.SIGN_IN, at=AT
    )


# --- The notice ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "heading"), [("es", "Quién responde"), ("en", "Who answers")])
def test_anybody_reads_all_ten_points(client: Client, language: str, heading: str) -> None:
    peru()
    client.cookies["django_language"] = language
    page = client.get("/privacy/").content.decode()
    assert heading in page
    assert page.count("<h2>") == len(PRIVACY_POINTS) == 10
    notice = current_notice(language=language)
    assert notice is not None
    for title, text in notice.points:
        assert title
        assert "{" not in text


def test_before_a_pack_is_loaded_the_page_says_so(client: Client) -> None:
    page = client.get("/privacy/")
    assert page.status_code == 200
    assert "It has not been published yet" in page.content.decode()


def test_what_only_the_sponsors_can_say_is_marked_until_they_say_it(client: Client) -> None:
    country = peru()
    before = client.get("/privacy/").content.decode()
    assert "[to be completed by the sponsors]" in before
    actions.publish_details(country=country, details=DETAILS, actor=SYSTEM, at=AT)
    after = client.get("/privacy/").content.decode()
    assert "[to be completed" not in after
    assert all(said in after for said in DETAILS.values())


def test_a_pack_publishes_once_and_again_when_its_words_change(tmp_path: Path) -> None:
    country = peru()
    actions.publish_details(country=country, details=DETAILS, actor=SYSTEM, at=AT)
    peru()
    assert NoticeVersion.objects.count() == 2  # loading the same words again publishes nothing
    folder = tmp_path / "pe"
    shutil.copytree(PACKS / "pe", folder)
    text = (folder / "privacy.yaml").read_text("utf-8")
    (folder / "privacy.yaml").write_text(
        text.replace("Las notas, siete", "Las notas, ocho"), "utf-8"
    )
    load_country_pack(folder, at=AT)
    newest = current_version()
    assert newest is not None
    assert (newest.number, newest.details) == (3, DETAILS)  # the sponsors' words outlive a pack


def test_a_pack_without_one_of_the_ten_points_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pe"
    shutil.copytree(PACKS / "pe", folder)
    text = (folder / "privacy.yaml").read_text("utf-8")
    mended = text.replace("  retention:\n", "  forgetting:\n").replace("{officer}", "{king}")
    (folder / "privacy.yaml").write_text(mended, "utf-8")
    with pytest.raises(BadPack) as refused:
        load_country_pack(folder, at=AT)
    said = str(refused.value)
    assert "forgetting: is unknown" in said
    assert "retention is missing" in said
    assert "names king, which no site says of itself" in said


def test_signing_up_shows_the_short_layer_and_keeps_the_proof(client: Client) -> None:
    peru()
    accounts.invite(email="jueza@example.org", language="en", invited_by=None, at=timezone.now())
    session = client.session

    session["invitation"] = str(Invitation.objects.get().uuid)
    session.save()
    page = client.get("/accounts/signup/")
    version = current_version()
    assert version is not None
    text = page.content.decode()
    assert "Read the whole privacy notice" in text
    assert 'type="checkbox"' not in text
    answer = client.post(
        "/accounts/signup/",
        {
            "display_name": "María Ñahui",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "notice_version": str(version.uuid),
        },
    )
    assert answer["Location"] == "/accounts/profile/"
    proof = NoticeShown.objects.get()
    assert proof.person.email == "jueza@example.org"
    assert (proof.version, proof.language, proof.occasion) == (version, "en", "sign-up")


def test_a_new_version_asks_at_the_next_sign_in_and_blocks_nothing(client: Client) -> None:
    country = peru()
    person = PersonFactory()
    shown_now(person)
    assert sign_in(client, person)["Location"] == "/my/"
    client.logout()
    client.cookies["django_language"] = "en"
    actions.publish_details(country=country, details=DETAILS, actor=SYSTEM, at=AT)
    asked = sign_in(client, person, then="/my/record/")
    assert asked["Location"] == f"{READ}?next=%2Fmy%2Frecord%2F"
    assert client.get("/my/record/").status_code == 200  # whoever goes by is not held up
    page = client.get(asked["Location"])
    assert page.context["notice"].version.number == 2
    version = page.context["notice"].version
    for _impatient in range(2):
        answer = client.post(READ, {"version": str(version.uuid), "next": "/my/record/"})
        assert answer["Location"] == "/my/record/"
    assert NoticeShown.objects.filter(person=person, version=version).count() == 1
    assert events_of(person).filter(verb="privacy notice shown").count() == 2


def test_going_on_never_leads_to_another_site(client: Client) -> None:
    peru()
    client.force_login(PersonFactory())
    version = current_version()
    assert version is not None
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        page = client.get(READ, {"next": evil})
        assert evil not in page.content.decode()
        answer = client.post(READ, {"version": str(version.uuid), "next": evil})
        assert answer["Location"] == "/my/"
    assert client.post(READ, {"version": "seven"}).status_code == 404


# --- Consents ------------------------------------------------------------------------------------


def test_nothing_is_allowed_beforehand(client: Client) -> None:
    person = PersonFactory()
    client.force_login(person)
    assert [state.is_given for state in consents_of(person)] == [False] * len(Purpose)
    page = client.get(HOME).content.decode()
    assert page.count('value="give"') == len(Purpose)
    assert 'value="withdraw"' not in page


@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_is_given_and_withdrawn_by_one_click_alone(client: Client, purpose: Purpose) -> None:
    person = PersonFactory()
    client.force_login(person)
    for decision, expected in (("give", True), ("give", True), ("withdraw", False)):
        answer = client.post(DECIDE, {"purpose": purpose.value, "decision": decision})
        assert answer["Location"] == HOME
        given = {state.purpose for state in consents_of(person) if state.is_given}
        assert given == ({purpose} if expected else set())
    rows = Consent.objects.filter(person=person).order_by("pk")
    assert [row.is_given for row in rows] == [True, False]  # the second click wrote nothing
    assert all(row.wording and row.language == "en" for row in rows)
    verbs = list(events_of(person).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["consent given", "consent withdrawn"]


def test_what_is_no_purpose_changes_nothing(client: Client) -> None:
    client.force_login(PersonFactory())
    for data in ({}, {"purpose": "everything", "decision": "give"}, {"purpose": "recordings"}):
        page = client.post(DECIDE, data, follow=True)
        assert "Nothing was changed" in page.content.decode()
    assert not Consent.objects.exists()


def test_the_newest_decision_counts() -> None:
    person = PersonFactory()
    for hour, given in enumerate((True, False, True)):
        actions.decide_consent(
            person=person,
            purpose=Purpose.FOLLOW_UP,
            is_given=given,
            language="es",
            at=AT + dt.timedelta(hours=hour),
        )
    assert has_consent(person_id=person.pk, purpose=Purpose.FOLLOW_UP)
    assert not has_consent(person_id=person.pk, purpose=Purpose.RECORDINGS)


def test_a_number_shows_the_name_only_while_its_holder_allows_it(client: Client) -> None:
    certificate = situations.certificate()
    holder = certificate.enrollment.learner

    def asked() -> str:
        return client.post("/verify/", {"typed": certificate.number}).content.decode()

    for given, shows in ((None, False), (True, True), (False, False)):
        if given is not None:
            actions.decide_consent(
                person=holder,
                purpose=Purpose.NAME_ON_VERIFICATION,
                is_given=given,
                language="es",
                at=timezone.now(),
            )
        page = asked()
        assert ("Ñawpaq" in page) == shows
        assert ("Ñ. K. C. W. Q." in page) != shows
        assert ("the number alone shows only initials" in page) != shows
        assert certificate.document_number not in page
        assert "••" not in page


def test_the_page_does_not_grow_with_the_history(
    client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    peru()
    person = PersonFactory()
    client.force_login(person)

    def queries() -> int:
        with django_assert_max_num_queries(20) as counted:
            assert client.get(HOME).status_code == 200
        return len(counted)

    few = queries()
    for hour in range(20):
        actions.decide_consent(
            person=person,
            purpose=Purpose.RECORDINGS,
            is_given=hour % 2 == 0,
            language="es",
            at=AT + dt.timedelta(hours=hour),
        )
    assert queries() == few


# --- The admin -----------------------------------------------------------------------------------


@pytest.fixture
def enter(settings: Any) -> Callable[[Role], Client]:
    """Sign somebody in who has a role, spared the second factor as in the demonstration."""
    settings.DEMONSTRATION = True

    def sign(role: Role) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.cookies["django_language"] = "en"
        client.force_login(PersonFactory(roles=[role], is_demonstration=True, language="en"))
        return client

    return sign


@pytest.mark.parametrize("address", ["/admin/privacy-notice/", "/admin/consents/"])
def test_the_lists_open_for_their_roles(enter: Callable[[Role], Client], address: str) -> None:
    opened = {role for role in Role if enter(role).get(address).status_code == 200}
    assert opened == {Role.SYSTEM_ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER}


def test_an_administrator_says_what_the_sponsors_say(enter: Callable[[Role], Client]) -> None:
    peru()
    client = enter(Role.SYSTEM_ADMINISTRATOR)
    page = client.get("/admin/privacy-notice/new/")
    assert page.status_code == 200
    refused = client.post("/admin/privacy-notice/new/", DETAILS)
    assert refused.status_code == 200  # without a reason nothing is published
    assert "our controller" in refused.content.decode()
    assert NoticeVersion.objects.count() == 1
    client.post("/admin/privacy-notice/new/", DETAILS | {"reason": "The agreement was signed"})
    version = current_version()
    assert version is not None
    assert (version.number, version.details) == (2, DETAILS)
    event = events_of(version).get()
    assert (event.verb, event.reason) == ("privacy notice published", "The agreement was signed")
    listed = client.get("/admin/privacy-notice/").content.decode()
    assert "PE 2" in listed
    assert "PE 1" in listed


def test_who_allows_something_today_is_found(enter: Callable[[Role], Client]) -> None:
    still, no_more = PersonFactory(), PersonFactory()
    for person, decisions in ((still, [True]), (no_more, [True, False])):
        for given in decisions:
            actions.decide_consent(
                person=person,
                purpose=Purpose.RECORDINGS,
                is_given=given,
                language="es",
                at=timezone.now(),
            )
    client = enter(Role.DATA_PROTECTION_OFFICER)
    assert len(client.get("/admin/consents/").context["object_list"]) == 3
    today = client.get("/admin/consents/", {"purpose": "recordings", "today": "on"})
    assert [row.person for row in today.context["object_list"]] == [still]
