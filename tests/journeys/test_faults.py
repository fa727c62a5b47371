"""What happens at three in the morning: a dead broker, a killed worker, a restarted database."""

import contextlib
import os
import random
import shutil
import signal
import socket
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
    """Return a newcomer who has answered everything and has only the last submit before them."""
    product.newcomers(email)
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


def test_a_broken_broker_delays_only_the_file_and_a_killed_worker_loses_none(data: Path) -> None:
    with running(data, BROKER_URL=f"redis://127.0.0.1:{servers.free_port()}/0") as dead:
        hand_in_in_time(dead, "uno@demo.example")
    with black_hole() as port, running(data, BROKER_URL=f"redis://127.0.0.1:{port}/0") as silent:
        hand_in_in_time(silent, "dos@demo.example")
        before = numbers(silent)
    assert before == list(range(1, len(before) + 1))
    with running(data) as product:
        for email in ("uno@demo.example", "dos@demo.example"):
            learner = Learner(product.address)
            learner.sign_in(email)
            wait_for(lambda learner=learner: has_file(learner), within=SWEPT_WITHIN)
        assert numbers(product) == before
        kill_the_worker_while_it_draws(product)


def hand_in_in_time(product: Product, email: str) -> None:
    learner = finalist(product, email)
    assert learner.hand_in() < SUBMIT_WITHIN
    assert len(learner.certificates()) == 1


def kill_the_worker_while_it_draws(product: Product) -> None:
    """Kill it once a certificate, at a moment that differs: each gets its file all the same."""
    learners = [finalist(product, f"{name}@demo.example") for name in ("tres", "cuatro", "seis")]
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


def test_a_database_that_restarts_loses_no_answer(data: Path) -> None:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(servers.postgresql())
        if started := os.environ.get("STARTED_DATABASE_URL"):
            servers.copy_database(started, database.url)
            shutil.rmtree(data)
            copied(Path(os.environ["STARTED_ON_SERVERS"]), data)
        product = stack.enter_context(running(data, DATABASE_URL=database.url))
        product.newcomers("cinco@demo.example")
        learner = Learner(product.address)
        learner.sign_in("cinco@demo.example")
        learner.enroll().read_lessons()
        learner.start_quiz().answer()
        second = learner.path
        given = learner.choice(right=True)
        form = learner.page.select_one("form.quiz-sheet")
        assert form is not None

        database.end_with = signal.SIGQUIT  # at once, as a crash of its machine would
        database.stop()
        learner.submit(form, answer=given, go="next")
        assert learner.response.status_code >= 500
        assert "Traceback" not in learner.response.text
        database.start()
        wait_for(lambda: product.manage("check", "--database", "default"))

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
