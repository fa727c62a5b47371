"""Throwaway servers on free loopback ports, that end with the process that started them."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server in `folder`; give the URL of its database `training`."""
    bin_folder = max(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2])
    )
    data = folder / "postgresql"
    data.mkdir()
    user = _unprivileged_user(data)
    port = free_port()
    initdb = [bin_folder / "initdb", "--pgdata", data, "--username", "training", "--auth", "trust"]
    _run_as(user, [*initdb, "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"], data)
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": data,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    server = [bin_folder / "postgres", "-D", data, "-p", str(port), *settings]
    with _serving(server, port, user=user, end_with=signal.SIGINT, log=folder / "postgresql.log"):
        createdb = [bin_folder / "createdb", "-h", "127.0.0.1", "-p", str(port)]
        _run_as(user, [*createdb, "-U", "training", "training"], data)
        yield f"postgresql://training@127.0.0.1:{port}/training"


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis server that keeps nothing; give its URL without a database number."""
    port = free_port()
    options = {"bind": "127.0.0.1", "save": "", "appendonly": "no", "databases": "64"}
    settings = [word for name, value in options.items() for word in (f"--{name}", value)]
    server = ["redis-server", "--port", str(port), "--dir", folder, *settings]
    with _serving(server, port, end_with=signal.SIGTERM, log=folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}"


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def die_with_parent() -> None:
    """Ask the kernel to end this process with its parent; for `preexec_fn`."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


@contextlib.contextmanager
def _serving(
    command: list[str | Path],
    port: int,
    *,
    end_with: signal.Signals,
    log: Path,
    user: str | None = None,
) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
            user=user,
            cwd=log.parent,
        )
        try:
            _await_port(process, port, log)
            yield
        finally:
            process.send_signal(end_with)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} does not answer: {log.read_text()[-2000:]}")


def _unprivileged_user(data: Path) -> str | None:
    """Return whom to run PostgreSQL as, for it refuses root; and give them the folder."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(data, user)
    data.parent.chmod(data.parent.stat().st_mode | 0o011)
    return user


def _run_as(user: str | None, command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(
        command, user=user, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")
