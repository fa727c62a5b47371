"""Every page before the outside judges: axe, the Nu checker, and a telephone's width.

Each page is opened once, judged in light and dark colours, and its HTML checked in both languages.
Language, theme and width go round so that over the whole list every two of them meet; a page that
another one needs is opened on the way.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser import judges, states
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_passkeys import plug_in
from tests.journeys import test_permission_matrix as matrix
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


def send_as_it_is(page: Page, path: str) -> Response | None:
    page.goto(path)
    page.evaluate(
        "document.querySelectorAll('[required]').forEach(one => { one.required = false })"
    )
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


def at_lost_factor(page: Page, path: str) -> Response | None:
    at_second_factor(page, path)
    return page.goto(ACCOUNTS + "/recovery/")


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
    "catalogue": Sight("/courses/"),
    "catalogue, searched": Sight("/courses/?q=fundamentos&length=short"),
    "catalogue, nothing found": Sight("/courses/?q=hidrocarburos"),
    "glossary": Sight("/learn/glossary/", LEARNER),
    "glossary, nothing found": Sight("/learn/glossary/?q=hidrocarburos", LEARNER),
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
    "asking for a change": Sight("/my/courses/{unfinished}/request/", FAILED),
    "asking for a change, wrong": Sight(
        "/my/courses/{busy}/request/", BUSY, filled_wrongly, 422, WRONG
    ),
    "my calendar": Sight("/my/calendar/", FAILED),
    "my calendar, empty": Sight("/my/calendar/", NEWCOMER),
    "my notes": Sight("/my/notes/", FAILED),
    "my notes, none": Sight("/my/notes/", NEWCOMER),
    "reporting a problem": Sight("/my/reports/{unfinished}/{lessons[1]}/", FAILED),
    "reporting a problem, wrong": Sight(
        "/my/reports/{unfinished}/{lessons[1]}/", FAILED, send_as_it_is, 422, WRONG
    ),
    "my record": Sight("/my/record/", LEARNER),
    "my record, revoked": Sight("/my/record/", REVOKED),
    "my record, empty": Sight("/my/record/", NEWCOMER),
    "my certificates": Sight("/my/certificates/", LEARNER),
    "my certificates, revoked": Sight("/my/certificates/", REVOKED),
    "my certificates, none": Sight("/my/certificates/", NEWCOMER),
    "enrolling": Sight("/my/enroll/{open_edition}/", NEWCOMER),
    "applying": Sight("/my/enroll/{by_application}/", FAILED),
    "applying, wrong": Sight("/my/enroll/{by_application}/", BUSY, send_as_it_is, 422, WRONG),
    "applied, waiting": Sight("/my/enroll/{by_application}/", NEWCOMER),
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
    "styleguide": Sight("/styleguide/"),
    "sign in": Sight(ACCOUNTS + "/login/"),
    "sign in, wrong": Sight(ACCOUNTS + "/login/", NOBODY, filled_wrongly, has=WRONG),
    "second factor": Sight(ACCOUNTS + "/login/", NOBODY, at_second_factor, has="[name=code]"),
    "account not active": Sight(ACCOUNTS + "/inactive/"),
    "sign up by domain": Sight(ACCOUNTS + "/signup/", has="[name=email]"),
    "waiting to be let in": Sight(ACCOUNTS + "/waiting/", states.AWAITING),
    "second factor lost": Sight(ACCOUNTS + "/login/", NOBODY, at_lost_factor, has="[name=contact]"),
    "second factor lost, over": Sight(ACCOUNTS + "/recovery/stop/unknown/", status=410),
    "privacy notice": Sight("/privacy/"),
    "privacy notice, to be read": Sight(ACCOUNTS + "/privacy/notice/", NEWCOMER),
    "privacy": Sight(ACCOUNTS + "/privacy/", FAILED),
    "privacy, nothing asked": Sight(ACCOUNTS + "/privacy/", NEWCOMER),
    "asking about data": Sight(ACCOUNTS + "/privacy/requests/new/", FAILED),
    "asking about data, wrong": Sight(
        ACCOUNTS + "/privacy/requests/new/", FAILED, send_as_it_is, 422, WRONG
    ),
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
    "signup-closed": Sight("rendered"),
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
    "enrollments": Sight("/admin/desk/enrollments/", STAFF),
    "progress": Sight("/admin/desk/progress/", STAFF),
    "attempts": Sight("/admin/attempts/", STAFF),
    "my cohorts": Sight("/admin/desk/cohorts/", STAFF),
    "progress of a cohort": Sight("/admin/desk/cohorts/{cohort}/", STAFF),
    "exports": Sight("/admin/desk/exports/", STAFF),
    "applications": Sight("/admin/desk/applications/", STAFF),
    "application": Sight("/admin/desk/applications/{application}/", STAFF),
    "requests": Sight("/admin/desk/requests/", STAFF),
    "request": Sight("/admin/desk/requests/{change}/", STAFF),
    "changing an enrollment": Sight("/admin/desk/enrollments/{unfinished}/change/", STAFF),
    "nominations": Sight("/admin/cohorts/{cohort_row}/nominations/", STAFF),
    "nomination": Sight("/admin/cohorts/{cohort_row}/nominations/{nomination}/", STAFF),
    "problems": Sight("/admin/problems/", STAFF),
    "problem": Sight("/admin/problems/{problem}/", STAFF),
    "accounts to merge": Sight("/admin/desk/merges/", STAFF),
    "merging accounts": Sight("/admin/desk/merges/{merge}/", STAFF),
    "proposing a merge": Sight("/admin/desk/merges/new/{person}/{newcomer}/", STAFF),
    "access log": Sight("/admin/access-log/", STAFF),
    "privilege reviews": Sight("/admin/privilege-reviews/", STAFF),
    "privileges to review": Sight("/admin/privilege-reviews/new/", STAFF),
    "privilege review": Sight("/admin/privilege-reviews/{privileges}/", STAFF),
    "sign-up requests": Sight("/admin/signup-requests/", STAFF),
    "sign-up request": Sight("/admin/signup-requests/{signup_request}/", STAFF),
    "sign-up domains": Sight("/admin/signup-domains/", STAFF),
    "sign-up domain, new": Sight("/admin/signup-domains/new/", STAFF),
    "sign-up domain, ending": Sight("/admin/signup-domains/{domain_row}/end/", STAFF),
    "recoveries": Sight("/admin/recoveries/", STAFF),
    "recovery": Sight("/admin/recoveries/{recovery}/", STAFF),
    "data requests": Sight("/admin/data-requests/", STAFF),
    "data request": Sight("/admin/data-requests/{data_request}/", STAFF),
    "notices": Sight("/admin/privacy-notice/", STAFF),
    "notice, new": Sight("/admin/privacy-notice/new/", STAFF),
    "consents": Sight("/admin/consents/", STAFF),
    "topics": Sight("/admin/topic/", STAFF),
    "topic, new": Sight("/admin/topic/new/", STAFF),
    "accommodations": Sight("/admin/accommodation-requests/", STAFF),
    "accommodation": Sight("/admin/accommodation-requests/{need_waiting}/", STAFF),
    "accommodation, granted": Sight("/admin/accommodation-requests/{need_granted}/", STAFF),
}


# Two landmarks of one name in Wagtail's own frame: the menu's search, and that of the page.
# And the button that counts the filters, in English, by another name than it shows.
WAGTAILS_OWN = {
    "landmark-unique": '<form role="search"',
    "label-content-name-mismatch": "w-slim-header-action-button",
}
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
        *("enrollments", "progress", "attempts", "my cohorts", "applications", "requests"),
        *("problems", "accounts to merge", "access log", "sign-up requests", "sign-up domains"),
        *("recoveries", "data requests"),
    )
} | {"consents": {"landmark-unique", "label-content-name-mismatch"}}


# --- Seeing them ------------------------------------------------------------------------------


def _photograph(page: Page, name: str) -> None:
    """Keep pictures of a page in the folder that SCREENSHOTS names, for people to look at."""
    if not (folder := os.environ.get("SCREENSHOTS")):
        return
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            picture = f"{name.replace(':', '').replace(' ', '-')}-{width}-{theme}.png"
            page.screenshot(path=Path(folder) / picture, full_page=True)


@dataclass
class Seen:
    """What there was to see of a page."""

    status: int
    html: list[str]
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
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            cookie = {"name": "django_language", "value": language, "url": self.address}
            page.context.add_cookies([cookie])  # type: ignore[list-item]
            self.complaints.clear()
            response = self._open(page, name, sight, language)
            assert response is not None
            assert response.status == sight.status
            assert page.locator(sight.has).count() > 0, page.url
            findings = judges.axe_findings(page)
            _photograph(page, name)
            other = "dark" if theme == "light" else "light"
            page.emulate_media(color_scheme=other, reduced_motion="reduce")  # type: ignore[arg-type]
            findings += judges.contrast_findings(page)
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            overflow = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
            self.seen[name] = Seen(
                response.status,
                [response.text(), *self._translated(page, sight, language)],
                findings,
                overflow,
                [*self.complaints],
            )
        return self.seen[name]

    def _translated(self, page: Page, sight: Sight, language: str) -> list[str]:
        """Return the HTML in the other language of a page that an address is enough for."""
        if sight.path == "rendered" or sight.by is not Page.goto:
            return []
        other = "en" if language == "es" else "es"
        cookie = {"name": "django_language", "value": other, "url": self.address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        answer = page.context.request.get(self.path_of(sight, other))
        assert answer.status == sight.status
        return [answer.text()]

    def path_of(self, sight: Sight, language: str) -> str:
        """Return a sight's address on this site."""
        facts = self.facts | {"language": language, "course": self.facts["course"][language]}
        return sight.path.format(**facts)

    def _open(self, page: Page, name: str, sight: Sight, language: str) -> Response | None:
        if sight.path == "rendered":
            html = self.facts["rendered"][language][name]
            page.route(
                "**/rendered/", lambda route: route.fulfill(body=html, content_type="text/html")
            )
            return page.goto("/rendered/")
        return sight.by(page, self.path_of(sight, language))

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
    texts = {
        f"{page[0]} ({number})": html
        for page in PAGES
        for number, html in enumerate(walk.see(*page).html)
    }
    errors = judges.html_errors(texts, tmp_path)
    assert {name: lines for name, lines in errors.items() if lines} == {}


