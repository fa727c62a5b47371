"""Every message that allauth or we send: both languages, text equal to HTML, small, safe."""

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import allauth
import pytest
from django.conf import settings
from django.test import RequestFactory
from kombu.exceptions import OperationalError

from tests.factories.people import AT, PersonFactory
from training.accounts.adapters import AccountAdapter
from training.accounts.mail import post_mail
from training.accounts.models import OutgoingMail
from training.accounts.tasks import send_mail
from training.privacy.models import DataRequest

pytestmark = pytest.mark.django_db

SOURCE = Path(allauth.__file__).parent / "templates"
LARGEST = 40 * 1024
LINK = "http://testserver/accounts/somewhere/long-token/"
CONTEXT: dict[str, Any] = {
    "activate_url": LINK,
    "password_reset_url": LINK,
    "signup_url": LINK,
    "invitation_url": LINK,
    "key": "long-token",
    "code": "ABC-DEF",
    "display_name": "María Ñahui & hijos",
    "expires_at": AT + dt.timedelta(days=14),
    "timestamp": AT,
    "ip": "203.0.113.7",
    "user_agent": "Firefox <b>",
    "from_email": "before@example.org",
    "to_email": "after@example.org",
    "deleted_email": "gone@example.org",
    "privacy_url": LINK,
    "account_url": LINK,
    "stop_url": LINK,
    "effective_at": AT,
    "asked": DataRequest(kind="access", due_on=AT.date(), answer="Aquí están & completos."),
}


OURS = {
    "emails/invitation",
    "emails/account_news",
    "emails/data_ready",
    "emails/recovery_asked",
    "emails/recovery_approved",
    "emails/data_request_received",
    "emails/data_request_answered",
}


def prefixes() -> list[str]:
    """Return every message that the installed parts of allauth can send, and our own."""
    theirs = {
        str(path.relative_to(SOURCE)).removesuffix("_subject.txt")
        for folder in ("account", "mfa")
        for path in (SOURCE / folder / "email").glob("*_subject.txt")
    }
    return sorted(theirs | OURS)


class Words(HTMLParser):
    """Collects the words and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "title"}
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "img":
            self.images.append(given)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()


def written(prefix: str, language: str) -> OutgoingMail:
    reader = PersonFactory(display_name="Ana", language=language)
    return post_mail(
        to=reader.email,
        template=prefix,
        context=CONTEXT | {"user": reader, "email": reader.email},
        language=language,
        at=AT,
    )


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("prefix", prefixes())
def test_text_and_html_say_the_same(prefix: str, language: str) -> None:
    row = written(prefix, language)
    page = Words()
    page.feed(row.html)
    assert f'lang="{language}"' in row.html
    assert len(row.html.encode()) < LARGEST
    assert settings.SITE_NAME in row.text
    links = re.findall(r"https?://\S+", row.text)
    assert set(links) == set(page.links)
    # Every word of the text stands in the HTML; there links are behind words.
    said = set(re.findall(r"\w+", " ".join(page.words)))
    in_text = set(re.findall(r"\w+", re.sub(r"https?://\S+", "", row.text)))
    assert in_text - said == set()
    assert all(image.get("alt") is not None for image in page.images)
    assert "<script" not in row.html
    assert "&amp;" not in row.text
    assert "&lt;" not in row.text


@pytest.mark.parametrize("prefix", prefixes())
def test_a_subject_is_one_short_line(prefix: str) -> None:
    row = written(prefix, "es")
    assert row.subject
    assert "\n" not in row.subject
    assert len(row.subject) <= 100
    assert "&" not in row.subject


def test_a_message_is_in_its_readers_language(rf: RequestFactory) -> None:
    PersonFactory(email="reader@example.org", language="en")
    adapter = AccountAdapter()
    adapter.send_mail(
        "account/email/password_reset_key", "Reader@example.org", {"password_reset_url": LINK}
    )
    assert OutgoingMail.objects.get().language == "en"


def test_links_lead_to_our_own_address_whatever_the_request_said(
    client: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.BASE_URL = "https://training.example.org"
    person = PersonFactory()
    client.post(
        "/accounts/password/reset/", {"email": person.email}, headers={"Host": "evil.example"}
    )
    text = OutgoingMail.objects.get().text
    assert "https://training.example.org/accounts/password/reset/key/" in text
    assert "evil.example" not in text


def test_an_address_without_account_gets_nothing(client: Any) -> None:
    response = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert response.status_code == 302  # the same answer as to an address with an account
    assert not OutgoingMail.objects.exists()


def test_a_broker_that_is_away_keeps_nobody_from_writing(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**words: Any) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(send_mail, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        mail = post_mail(
            to="judge@example.org",
            template="emails/invitation",
            context=CONTEXT,
            language="es",
            at=AT,
        )
    assert OutgoingMail.objects.due(AT).get() == mail  # for the sweep
