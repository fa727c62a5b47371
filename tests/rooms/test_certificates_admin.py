"""The registry in the Wagtail admin: found and read; no door there changes it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from tests.factories import certificates as situations
from tests.factories.learning import NOON
from training.accounts.actions import create_person
from training.accounts.roles import Role
from training.audit.actions import SYSTEM
from training.certificates import choices
from training.certificates.actions import revoke

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.DEMONSTRATION = True


def member(role: Role) -> Client:
    """Return somebody of a role, signed in where a second factor is not asked."""
    person = create_person(
        email=f"{role.value}@example.org",
        display_name=role.value.title(),
        at=NOON,
        roles=[role],
        language="en",
        is_demonstration=True,
    )
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def registrar() -> Client:
    return member(Role.REGISTRAR)


def listing(client: Client, **query: str) -> str:
    answer = client.get(reverse("certificate:index"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_what_identifies_a_certificate(registrar: Client) -> None:
    certificate = situations.certificate()
    page = listing(registrar)
    for shown in (
        certificate.number,
        certificate.recipient_name,
        f"DNI {certificate.document_number}",
        "Foundations of trafficking",
        reverse("certificate:inspect", args=[certificate.pk]),
        reverse("desk:revoke", args=[certificate.uuid]),
    ):
        assert shown in page, shown


@pytest.mark.parametrize("field", ["number", "recipient_name", "document_number"])
def test_it_is_searched_by_number_name_and_document(registrar: Client, field: str) -> None:
    certificate = situations.certificate()
    assert certificate.number in listing(registrar, q=getattr(certificate, field))
    assert certificate.number not in listing(registrar, q="Somebody else")


def test_it_is_filtered_by_state_and_year(registrar: Client) -> None:
    old = situations.certificate(at=datetime(2025, 5, 5, 17, tzinfo=UTC))
    new = situations.certificate()
    revoke(certificate=old, actor=SYSTEM, at=NOON, reason_public="Error")
    for query, shown, hidden in (
        ({"year": "2025"}, old, new),
        ({"year": "2026"}, new, old),
        ({"state": "revoked"}, old, new),
        ({"state": "valid"}, new, old),
    ):
        page = listing(registrar, **query)
        assert shown.number in page, query
        assert hidden.number not in page, query


def test_what_stands_on_certificates_can_be_chosen(
    registrar: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "_SETTLING", 1)
    first = situations.certificate(at=datetime(2025, 5, 5, 17, tzinfo=UTC))
    for _ in range(2):
        new = situations.certificate()
    page = listing(registrar)
    for certificate in (first, new):
        for chosen in (certificate.year, certificate.course_code, certificate.edition_code):
            assert f'<option value="{chosen}">' in page
    assert f'<option value="{new.institution_names["es"]}">' in page
    with CaptureQueriesContext(connection) as asked:
        known = choices.choices()
    assert (first.year, first.year) in known["year"], "what was read before is kept"
    (query,) = asked.captured_queries
    assert f'"id" > {new.pk - 1}' in query["sql"], "only the newest are read again"
    other = situations.certificate(at=datetime(2024, 5, 5, 17, tzinfo=UTC))
    assert f'<option value="{other.year}">' in listing(registrar)
    assert other.number in listing(registrar, institution=other.institution_names["es"])
    assert other.number not in listing(registrar, year=str(first.year))


def test_one_certificate_is_read_with_its_file(registrar: Client) -> None:
    certificate = situations.certificate()
    answer = registrar.get(reverse("certificate:inspect", args=[certificate.pk]))
    page = answer.content.decode()
    assert answer.status_code == 200
    file = reverse("certificate:pdf", args=[certificate.pk])
    for shown in (certificate.code, "Jueza penal", "Arequipa", certificate.evidence_digest, file):
        assert shown in page, shown
    answer = registrar.get(file)
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_what_is_revoked_is_not_offered_for_revocation(registrar: Client) -> None:
    certificate = situations.certificate()
    revoke(certificate=certificate, actor=SYSTEM, at=NOON, reason_public="Error")
    assert reverse("desk:revoke", args=[certificate.uuid]) not in listing(registrar)


@pytest.mark.parametrize("name", ["add", "edit", "delete", "copy", "usage"])
def test_no_door_changes_a_certificate(registrar: Client, name: str) -> None:
    certificate = situations.certificate()
    for args in ([], [certificate.pk]):
        with pytest.raises(NoReverseMatch):
            reverse(f"certificate:{name}", args=args)
    for path in ("new", f"edit/{certificate.pk}", f"delete/{certificate.pk}"):
        assert registrar.get(f"{reverse('certificate:index')}{path}/").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REGISTRAR])
def test_other_roles_do_not_see_the_registry(role: Role) -> None:
    certificate = situations.certificate()
    client = member(role)
    for name, args in (("index", []), ("inspect", [certificate.pk]), ("pdf", [certificate.pk])):
        answer = client.get(reverse(f"certificate:{name}", args=args))
        assert answer.status_code == 302, name
        assert answer["Location"] == reverse("wagtailadmin_home"), name


def test_the_list_costs_the_same_at_any_length(registrar: Client) -> None:
    situations.certificate()
    listing(registrar)
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            listing(registrar)
        costs.append(len(queries))
        for _ in range(3):
            situations.certificate()
    assert costs[0] == costs[1]