# Addresses that answer with no page of their own: they do something, send a file, or lead on.
NO_PAGE = {
    *("root", "set_language", "picture", "", "operations:health", "operations:live"),
    *("operations:ready", "cms:resume", "cms:lesson_file", "portal:certificate_pdf"),
    *("portal:calendar_address", "portal:calendar_feed", "portal:reminders"),
    *("study:download", "privacy:decide", "privacy:ask_export", "privacy:export"),
    *("account_add_post", "mfa_login_webauthn", "mfa_download_recovery_codes"),
    *("wagtailcore_login", "wagtaildocs_serve"),
}
# Of allauth and Wagtail, and closed here: nobody signs in by code, or by a page's own password.
CLOSED = {
    *("account_confirm_login_code", "account_set_password", "account_reset_password_done"),
    *("wagtailcore_authenticate_with_password", "wagtaildocs_authenticate_with_password"),
}
# Come to by a form, so that the address of the sight is the one before.
ON_THE_WAY = {
    *("mfa_authenticate", "account_reset_password_from_key", "account_recovery"),
    *("styleguide_head", "mfa_reauthenticate_webauthn"),
}


def test_no_page_is_left_out(walk: Walk) -> None:
    paths = [walk.path_of(sight, "es") for sight in SIGHTS.values() if sight.path != "rendered"]
    seen = {resolve(urlsplit(path).path).view_name for path in paths}
    everything = matrix.PUBLIC | matrix.PERSONAL | matrix.OWNED - matrix.POST_ONLY
    assert everything - seen - NO_PAGE - CLOSED - ON_THE_WAY == set()


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
