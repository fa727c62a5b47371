"""Celery's broker when no server is installed: a folder of messages.

kombu writes its files in place. A reader that meets a half-written one loses the message, and a
half-written routing table ends the worker; so here every file appears whole, by a rename.
"""

import contextlib
import fcntl
import logging
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem, virtual
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """kombu's channel over files, with whole files only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.messages = Path(self.data_folder_in)
        self.messages.mkdir(parents=True, exist_ok=True)
        self.control_folder.mkdir(parents=True, exist_ok=True)

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        name = f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(self.messages / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for waiting in self._waiting(queue):
            claimed = waiting.with_name(f".{waiting.name}.claimed")
            try:
                waiting.rename(claimed)
            except FileNotFoundError:  # another worker was faster
                continue
            content = claimed.read_bytes()
            claimed.unlink()
            try:
                return loads(content.decode())
            except ValueError:
                logger.error("A message of the queue %s was damaged on disk; it is dropped.", queue)
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _waiting(self, queue: str) -> list[Path]:
        return sorted(
            path
            for path in self.messages.iterdir()
            if path.name.partition(".")[2] == f"{queue}.msg"
        )

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._tables_locked():
            bindings = self.get_table(exchange)
            if binding not in bindings:
                _write_whole(self._exchange_file(exchange), [binding, *bindings])

    def _delete(self, queue: str, exchange: str, *args: Any, **kwargs: Any) -> None:
        with self._tables_locked():
            super()._delete(queue, exchange, *args, **kwargs)

    @contextlib.contextmanager
    def _tables_locked(self) -> Iterator[None]:
        with (self.control_folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """kombu's transport over files, with our channel."""

    Channel = Channel

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # kombu's is one for the process, which mixes up two folders and outlives a removed one.
        self.state = virtual.BrokerState()


def _write_whole(path: Path, content: Any) -> None:
    unfinished = path.with_name(f".{uuid.uuid4()}.unfinished")
    try:
        with unfinished.open("xb") as file:
            file.write(dumps(content).encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as problem:
        unfinished.unlink(missing_ok=True)
        raise ChannelError(f"Cannot write to the queue: {problem.strerror}") from problem
