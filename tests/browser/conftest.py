"""The product as `make run` starts it, and a browser in front of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.product import PASSWORD, Product, copied, demonstration, running

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
READER = "learner05@demo.example"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser's tests together: they share one product."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start the product with its demonstration; stop all of it afterwards."""
    data = demonstration(tmp_path_factory)
    with running(copied(data, tmp_path_factory.mktemp("product") / "var")) as product:
        yield product


@pytest.fixture(scope="session")
def people(product: Product) -> None:
    """Bring in whom the stories of judges and administrators need."""
    shell = f"from tests.browser.people import bring; bring({PASSWORD!r})"
    product.manage("shell", "-v0", "-c", shell)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=15_000)  # on a busy machine
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    )
    yield browser
    browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, product: Product) -> Iterator[Open]:
    """Open a window of one's own; fail afterwards if a page broke its content policy or threw."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(*, javascript: bool = True, viewport: dict[str, int] = DESK, **options: str) -> Page:
        context = browser.new_context(
            base_url=product.address,
            viewport=viewport,
            java_script_enabled=javascript,
            locale=options.pop("locale", "es-PE"),
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def lessons(product: Product) -> list[str]:
    """Return the addresses of the reader's lessons."""
    found = (
        "from training.enrollments.models import Enrollment\n"
        "from training.learning.queries import course_outline\n"
        f"own = Enrollment.objects.with_course().get(learner__email={READER!r})\n"
        "outline = course_outline(enrollment=own, language='es')\n"
        "print(*(a.address for a in outline.activities if not a.is_scored))"
    )
    return product.manage("shell", "-v0", "-c", found).split()


def sign_in(page: Page, address: str, password: str = PASSWORD) -> None:
    """Sign in as somebody, by the form."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(address)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
