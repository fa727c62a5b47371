"""The public page: valid, revoked, unknown; no more than it must say, and not without end."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation

from tests.factories import certificates as situations
from tests.factories.learning import NOON
from training.audit.actions import SYSTEM
from training.certificates.actions import revoke
from training.certificates.limits import BY_CODE, BY_NUMBER
from training.kernel.identifiers import registry_number

pytestmark = pytest.mark.django_db

UNKNOWN_CODE = "0000-0000-0000-0000"


@pytest.fixture(autouse=True)
def _english(client: Client) -> None:
    client.cookies["django_language"] = "en"


def by_code(client: Client, code: str) -> "tuple[int, str]":
    answer = client.get(f"/verify/{code}/")
    return answer.status_code, answer.content.decode()


def typed(client: Client, text: str) -> "tuple[int, str]":
    """Type something; return the status and the page without its random CSRF tokens."""
    answer = client.post("/verify/", {"typed": text}, follow=True)
    return answer.status_code, re.sub(r'<input type="hidden"[^>]*>', "", answer.content.decode())


def test_a_valid_certificate_is_shown_from_its_snapshot(
    client: Client, django_assert_num_queries: Callable[..., object]
) -> None:
    certificate = situations.certificate()
    with django_assert_num_queries(1):
        status, page = by_code(client, certificate.code)
    assert status == 200
    for said in (
        "This certificate is valid",
        certificate.number,
        "Ñawpaq K’anchaq Ch’aska Wañuy Q’illu",
        "DNI ••••••12",
        "Foundations of trafficking",
        "Certificate of approval",
        "School",
        "Programme",
        "40, of 45 minutes each",
        "Arequipa",
    ):
        assert said in page, said
    assert certificate.document_number not in page
    assert "16.50" not in page, "the mark is the holder's to show (R-45)"


def test_it_speaks_spanish(client: Client) -> None:
    certificate = situations.certificate()
    client.cookies["django_language"] = "es"
    _status, page = by_code(client, certificate.code)
    assert "Fundamentos de la trata" in page
    assert "Certificado de aprobación" in page


def test_a_revoked_one_says_when_and_why(client: Client) -> None:
    certificate = situations.certificate()
    revoke(
        certificate=certificate,
        actor=SYSTEM,
        at=NOON,
        reason_public="Issued in error",
        reason_internal="Complaint 12",
    )
    status, page = by_code(client, certificate.code)
    assert status == 200
    assert "This certificate has been revoked" in page
    assert "Issued in error" in page
    assert "16 November 2026" in page or "November 16, 2026" in page
    assert "Complaint 12" not in page
    assert "This certificate is valid" not in page


def test_an_unknown_code_is_said_to_be_unknown_and_kept(client: Client) -> None:
    status, page = by_code(client, UNKNOWN_CODE)
    assert status == 404
    assert "We do not know this certificate" in page
    assert f'value="{UNKNOWN_CODE}"' in page


def test_what_is_no_code_is_explained_and_kept(client: Client) -> None:
    status, page = by_code(client, "abc")
    assert status == 404
    assert "A code has 16 letters and digits" in page
    assert 'value="abc"' in page


def test_a_typed_code_is_mended(client: Client) -> None:
    certificate = situations.certificate()
    sloppy = certificate.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = client.post("/verify/", {"typed": f" {sloppy} "})
    assert answer["Location"] == f"/verify/{certificate.code}/"
    answer = client.get(f"/verify/{certificate.code.lower()}/")
    assert answer["Location"] == f"/verify/{certificate.code}/"


def test_a_number_shows_initials_and_no_document(client: Client) -> None:
    certificate = situations.certificate()
    status, page = typed(client, certificate.number.lower().replace("-", " "))
    assert status == 200
    assert "This certificate is valid" in page
    assert "Ñ. K. C. W. Q." in page
    for hidden in ("Ñawpaq", "912", certificate.code):
        assert hidden not in page


def test_a_misread_number_is_told_by_its_check_digits(client: Client) -> None:
    certificate = situations.certificate()
    body, _, check = certificate.number.rpartition("-")
    wrong = f"{body}-{'11' if check != '11' else '12'}"
    status, page = typed(client, wrong)
    assert status == 422
    assert "The last two digits do not fit this number" in page
    assert f'value="{wrong}"' in page


def test_a_number_that_was_never_given(client: Client) -> None:
    situations.certificate()
    status, page = typed(client, registry_number(series="TIP", year=2026, sequence=99))
    assert status == 404
    assert "We do not know this certificate" in page


def test_an_empty_form_asks_for_something(client: Client) -> None:
    assert client.get("/verify/").status_code == 200
    status, page = typed(client, "")
    assert status == 422
    assert 'aria-invalid="true"' in page


def test_codes_cannot_be_tried_without_end(client: Client) -> None:
    for _ in range(BY_CODE.lookups):
        assert by_code(client, UNKNOWN_CODE)[0] == 404
    status, page = by_code(client, UNKNOWN_CODE)
    assert status == 429
    assert "Please wait a little" in page
    other = client.get(f"/verify/{UNKNOWN_CODE}/", REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 404, "another address has its own count"
    assert client.get("/verify/").status_code == 200


def test_numbers_can_be_tried_less_often_than_codes(client: Client) -> None:
    assert BY_NUMBER.lookups / BY_NUMBER.seconds < BY_CODE.lookups / BY_CODE.seconds / 10
    number = situations.certificate().number
    for _ in range(BY_NUMBER.lookups):
        assert typed(client, number)[0] == 200
    assert typed(client, number)[0] == 429


def test_neighbours_of_an_ipv6_address_share_its_count(client: Client) -> None:
    for host in range(BY_CODE.lookups):
        client.get(f"/verify/{UNKNOWN_CODE}/", REMOTE_ADDR=f"2001:db8::{host:x}")
    answer = client.get(f"/verify/{UNKNOWN_CODE}/", REMOTE_ADDR="2001:db8::ffff")
    assert answer.status_code == 429


@pytest.mark.parametrize("path", ["/verify/", f"/verify/{UNKNOWN_CODE}/", "/verify/abc/"])
def test_answers_stay_out_of_search_engines_and_caches(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()


def test_a_demonstration_says_that_it_is_one(client: Client, settings: object) -> None:
    settings.DEMONSTRATION = True
    certificate = situations.certificate()
    settings.DEMONSTRATION = False
    assert "without official value" in by_code(client, certificate.code)[1]


def test_the_answer_costs_as_much_however_many_there_are(
    client: Client, django_assert_num_queries: Callable[..., object]
) -> None:
    certificates = [situations.certificate() for _ in range(3)]
    with translation.override("en"), django_assert_num_queries(1):
        client.get(f"/verify/{certificates[-1].code}/")
    with django_assert_num_queries(2):  # the second asks for the holder's consent
        client.post("/verify/", {"typed": certificates[0].number})
