"""The product as `make run` starts it, and a browser in front of it."""

import email
import email.policy
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PASSWORD = "Demostracion-2026"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser's tests together: they share one product."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(300))


@dataclass(frozen=True)
class Product:
    """The running product: its address, its data, its mail."""

    address: str
    folder: Path
    environment: dict[str, str]

    def manage(self, *words: str) -> str:
        """Run a command of manage.py on the product's data and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mail_to(self, address: str, *, within: float = 20) -> EmailMessage:
        """Return the newest mail to an address, waiting for the worker to send it."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for file in sorted(
                (self.folder / "mail").glob("*"),
                key=lambda path: path.stat().st_mtime,
                reverse=True,
            ):
                for text in reversed(file.read_text().split("-" * 79)):
                    message = email.message_from_string(text.strip(), policy=email.policy.default)
                    if address in str(message["To"]):
                        assert isinstance(message, EmailMessage)
                        return message
            time.sleep(0.2)
        raise AssertionError("the mail did not come")

    def link_in_mail_to(self, address: str, *, containing: str) -> str:
        """Return the first address in the newest mail that contains a text."""
        body = self.mail_to(address).get_body(("plain",))
        assert body is not None
        links: list[str] = re.findall(r"https?://\S+", body.get_content())
        return next(link for link in links if containing in link)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start the product with its demonstration in an empty folder; stop all of it afterwards."""
    folder = tmp_path_factory.mktemp("product")
    port = free_port()
    own = ("TEST_", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "BROKER_URL", "CACHE_URL")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(own)} | {
        "VAR_DIR": str(folder),
        "MODE": "embedded",
        "DEMONSTRATION": "true",
        "DEBUG": "false",
        "SECRET_KEY": "",
        "ALLOWED_HOSTS": "",
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from training.operations import supervisor; supervisor.main({port})",
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Ready: "):
            break
    else:
        raise AssertionError((folder / "log").read_text()[-4000:])
    yield Product(f"http://127.0.0.1:{port}", folder, environment)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(20)
    log.close()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
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


def sign_in(page: Page, address: str, password: str = PASSWORD) -> None:
    """Sign in as somebody, by the form."""
    page.goto("/accounts/login/")
    page.get_by_label("Correo electrónico").fill(address)
    page.get_by_label("Contraseña", exact=False).first.fill(password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login" not in url)
