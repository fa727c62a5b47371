"""What happens at three in the morning: a dead broker, a killed worker, a restarted database."""

import contextlib
import os
import random
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.learner import Learner
from tests.product import Product, copied, demonstration, running, wait_for

pytestmark = pytest.mark.timeout(600)
SUBMIT_WITHIN = 2.0  # seconds, whatever the broker does
SWEPT_WITHIN = 180


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = demonstration(tmp_path_factory)
    return copied(source, tmp_path_factory.mktemp("product") / "var")


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """Listen on a port, accept whoever comes, and never say a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield listener.getsockname()[1]


def finalist(product: Product, email: str) -> Learner:
    """Return a learner who has answered everything and has only the last submit before them."""
    learner = Learner(product.address)
    learner.sign_in(email)
    learner.enroll().read_lessons().pass_quiz()
    learner.go_on().start_quiz().answer_all()
    return learner


def has_file(learner: Learner) -> bool:
    """Say whether the learner's one certificate can be downloaded."""
    addresses = learner.certificates()
    assert len(addresses) <= 1
    return bool(addresses) and learner.open(addresses[0]).response.content.startswith(b"%PDF")


def numbers(product: Product) -> list[int]:
    """Return the sequences of the registry, in order."""
    return [int(line.split("-")[2]) for line in product.manage("certificate", "--list").split()]


@pytest.mark.parametrize("kind", ["dead", "silent"])
def test_a_broken_broker_delays_only_the_file(data: Path, kind: str) -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(black_hole()) if kind == "silent" else servers.free_port()
        broken = stack.enter_context(running(data, BROKER_URL=f"redis://127.0.0.1:{port}/0"))
        learner = finalist(broken, "learner01@demo.example")
        assert learner.hand_in() < SUBMIT_WITHIN
        assert len(learner.certificates()) == 1
        before = numbers(broken)
    assert before == list(range(1, len(before) + 1))
    with running(data) as mended:
        learner = Learner(mended.address)
        learner.sign_in("learner01@demo.example")
        wait_for(lambda: has_file(learner), within=SWEPT_WITHIN)
        assert numbers(mended) == before


def test_a_worker_killed_while_it_draws_loses_nothing(data: Path) -> None:
    with running(data) as product:
        learners = [finalist(product, f"learner{n:02d}@demo.example") for n in (2, 3, 4)]
        dice = random.Random(20261123)
        for learner in learners:
            learner.hand_in()
            time.sleep(dice.uniform(0.0, 0.3))
            for pid in product.pids(of="celery"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for learner in learners:
            wait_for(lambda learner=learner: has_file(learner), within=SWEPT_WITHIN)
        found = numbers(product)
        assert found == list(range(1, len(found) + 1))


def test_a_database_that_restarts_loses_no_answer(data: Path, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(servers.postgresql(tmp_path))
        product = stack.enter_context(running(data, DATABASE_URL=url))
        learner = Learner(product.address)
        learner.sign_in("learner05@demo.example")
        learner.enroll().read_lessons()
        learner.start_quiz().answer()
        second = learner.path
        given = learner.choice(right=True)
        form = learner.page.select_one("form.quiz-sheet")
        assert form is not None

        cluster = tmp_path / "postgresql"
        stop(cluster)
        learner.submit(form, answer=given, go="next")
        assert learner.response.status_code >= 500
        assert "Traceback" not in learner.response.text
        stack.enter_context(started_again(cluster))

        learner.submit(form, answer=given, go="next")
        assert learner.response.status_code == 200
        learner.open(second)
        kept = [
            str(field["value"])
            for field in learner.page.select("input[name=answer]")
            if field.has_attr("checked") or field.get("type") == "text"
        ]
        assert kept == ([given] if isinstance(given, str) else given)
        learner.answer_all().hand_in()
        wait_for(
            lambda: learner.session.get(f"{product.address}/healthz/").status_code == 200,
            within=90,
        )


def stop(cluster: Path) -> None:
    """Stop a PostgreSQL server at once, as a crash of its machine would."""
    pid = int((cluster / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    wait_for(lambda: not (cluster / "postmaster.pid").exists() or not _lives(pid))


def _lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return False


@contextlib.contextmanager
def started_again(cluster: Path) -> Iterator[None]:
    """Start a PostgreSQL server again with the words it was started with."""
    words = shlex.split((cluster / "postmaster.opts").read_text())
    port = int(words[words.index("-p") + 1])
    process = subprocess.Popen(
        words,
        user=cluster.owner() if os.geteuid() == 0 else None,
        cwd=cluster,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=servers.die_with_parent,
    )

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    try:
        wait_for(answers)
        time.sleep(1)  # recovery ends a moment after the port opens
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
