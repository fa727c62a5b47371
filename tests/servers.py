"""Throwaway servers on free loopback ports, that end with the process that started them."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ANSWERS_WITHIN = 30
TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@dataclass
class Server:
    """A server that a test may stop and start again on the same data and port."""

    url: str
    command: list[str | Path]
    port: int
    end_with: signal.Signals
    log: Path
    user: str | None = None
    probe: list[str | Path] = field(default_factory=list)  # ends well once it serves
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as output, forking():
            self.process = subprocess.Popen(
                self.command,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
                user=self.user,
                cwd=self.log.parent,
            )
        deadline = time.monotonic() + ANSWERS_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.command[0]} does not answer: {self.log.read_text()[-2000:]}")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return not self.probe or not subprocess.run(self.probe, capture_output=True).returncode

    def stop(self) -> None:
        """End it as its own manual says, or by force."""
        if self.process is None:
            return
        self.process.send_signal(self.end_with)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def _postgresql_programs() -> Path:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return max(folders, key=lambda path: int(path.parts[-2]))


def copy_database(address: str, to: str) -> None:
    """Copy what a PostgreSQL database holds into an empty one, on any server."""
    programs = _postgresql_programs()
    dumped = subprocess.run(
        [programs / "pg_dump", "--no-owner", f"--dbname={address}"], capture_output=True, check=True
    )
    restore = [programs / "psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={to}"]
    subprocess.run(restore, input=dumped.stdout, stdout=subprocess.DEVNULL, check=True)


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """Run a PostgreSQL server with an empty database `training`."""
    programs = _postgresql_programs()
    with _folder() as folder:
        user = _who_may_serve(folder)
        port = free_port()
        data = folder / "data"
        initdb = [programs / "initdb", "--pgdata", data, "--username", "training", "--no-sync"]
        _run_as(user, [*initdb, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"])
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "off",
            "full_page_writes": "off",
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [programs / "postgres", "-D", data, "-p", str(port), *settings]
        url = f"postgresql://training@127.0.0.1:{port}/training"
        connect = ["-h", "127.0.0.1", "-p", str(port), "-U", "training"]
        probe = [programs / "pg_isready", *connect]
        server = Server(url, command, port, signal.SIGINT, folder / "log", user, probe)
        with _serving(server):
            _run_as(user, [programs / "createdb", *connect, "training"])
            yield server


@contextlib.contextmanager
def redis() -> Iterator[Server]:
    """Run a Redis server that keeps nothing; its URL names no database number."""
    with _folder() as folder:
        port = free_port()
        options = {"bind": "127.0.0.1", "save": "", "appendonly": "no", "databases": "64"}
        settings = [word for name, value in options.items() for word in (f"--{name}", value)]
        command = ["redis-server", "--port", str(port), "--dir", folder, *settings]
        url = f"redis://127.0.0.1:{port}"
        with _serving(Server(url, command, port, signal.SIGTERM, folder / "log")) as server:
            yield server


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def forking() -> Iterator[None]:
    """Keep signals waiting while a child is made: Python drops what their handlers raise then."""
    signal.pthread_sigmask(signal.SIG_BLOCK, TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_END)


def die_with_parent() -> None:
    """Ask the kernel to end this process with its parent; for `preexec_fn`."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_END)
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


@contextlib.contextmanager
def _serving(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    # Not pytest's own, whose parents let nobody through but the one who runs the tests.
    with tempfile.TemporaryDirectory(prefix="training-server-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _who_may_serve(folder: Path) -> str | None:
    """Return whom to run PostgreSQL as, for it refuses root; and give them the folder."""
    if os.geteuid() != 0:
        return None
    user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
    shutil.chown(folder, user)
    return user


def _run_as(user: str | None, command: list[str | Path]) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")
