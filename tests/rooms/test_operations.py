"""The queue of files, the health of the site, and a backup that comes back."""

import datetime as dt
import hashlib
import io
import json
import multiprocessing
import os
import socket
import stat
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import ChannelError

from training.celery import app
from training.operations import actions, queries
from training.operations.broker import FILES_URL, PATIENCE, transport_options
from training.operations.models import WorkerBeat
from training.operations.tasks import record_beat

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


# --- The queue of files -----------------------------------------------------------------------


def queue_in(folder: Path) -> Connection:
    return Connection(FILES_URL, transport_options=transport_options(url=FILES_URL, folder=folder))


def publish(folder: Path, writer: int, count: int) -> None:
    with queue_in(folder) as queue:
        sender = queue.SimpleQueue("work")
        for number in range(count):
            sender.put([writer, number, "x" * 20_000])
        sender.close()


def take_all(folder: Path, *, expected: int, patience: float = 20) -> list[tuple[int, int]]:
    taken = []
    with queue_in(folder) as queue:
        receiver = queue.SimpleQueue("work")
        deadline = time.monotonic() + patience
        while len(taken) < expected and time.monotonic() < deadline:
            try:
                message = receiver.get(timeout=0.2)
            except Empty:
                continue
            message.ack()
            writer, number, _ = message.payload
            taken.append((writer, number))
        receiver.close()
    return taken


def test_every_message_of_many_writers_arrives_once(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=publish, args=(tmp_path, n, 60)) for n in range(4)]
    for writer in writers:
        writer.start()
    taken = take_all(tmp_path, expected=240)
    for writer in writers:
        writer.join()
    assert sorted(taken) == [(writer, number) for writer in range(4) for number in range(60)]
    assert list((tmp_path / "messages").iterdir()) == []


def test_messages_leave_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    publish(tmp_path, 0, 20)
    assert take_all(tmp_path, expected=20) == [(0, number) for number in range(20)]


def test_a_half_written_message_is_not_seen(tmp_path: Path, monkeypatch: Any) -> None:
    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    publish(tmp_path, 0, 1)
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ChannelError, match="No space left on device"):
        publish(tmp_path, 1, 1)
    assert len(list((tmp_path / "messages").iterdir())) == 1
    assert take_all(tmp_path, expected=2, patience=1) == [(0, 0)]


def test_a_damaged_message_does_not_hold_up_the_next(tmp_path: Path) -> None:
    publish(tmp_path, 0, 2)
    first = min((tmp_path / "messages").iterdir())
    first.write_bytes(first.read_bytes()[:100])
    assert take_all(tmp_path, expected=1) == [(0, 1)]


def test_the_routing_table_is_whole_at_every_moment(tmp_path: Path) -> None:
    """kombu truncates it before it takes the lock; a worker that starts just then dies."""
    failures: list[Exception] = []

    def declare(number: int) -> None:
        try:
            with queue_in(tmp_path) as queue:
                for round_ in range(15):
                    channel = queue.default_channel
                    channel._queue_bind("celery", f"key-{number}-{round_}", "", "work")
                    channel.get_table("celery")
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=declare, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with queue_in(tmp_path) as queue:
        assert len(queue.default_channel.get_table("celery")) == 90


@pytest.mark.django_db
def test_a_task_goes_through_the_broker(run_queue: Callable[[], list[str]]) -> None:
    record_beat.delay()
    assert not WorkerBeat.objects.exists()
    assert run_queue() == ["training.operations.tasks.record_beat"]
    assert WorkerBeat.objects.exists()


