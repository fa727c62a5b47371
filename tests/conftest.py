"""What every test has: no way out of the machine, and the queue at hand."""

import contextlib
import gc
import ipaddress
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from cms.site import ensure_site
from tests.append_only import triggers_asleep
from training.celery import app

# How fast examples are made says more about the machine than about the code.
settings.register_profile(
    "any machine", suppress_health_check=[HealthCheck.too_slow], deadline=None
)
settings.load_profile("any machine")

# Files that mostly wait for a product or a browser: begun first, so that none is left at the end.
SLOWEST_FIRST = (
    *("test_faults.py", "test_commands.py", "test_journey.py", "test_pages.py"),
    *("test_course_without_javascript.py", "test_quiz_saving.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first; the order within a file stays."""
    place = {name: number for number, name in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: place.get(Path(item.path).name, len(place)))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let the collector pass over what stays anyway: that is a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class OutsideConnectionRefused(Exception):
    """A test reached for an address that is not of this machine."""


@pytest.fixture(autouse=True, scope="session")
def _no_way_out() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_inside(getattr(socket.socket, name)))
        yield


def _only_inside(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_inside(address[0]):
            raise OutsideConnectionRefused(address)
        return connect(self, address)

    return guarded


def _is_inside(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Give every test the site with its groups, rights and review, as a first start makes it."""
    with django_db_blocker.unblock():
        ensure_site()


@pytest.fixture(autouse=True, scope="session")
def _tables_can_be_emptied() -> Iterator[None]:
    """Leave the tables after each test that commits as the migrations left them."""
    fill = TransactionTestCase._fixture_setup.__func__
    flush = TransactionTestCase._fixture_teardown

    def remember_and_fill(cls: type[TransactionTestCase]) -> None:
        if not hasattr(connection, "_test_serialized_contents"):
            rows = json.loads(connection.creation.serialize_db_to_string())
            # Wagtail's tasks look their content type up, and make it, while they are restored.
            rows.sort(key=lambda row: row["model"] != "contenttypes.contenttype")
            connection._test_serialized_contents = json.dumps(rows)
        fill(cls)

    def flush_and_restore(self: TransactionTestCase) -> None:
        self.serialized_rollback = True  # nothing but what is restored comes back
        with triggers_asleep():
            flush(self)
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_setup", classmethod(remember_and_fill))
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_and_restore)
        yield


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def run_queue() -> Callable[[], list[str]]:
    """Take every waiting task from the broker, run it here, and return their names."""
    return _run_queue


def _run_queue() -> list[str]:
    names = []
    with app.connection_for_read() as connection:
        waiting = connection.SimpleQueue(app.amqp.queues[app.conf.task_default_queue])
        with contextlib.suppress(Empty):
            while message := waiting.get(block=False):
                args, kwargs, _ = message.payload
                message.ack()
                names.append(message.headers["task"])
                app.tasks[names[-1]](*args, **kwargs)
        waiting.close()
    return names


@pytest.fixture(autouse=True)
def _empty_queue() -> Iterator[None]:
    yield
    with app.connection_for_read() as connection:
        waiting = connection.SimpleQueue(app.amqp.queues[app.conf.task_default_queue])
        waiting.clear()
        waiting.close()
