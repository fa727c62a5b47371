"""The product as `make run` starts it: web server, worker, demonstration, a folder of its own."""

import contextlib
import email
import email.policy
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import pytest

from tests.servers import die_with_parent, free_port

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "Demostracion-2026"
READY_WITHIN = 240
_NEWCOMERS = """
from django.utils import timezone
from training.accounts.actions import create_person
from training.privacy.actions import record_shown
from training.privacy.models import NoticeShown
from training.privacy.queries import current_version
for address in {addresses!r}:
    name = "Inés " + address.partition("@")[0]
    names, now = dict(display_name=name, certificate_name=name), timezone.now()
    person = create_person(email=address, password={word!r}, at=now, **names)
    words = dict(language="es", occasion=NoticeShown.Occasion.SIGN_UP, at=now)
    record_shown(person=person, version=current_version(), **words)
"""
T = TypeVar("T")


def wait_for(what: Callable[[], T], *, within: float = 30) -> T:
    """Return the first true answer of a function, asked again and again."""
    deadline = time.monotonic() + within
    while True:
        answer = what()
        if answer or time.monotonic() > deadline:
            assert answer, f"{what} stayed {answer!r} for {within} s"
            return answer
        time.sleep(0.1)


@dataclass
class Product:
    """The running product: its address, its data, its mail."""

    address: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None

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

    def newcomers(self, *addresses: str) -> None:
        """Make learners who have done nothing yet, with the demonstration's password."""
        self.manage("shell", "-v0", "-c", _NEWCOMERS.format(addresses=addresses, word=PASSWORD))

    def mail_to(self, address: str, *, about: str = "", within: float = 90) -> EmailMessage:
        """Return the newest mail to an address, if need be of a subject, once a worker sent it."""
        return wait_for(lambda: self._newest_mail(address, about), within=within)

    def _newest_mail(self, address: str, about: str) -> EmailMessage | None:
        files = sorted((self.folder / "mail").glob("*"), key=lambda path: path.stat().st_mtime)
        for file in reversed(files):
            for text in reversed(file.read_text().split("-" * 79)):
                letter = text.strip().encode()
                message = email.message_from_bytes(letter, policy=email.policy.default)
                if address in str(message["To"]) and about in str(message["Subject"]):
                    assert isinstance(message, EmailMessage)
                    return message
        return None

    def words_of_mail_to(self, address: str, *, about: str = "") -> str:
        """Return the plain text of the newest mail, white space folded."""
        body = self.mail_to(address, about=about).get_body(("plain",))
        assert body is not None
        return " ".join(body.get_content().split())

    def link_in_mail_to(self, address: str, *, containing: str, about: str = "") -> str:
        """Return the first address in the newest mail that contains a text."""
        words = self.words_of_mail_to(address, about=about)
        links: list[str] = re.findall(r"https?://\S+", words)
        return next(link for link in links if containing in link)

    def pids(self, *, of: str) -> list[int]:
        """Return the process identifiers below the supervisor whose command contains a text."""
        assert self.process is not None
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
        family = {str(self.process.pid)}
        for _ in range(4):
            family |= {pid for pid, parent, _ in rows if parent in family}
        return [int(pid) for pid, _, words in rows if pid in family and of in words]


def environment_of(folder: Path, **changes: str) -> dict[str, str]:
    """Return the environment of a product whose data stand in a folder."""
    own = ("TEST_", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
        "VAR_DIR": str(folder),
        "MODE": "embedded",
        "DEMONSTRATION": "true",
        "DEBUG": "false",
        "SECRET_KEY": "",
        "ALLOWED_HOSTS": "",
        "BASE_URL": "http://127.0.0.1:8000",
        "DATABASE_URL": "",
        "BROKER_URL": "",
        "CACHE_URL": "",
        **changes,
    }


@contextlib.contextmanager
def running(folder: Path, **changes: str) -> Iterator[Product]:
    """Start the product on a folder's data; stop all of it afterwards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = environment_of(folder, BASE_URL=address, **changes)
    log = folder / "log"
    with log.open("a") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"from training.operations import supervisor; supervisor.main({port})",
            ],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        watchdog = threading.Timer(READY_WITHIN, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            ready = any(line.startswith("Ready: ") for line in process.stdout)
            watchdog.cancel()
            assert ready, log.read_text()[-4000:]
            yield Product(address, folder, environment, process)
        finally:
            watchdog.cancel()
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def demonstration(factory: pytest.TempPathFactory) -> Path:
    """Return a folder that a first start has filled; without one of all tests, make it once."""
    if made := os.environ.get("STARTED_ON_FILES"):
        return Path(made)
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            Product("", folder, environment_of(folder)).manage("prepare", "--demonstration")
            (folder / "made").touch()
    return folder


def copied(source: Path, target: Path) -> Path:
    """Return a copy of a product's data in a folder that did not exist."""
    shutil.copytree(source, target)
    return target