# --- Health -----------------------------------------------------------------------------------


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """Listen, accept, and never reply."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def broker_at() -> Iterator[Callable[[str], None]]:
    """Move the queue to another address for the time of a test."""
    before = {name: app.conf[name] for name in ("broker_url", "broker_transport_options")}

    def move(url: str) -> None:
        options = transport_options(url=url, folder=Path("/nonexistent"))
        app.conf.update(broker_url=url, broker_transport_options=options)
        app.set_current()
        app._pool = None
        app.amqp._producer_pool = None

    yield move
    app.conf.update(before)
    app._pool = None
    app.amqp._producer_pool = None


def test_the_process_tells_that_it_lives_without_a_look_at_anything(client: Client) -> None:
    answer = client.get("/healthz/live/")
    assert (answer.status_code, answer.json()) == (200, {"live": True})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz/", "/healthz/ready/"])
def test_a_site_whose_worker_was_just_heard_of_is_ready(client: Client, path: str) -> None:
    actions.record_beat(at=timezone.now() - dt.timedelta(seconds=10))
    answer = client.get(path)
    assert answer.status_code == 200
    body = answer.json()
    assert 10 <= body.pop("worker_beat_age") < 15
    assert body == {"ready": True, "database": True, "broker": True, "worker": True}


@pytest.mark.django_db
@pytest.mark.parametrize("age", [None, 121])
def test_a_site_whose_worker_is_not_heard_of_is_not_ready(client: Client, age: int | None) -> None:
    if age is not None:
        actions.record_beat(at=timezone.now() - dt.timedelta(seconds=age))
    answer = client.get("/healthz/")
    assert answer.status_code == 503
    assert answer.json()["worker"] is False
    assert answer.json()["database"] is True


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_silent_broker_is_not_waited_for(
    client: Client, silent_broker: str, broker_at: Callable[[str], None], scheme: str
) -> None:
    actions.record_beat(at=timezone.now())
    broker_at(f"{scheme}://{silent_broker}/")
    started = time.monotonic()
    answer = client.get("/healthz/")
    assert time.monotonic() - started < 5  # it would be silent for ever
    assert answer.status_code == 503
    assert answer.json()["broker"] is False
    assert silent_broker not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_silent_broker_holds_a_publisher_for_its_patience_only(
    silent_broker: str, broker_at: Callable[[str], None], scheme: str
) -> None:
    broker_at(f"{scheme}://{silent_broker}/")
    started = time.monotonic()
    with pytest.raises(record_beat.OperationalError):
        record_beat.delay()
    assert time.monotonic() - started < PATIENCE + 0.5


@pytest.mark.django_db
def test_a_dead_broker_is_told_at_once(client: Client, broker_at: Callable[[str], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    broker_at(f"redis://127.0.0.1:{port}/0")
    assert client.get("/healthz/").json()["broker"] is False


@pytest.mark.django_db
def test_health_costs_one_query_at_any_size(django_assert_num_queries: Any) -> None:
    for minutes in range(5):
        actions.record_beat(at=NOW + dt.timedelta(minutes=minutes))
    with django_assert_num_queries(1):
        health = queries.health(now=NOW + dt.timedelta(minutes=5))
    assert health.worker_beat_age == 60
    assert WorkerBeat.objects.count() == 1


# --- Backup and restore -----------------------------------------------------------------------


@pytest.fixture
def site(settings: LazySettings, tmp_path: Path, transactional_db: None) -> Path:
    """A site with a row, a file and keys, in a folder of its own."""
    settings.VAR_DIR = tmp_path / "var"
    settings.MEDIA_ROOT = settings.VAR_DIR / "media"
    put(settings.MEDIA_ROOT / "certificates" / "one.pdf", "%PDF one")
    put(settings.VAR_DIR / "secret-key", "the key")
    put(settings.VAR_DIR / "keys" / "signing.pem", "the signing key")
    actions.record_beat(at=NOW)
    return settings.VAR_DIR


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "running"
    }


def spoil(site: Path) -> None:
    """Change everything that a backup holds."""
    actions.record_beat(at=NOW + dt.timedelta(days=1))
    put(site / "media" / "certificates" / "one.pdf", "overwritten")
    put(site / "media" / "later.pdf", "%PDF later")
    put(site / "secret-key", "another key")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS made_later (id integer)")


def has_later_table() -> bool:
    return "made_later" in connection.introspection.table_names()


def test_a_backup_brings_database_media_and_keys_back(site: Path, tmp_path: Path) -> None:
    before = files_of(site)
    call_command("backup", str(tmp_path / "backup.tar.gz"), stdout=io.StringIO())
    spoil(site)
    call_command("restore", str(tmp_path / "backup.tar.gz"), force=True, stdout=io.StringIO())
    assert WorkerBeat.objects.get().at == NOW
    assert files_of(site) == before
    assert not has_later_table()
    assert stat.S_IMODE((site / "secret-key").stat().st_mode) == 0o600
    # What was restored can be backed up and restored in its turn.
    call_command("backup", str(tmp_path / "second.tar.gz"), stdout=io.StringIO())
    call_command("restore", str(tmp_path / "second.tar.gz"), force=True, stdout=io.StringIO())
    assert WorkerBeat.objects.get().at == NOW


def test_the_triggers_that_forbid_changes_come_back_too(site: Path, tmp_path: Path) -> None:
    def triggers() -> set[str]:
        catalogue = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        }
        with connection.cursor() as cursor:
            cursor.execute(catalogue[connection.vendor])
            return {name for (name,) in cursor.fetchall()}

    before = triggers()
    assert any("audit_event" in name for name in before)
    call_command("backup", str(tmp_path / "backup.tar.gz"), stdout=io.StringIO())
    call_command("restore", str(tmp_path / "backup.tar.gz"), force=True, stdout=io.StringIO())
    assert triggers() == before


def test_a_backup_is_its_owners_alone_and_replaces_nothing(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    call_command("backup", str(target), stdout=io.StringIO())
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    written = target.read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(target))
    assert target.read_bytes() == written
    assert {path.name for path in tmp_path.iterdir()} == {"var", target.name}


def test_a_site_with_data_is_left_alone_unless_forced(site: Path, tmp_path: Path) -> None:
    call_command("backup", str(tmp_path / "backup.tar.gz"), stdout=io.StringIO())
    spoil(site)
    with pytest.raises(CommandError, match="holds data already"):
        call_command("restore", str(tmp_path / "backup.tar.gz"))
    assert (site / "secret-key").read_text() == "another key"
    assert WorkerBeat.objects.get().at != NOW
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE made_later")


def repacked(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write the archive anew with its members changed."""
    with tarfile.open(source) as archive:
        members = {
            member.name: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive
        }
    change(members)
    with tarfile.open(target, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target


def alter_a_file(members: dict[str, bytes]) -> None:
    members["media/certificates/one.pdf"] += b"!"


def alter_the_database(members: dict[str, bytes]) -> None:
    members["database"] = members["database"][:-1] + b"?"


def leave_out_a_file(members: dict[str, bytes]) -> None:
    del members["media/certificates/one.pdf"]


def add_a_file(members: dict[str, bytes]) -> None:
    members["media/extra.html"] = b"<script>"


def climb_out(members: dict[str, bytes]) -> None:
    members["media/../../climbed"] = b"out"


def start_at_the_root(members: dict[str, bytes]) -> None:
    members["/srv/climbed"] = b"out"


def leave_out_the_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


def come_from_the_future(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(manifest | {"format": 2}).encode()


def come_from_another_engine(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(manifest | {"engine": "oracle"}).encode()


def hold_a_database_that_is_none(members: dict[str, bytes]) -> None:
    members["database"] = b"this is no database"
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["database"] = hashlib.sha256(members["database"]).hexdigest()
    members["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (alter_a_file, "is damaged"),
        (alter_the_database, "is damaged"),
        (leave_out_a_file, "is damaged"),
        (add_a_file, "is damaged"),
        (climb_out, "no backup writes"),
        (start_at_the_root, "no backup writes"),
        (leave_out_the_manifest, "no manifest.json"),
        (come_from_the_future, "format 2"),
        (come_from_another_engine, "made on oracle"),
        (hold_a_database_that_is_none, "database|valid archive"),
    ],
)
def test_a_wrong_archive_changes_nothing(
    site: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    call_command("backup", str(tmp_path / "good.tar.gz"), stdout=io.StringIO())
    bad = repacked(tmp_path / "good.tar.gz", tmp_path / "bad.tar.gz", change)
    before = files_of(tmp_path)
    with pytest.raises(CommandError, match=words):
        call_command("restore", str(bad), force=True)
    assert files_of(tmp_path) == before
    assert WorkerBeat.objects.get().at == NOW


def test_a_link_in_an_archive_is_refused(site: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("media/link")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc"
        archive.addfile(link)
    with pytest.raises(CommandError, match="no backup writes"):
        call_command("restore", str(tmp_path / "bad.tar.gz"), force=True)


@pytest.mark.parametrize("keep", [0, 100, 0.5])
def test_a_torn_archive_changes_nothing(site: Path, tmp_path: Path, keep: float) -> None:
    whole = tmp_path / "whole.tar.gz"
    call_command("backup", str(whole), stdout=io.StringIO())
    content = whole.read_bytes()
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(content[: int(keep * len(content)) if keep < 1 else int(keep)])
    before = files_of(site)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", str(torn), force=True)
    assert files_of(site) == before


def test_a_restore_that_fails_halfway_puts_everything_back(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("backup", str(tmp_path / "backup.tar.gz"), stdout=io.StringIO())
    put(site / "secret-key", "another key")
    before = files_of(site)
    rename = Path.rename

    def no_media(path: Path, target: Path) -> Path:
        if target == site / "media" and not (site / "media").exists():
            monkeypatch.undo()
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", no_media)
    with pytest.raises(CommandError, match="No space left"):
        call_command("restore", str(tmp_path / "backup.tar.gz"), force=True)
    assert files_of(site) == before
    assert WorkerBeat.objects.get().at == NOW


# --- Logs -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_log_line_names_the_route_and_never_the_address(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client.get("/verify/A-SECRET-CODE/?name=Quispe", HTTP_X_FORWARDED_FOR="203.0.113.9")
    client.get("/no-such-page-for-Quispe/")
    lines = [str(record.msg) + str(record.args) for record in caplog.records]
    assert any("verify/<" in line for line in lines)
    for word in ("A-SECRET-CODE", "Quispe", "203.0.113.9"):
        assert not [line for line in lines if word in line]
