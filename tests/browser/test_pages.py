"""Every page before the outside judges: axe, the Nu checker, and a telephone's width.

Each page is opened once. Language, theme and width go round so that over the whole list every
two of them meet; a page that another one needs is opened on the way.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser import judges, states
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_passkeys import plug_in
from tests.product import PASSWORD, Product
from tests.visitor import Visitor

NOBODY = ""
ROUND = [("es", "light", PHONE), ("es", "dark", DESK), ("en", "light", DESK), ("en", "dark", PHONE)]
SEND = "main form button:not([type=button]):not([hidden])"


# --- Pages that are more than an address ------------------------------------------------------


def send(page: Page, button: str = SEND) -> Response | None:
    """Press a button and return the page that comes."""
    with page.expect_navigation() as coming:
        page.locator(button).first.click()
    return coming.value


def with_menu(page: Page, path: str) -> Response | None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    response = page.goto(path)
    page.locator(".menu-button").click()
    return response


def with_outline(page: Page, path: str) -> Response | None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    response = page.goto(path)
    page.locator(".outline-button").click()
    return response


def unfolded(page: Page, path: str) -> Response | None:
    response = page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    return response


def filled_wrongly(page: Page, path: str) -> Response | None:
    page.goto(path)
    for box in page.locator("main form input:is([type=text], [type=email]):enabled").all():
        box.fill("x")
    for box in page.locator("main form input[type=password]").all():
        box.fill("x")
    return send(page)


def without_token(page: Page, path: str) -> Response | None:
    page.goto(path)
    page.context.clear_cookies(name="csrftoken")
    return send(page)


def with_reset_asked(page: Page, path: str) -> Response | None:
    page.goto(path)
    page.locator("main input[type=email]").fill(states.IN_A_QUIZ)
    return send(page)


def at_second_factor(page: Page, path: str) -> Response | None:
    page.goto(path)
    page.locator("input[name=login]").fill(states.WITH_TWO_FACTORS)
    page.locator("input[name=password]").fill(PASSWORD)
    return send(page)


def with_number(page: Page, path: str) -> Response | None:
    address, number = path.split("#")
    page.goto(address)
    page.locator("main form input[name=typed]").fill(number)
    return send(page)


def after_confirming(page: Page, path: str) -> Response | None:
    """Open a page that asks first who is there, unless that was said a moment ago."""
    response = page.goto(path)
    if "/reauthenticate/" not in page.url:
        return response
    page.locator("input[name=password]").fill(PASSWORD)
    return send(page)


def wrong_after_confirming(page: Page, path: str) -> Response | None:
    after_confirming(page, path)
    page.locator("main form input:is([type=text], [type=number]):enabled").first.fill("1")
    return send(page)


@dataclass(frozen=True)
class Sight:
    """A page, who opens it, and how; its status, and what only this page has."""

    path: str
    who: str = NOBODY
    by: Callable[[Page, str], Response | None] = Page.goto
    status: int = 200
    has: str = "main"


LEARNER, NEWCOMER, CAREFUL = states.WITH_CERTIFICATE, states.WITH_NOTHING, states.WITH_TWO_FACTORS
FAILED, BUSY, REVOKED = states.FAILED, states.IN_A_QUIZ, states.WITH_REVOKED
LESSON = "/learn/{enrollment}/{lessons[0]}/"
ATTEMPT = "/quiz/attempt/{running}"
ACCOUNTS = "/accounts"
NEEDS = ACCOUNTS + "/arrangements/"
WRONG = ".error-summary"
SIGHTS = {
    "home": Sight("/{language}/"),
    "home signed in, with the menu": Sight("/{language}/", LEARNER, with_menu),
    "course": Sight("{course}"),
    "course of one's own": Sight("{course}", FAILED),
    "page of text": Sight("/es/sobre-nosotros/"),
    "lesson": Sight(LESSON, LEARNER),
    "lesson, all opened": Sight("/learn/{enrollment}/{lessons[1]}/", LEARNER, unfolded),
    "lesson with its outline": Sight("/learn/{enrollment}/{lessons[2]}/", LEARNER, with_outline),
    "last lesson": Sight("/learn/{enrollment}/{lessons[3]}/", LEARNER),
    "lesson of somebody else": Sight(LESSON, NEWCOMER, status=404),
    "my courses": Sight("/my/", LEARNER),
    "my courses, none": Sight("/my/", NEWCOMER),
    "my courses, one to improve": Sight("/my/", FAILED),
    "my courses, one revoked": Sight("/my/", REVOKED),
    "my course": Sight("/my/courses/{unfinished}/", FAILED),
    "my course, completed": Sight("/my/courses/{enrollment}/", LEARNER),
    "my name": Sight("/my/courses/{unfinished}/name/", FAILED),
    "my name, wrong": Sight("/my/courses/{unfinished}/name/", FAILED, filled_wrongly, 422),
    "my record": Sight("/my/record/", LEARNER),
    "my record, revoked": Sight("/my/record/", REVOKED),
    "my record, empty": Sight("/my/record/", NEWCOMER),
    "my certificates": Sight("/my/certificates/", LEARNER),
    "my certificates, revoked": Sight("/my/certificates/", REVOKED),
    "my certificates, none": Sight("/my/certificates/", NEWCOMER),
    "enrolling": Sight("/my/enroll/{open_edition}/", NEWCOMER),
    "edition that is closed": Sight("/my/enroll/{closed_edition}/", NEWCOMER, status=409),
    "quiz": Sight("/quiz/{enrollment}/{quizzes[0]}/", LEARNER),
    "quiz with an attempt open": Sight("/quiz/{busy}/{quizzes[1]}/", BUSY),
    "question, one of several": Sight(ATTEMPT + "/{places[single]}/", BUSY),
    "question, several": Sight(ATTEMPT + "/{places[multiple]}/", BUSY),
    "question, true or false": Sight(ATTEMPT + "/{places[true_false]}/", BUSY),
    "question, a number": Sight(ATTEMPT + "/{places[numeric]}/", BUSY),
    "review of an attempt": Sight(ATTEMPT + "/review/", BUSY),
    "result, failed": Sight("/quiz/attempt/{failed}/result/", FAILED),
    "result, passed": Sight("/quiz/attempt/{passed}/result/", LEARNER),
    "verifying": Sight("/verify/"),
    "verified": Sight("/verify/{valid[code]}/", has=".verdict.success"),
    "verified by number": Sight(
        "/verify/#{valid[number]}", NOBODY, with_number, has=".verdict.success"
    ),
    "verified, revoked": Sight("/verify/{revoked[code]}/", has=".verdict.error"),
    "verified, unknown": Sight("/verify/0000-0000-0000-0000/", status=404, has=".verdict"),
    "verified, malformed": Sight("/verify/malformed/", status=404, has=".error-summary"),
    "accessibility": Sight("/accessibility/"),
    "sign in": Sight(ACCOUNTS + "/login/"),
    "sign in, wrong": Sight(ACCOUNTS + "/login/", NOBODY, filled_wrongly, has=WRONG),
    "second factor": Sight(ACCOUNTS + "/login/", NOBODY, at_second_factor, has="[name=code]"),
    "account not active": Sight(ACCOUNTS + "/inactive/"),
    "sign up, closed": Sight(ACCOUNTS + "/signup/"),
    "sign up": Sight("{invitations[0]}", "invited", has="[name=password1]"),
    "sign up, wrong": Sight("{invitations[0]}", "invited", filled_wrongly, has=WRONG),
    "invitation, expired": Sight("{invitations[1]}", status=410),
    "invitation, used": Sight("{invitations[2]}", status=410),
    "invitation, unknown": Sight(ACCOUNTS + "/invitation/unknown/", status=410),
    "address to be confirmed": Sight(ACCOUNTS + "/confirm-email/"),
    "address not confirmed": Sight(ACCOUNTS + "/confirm-email/wrong/"),
    "password reset": Sight(ACCOUNTS + "/password/reset/"),
    "password reset, asked": Sight(ACCOUNTS + "/password/reset/", NOBODY, with_reset_asked),
    "password reset, link": Sight("{reset}", has="[name=password1]"),
    "password reset, wrong link": Sight(ACCOUNTS + "/password/reset/key/1-wrong/"),
    "password reset, done": Sight(ACCOUNTS + "/password/reset/key/done/"),
    "e-mail address": Sight(ACCOUNTS + "/email/", LEARNER),
    "password": Sight(ACCOUNTS + "/password/change/", LEARNER),
    "password, wrong": Sight(ACCOUNTS + "/password/change/", LEARNER, filled_wrongly, has=WRONG),
    "profile": Sight(ACCOUNTS + "/profile/", LEARNER, unfolded),
    "profile, no post": Sight(ACCOUNTS + "/profile/", NEWCOMER),
    "confirm who you are": Sight(ACCOUNTS + "/reauthenticate/", LEARNER),
    "confirm with a code": Sight(ACCOUNTS + "/2fa/reauthenticate/", CAREFUL),
    "confirm with a key": Sight(ACCOUNTS + "/2fa/webauthn/reauthenticate/", CAREFUL),
    "two factors": Sight(ACCOUNTS + "/2fa/", CAREFUL),
    "two factors, none": Sight(ACCOUNTS + "/2fa/", NEWCOMER),
    "authenticator": Sight(ACCOUNTS + "/2fa/totp/activate/", NEWCOMER, after_confirming, has=".qr"),
    "authenticator, wrong": Sight(
        ACCOUNTS + "/2fa/totp/activate/", NEWCOMER, wrong_after_confirming, has=WRONG
    ),
    "authenticator, removing": Sight(ACCOUNTS + "/2fa/totp/deactivate/", CAREFUL),
    "recovery codes": Sight(ACCOUNTS + "/2fa/recovery-codes/", CAREFUL),
    "recovery codes, new": Sight(ACCOUNTS + "/2fa/recovery-codes/generate/", CAREFUL),
    "keys": Sight(ACCOUNTS + "/2fa/webauthn/", CAREFUL),
    "keys, none": Sight(ACCOUNTS + "/2fa/webauthn/", NEWCOMER),
    "keys, adding": Sight(
        ACCOUNTS + "/2fa/webauthn/add/", NEWCOMER, after_confirming, has="[name=name]"
    ),
    "keys, renaming": Sight(
        ACCOUNTS + "/2fa/webauthn/keys/{key}/edit/", CAREFUL, has="[name=name]"
    ),
    "keys, removing": Sight(ACCOUNTS + "/2fa/webauthn/keys/{key}/remove/", CAREFUL),
    "sign out": Sight(ACCOUNTS + "/logout/", LEARNER),
    "not found": Sight("/{language}/nowhere/", status=404),
    "not allowed": Sight("/admin/", LEARNER, status=403),
    "form without its token": Sight(ACCOUNTS + "/login/", NOBODY, without_token, 403),
    "too-many-attempts": Sight("rendered"),
    "too-many-lookups": Sight("rendered"),
    "bad-request": Sight("rendered"),
    "server-error": Sight("rendered"),
    "certificate-waiting": Sight("rendered"),
    "accommodations": Sight(NEEDS, NEWCOMER),
    "accommodations, wrong": Sight(NEEDS, NEWCOMER, filled_wrongly, 422, WRONG),
    "accommodations, granted": Sight(NEEDS, LEARNER),
    "accommodations, waiting": Sight(NEEDS, BUSY),
    "accommodations, withdrawing": Sight(NEEDS + "withdraw/", LEARNER),
}
STAFF = states.ALL_ROLES
# Pages of the administration that are ours, whole or in part.
ADMIN = {
    "dashboard": Sight("/admin/", STAFF),
    "learners": Sight("/admin/desk/learners/", STAFF),
    "record": Sight("/admin/desk/learners/{person}/", STAFF),
    "record, empty": Sight("/admin/desk/learners/{newcomer}/", STAFF),
    "awaiting a decision": Sight("/admin/desk/awaiting/", STAFF),
    "issuing": Sight("/admin/desk/awaiting/{awaiting}/issue/", STAFF),
    "revoking": Sight("/admin/desk/certificates/{certificate[uuid]}/revoke/", STAFF),
    "publishing a version": Sight("/admin/courses/{course_page}/version/", STAFF),
    "editions": Sight("/admin/editions/", STAFF),
    "edition": Sight("/admin/editions/edit/{edition_row}/", STAFF),
    "edition, new": Sight("/admin/editions/new/", STAFF),
    "cohorts": Sight("/admin/cohorts/", STAFF),
    "cohort": Sight("/admin/cohorts/edit/{cohort_row}/", STAFF),
    "members of a cohort": Sight("/admin/cohorts/{cohort_row}/members/", STAFF),
    "certificates": Sight("/admin/certificates/", STAFF),
    "certificate": Sight("/admin/certificates/inspect/{certificate[row]}/", STAFF),
    "certificate, revoked": Sight("/admin/certificates/inspect/{revoked[row]}/", STAFF),
    "people": Sight("/admin/users/", STAFF),
    "person": Sight("/admin/users/edit/{person_row}/", STAFF),
    "invitations": Sight("/admin/invitations/", STAFF),
    "invitation, new": Sight("/admin/invitations/new/", STAFF),
    "invitation, withdrawing": Sight("/admin/invitations/{invitation_row}/withdraw/", STAFF),
    "audit": Sight("/admin/audit/", STAFF),
    "event": Sight("/admin/audit/inspect/1/", STAFF),
    "institutions": Sight("/admin/institution/", STAFF),
    "districts": Sight("/admin/district/", STAFF),
    "accommodations": Sight("/admin/accommodation-requests/", STAFF),
    "accommodation": Sight("/admin/accommodation-requests/{need_waiting}/", STAFF),
    "accommodation, granted": Sight("/admin/accommodation-requests/{need_granted}/", STAFF),
}


# Two landmarks of one name in Wagtail's own frame: the menu's search, and that of the page.
WAGTAILS_OWN = {"landmark-unique": '<form role="search"'}
KNOWN_AGAINST_WAGTAIL = {
    name: {"landmark-unique"}
    for name in (
        "dashboard",
        "learners",
        "awaiting a decision",
        "editions",
        "cohorts",
        "certificates",
        "people",
        "invitations",
        "audit",
        "institutions",
        "districts",
        "accommodations",
    )
}


# --- Seeing them ------------------------------------------------------------------------------


@dataclass
class Seen:
    """What there was to see of a page."""

    status: int
    html: str
    findings: list[judges.Finding]
    overflow: int
    complaints: list[str] = field(default_factory=list)


class Walk:
    """Goes through the product's pages, each role in a window of its own."""

    def __init__(self, browser: Browser, product: Product) -> None:
        self.browser = browser
        self.product = product
        self.address = product.address.replace("127.0.0.1", "localhost")
        self.windows: dict[str, Page] = {}
        self.complaints: list[str] = []
        self.seen: dict[str, Seen] = {}
        shell = f"from tests.browser.states import prepare; prepare({PASSWORD!r})"
        self.facts: dict[str, Any] = json.loads(product.manage("shell", "-v0", "-c", shell))
        self.facts["key"] = 0
        self._use_mail()

    def see(self, name: str, sight: Sight, language: str, theme: str, size: Any) -> Seen:
        """Return what was seen of a page, opening it the first time."""
        if name not in self.seen:
            page = self._window(sight.who)
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            cookie = {"name": "django_language", "value": language, "url": self.address}
            page.context.add_cookies([cookie])  # type: ignore[list-item]
            self.complaints.clear()
            response = self._open(page, name, sight, language)
            assert response is not None
            assert response.status == sight.status
            assert page.locator(sight.has).count() > 0, page.url
            findings = judges.axe_findings(page)
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            overflow = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
            self.seen[name] = Seen(
                response.status,
                response.text(),
                findings,
                overflow,
                [*self.complaints],
            )
        return self.seen[name]

    def _open(self, page: Page, name: str, sight: Sight, language: str) -> Response | None:
        if sight.path == "rendered":
            html = self.facts["rendered"][language][name]
            page.route(
                "**/rendered/", lambda route: route.fulfill(body=html, content_type="text/html")
            )
            return page.goto("/rendered/")
        facts = self.facts | {"language": language, "course": self.facts["course"][language]}
        return sight.by(page, sight.path.format(**facts))

    def _window(self, who: str) -> Page:
        if who not in self.windows:
            context = self.browser.new_context(base_url=self.address, locale="es-PE")
            self.windows[who] = page = context.new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("console", self._listen)
            if "@" in who:
                self._sign_in(context, who)
            if who == CAREFUL:
                self._add_key(page)
        return self.windows[who]

    def _listen(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def _sign_in(self, context: BrowserContext, who: str) -> None:
        visitor = Visitor(self.product.address).sign_in(who)
        if visitor.path.endswith("/authenticate/"):
            visitor.submit(code=self.facts["recovery_code"])
        context.add_cookies(
            [
                {"name": cookie.name, "value": str(cookie.value), "url": self.address}
                for cookie in visitor.session.cookies
            ]
        )

    def _add_key(self, page: Page) -> None:
        """Give somebody a passkey, by the page that does so."""
        plug_in(page)
        page.goto(ACCOUNTS + "/2fa/webauthn/add/")
        if page.locator("input[name=password]").count():
            page.locator("input[name=password]").fill(PASSWORD)
            send(page)
        page.locator("input[name=name]").fill("Teléfono de la oficina")
        page.locator("#mfa_webauthn_add").click()
        page.wait_for_url(lambda url: "/add/" not in url)
        page.goto(ACCOUNTS + "/2fa/webauthn/")
        link = page.locator("main a[href*='/keys/']").first.get_attribute("href") or ""
        self.facts["key"] = link.split("/keys/")[1].split("/")[0]

    def _use_mail(self) -> None:
        links = [
            self.product.link_in_mail_to(address, containing="/invitation/")
            for address in states.INVITED
        ]
        used = Visitor(self.product.address).open(links[2])
        used.submit(
            display_name="Early Learner", password1=PASSWORD + "!", password2=PASSWORD + "!"
        )
        Visitor(self.product.address).open(ACCOUNTS + "/password/reset/").submit(
            email=states.FORGETFUL
        )
        reset = self.product.link_in_mail_to(states.FORGETFUL, containing="/reset/")
        self.facts["invitations"] = [link.replace("127.0.0.1", "localhost") for link in links]
        self.facts["reset"] = reset.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def walk(browser: Browser, product: Product) -> Iterator[Walk]:
    walk = Walk(browser, product)
    yield walk
    for page in walk.windows.values():
        page.context.close()


PAGES = [(name, sight, *ROUND[n % 4]) for n, (name, sight) in enumerate(SIGHTS.items())]


@pytest.mark.parametrize("seen", PAGES, ids=list(SIGHTS))
def test_a_page_serves_everybody(walk: Walk, seen: Any) -> None:
    page = walk.see(*seen)
    assert [finding.line for finding in page.findings] == []
    assert page.complaints == []
    assert page.overflow <= 0


def test_every_page_is_sound_html(walk: Walk, tmp_path: Path) -> None:
    texts = {page[0]: walk.see(*page).html for page in PAGES}
    errors = judges.html_errors(texts, tmp_path)
    assert {name: lines for name, lines in errors.items() if lines} == {}


ADMIN_PAGES = [
    (f"admin: {name}", sight, *ROUND[n % 4][:2], DESK)
    for n, (name, sight) in enumerate(ADMIN.items())
]


@pytest.mark.parametrize("seen", ADMIN_PAGES, ids=list(ADMIN))
def test_a_page_of_the_administration_serves_its_staff(walk: Walk, seen: Any) -> None:
    page = walk.see(*seen)
    assert [finding.line for finding in page.findings if not is_wagtails(finding)] == []
    assert page.complaints == []


def test_what_is_known_against_wagtail_only_gets_less(walk: Walk) -> None:
    found = {
        name.removeprefix("admin: "): {finding.rule for finding in findings}
        for name, *how in ADMIN_PAGES
        if (findings := [f for f in walk.see(name, *how).findings if is_wagtails(f)])
    }
    assert found == KNOWN_AGAINST_WAGTAIL


def is_wagtails(finding: judges.Finding) -> bool:
    """Say whether a finding is about markup that is Wagtail's own, and known."""
    return WAGTAILS_OWN.get(finding.rule, "?") in finding.node
