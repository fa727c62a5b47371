"""`make run`: prepares the data, keeps web server and worker alive, and ends them together."""

import contextlib
import ctypes
import fcntl
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
BIN: Final = Path(sys.executable).parent
READY_WITHIN: Final = 60
END_WITHIN: Final = 10
LONGEST_PAUSE: Final = 30
STEADY_AFTER: Final = 60
PR_SET_PDEATHSIG: Final = 1
_libc = ctypes.CDLL(None)


class Ended(Exception):
    """Somebody asked the site to end."""


class _Asked:
    """What the signals said; they raise nothing, for Python drops that while a child is made."""

    to_end = False


class Service:
    """One child process, started again when it dies, after a pause that grows with each death."""

    def __init__(self, name: str, *command: str, **environment: str) -> None:
        self.name = name
        self.command = command
        self.environment = os.environ | environment
        self.deaths = 0
        self.start()

    def start(self) -> None:
        """Start the process, in a group of its own that dies with this one."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdout=sys.stderr,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.start_again_at: float | None = None

    def keep_alive(self) -> None:
        """Start the process again if it is dead and its pause is over."""
        now = time.monotonic()
        if self.start_again_at is None and self.process.poll() is not None:
            self.end_group()
            self.deaths = 0 if now - self.started > STEADY_AFTER else self.deaths + 1
            pause = min(2**self.deaths, LONGEST_PAUSE)
            self.start_again_at = now + pause
            _tell(f"The {self.name} ended ({self.process.returncode}); again in {pause} s.")
        elif self.start_again_at is not None and now >= self.start_again_at:
            self.start()

    def end_group(self) -> None:
        """Leave nothing of the process's group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def main(port: int) -> None:
    """Run the site on `port` until a signal ends it."""
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, _end)
    os.umask(0o077)
    address = f"http://127.0.0.1:{port}/"
    own = {"DEMONSTRATION": "true", "BASE_URL": address.rstrip("/")}
    os.environ |= {name: os.environ.get(name) or value for name, value in own.items()}
    services: list[Service] = []
    with _alone(), contextlib.suppress(Ended):
        try:
            _prepare()
            services += [_web(port), _worker()]
            _await_answer(services[0], port)
            print(f"Ready: {address}", flush=True)
            while not _Asked.to_end:
                for service in services:
                    service.keep_alive()
                time.sleep(0.5)
        finally:
            _end_all(services)


def _prepare() -> None:
    command = (sys.executable, "manage.py", "prepare", "--demonstration")
    process = subprocess.Popen(command, preexec_fn=_die_with_parent)
    while process.poll() is None:
        if _Asked.to_end:
            process.terminate()
            process.wait()
            raise Ended
        time.sleep(0.1)
    if process.returncode:
        sys.exit(process.returncode)


def _web(port: int) -> Service:
    return Service(
        "web server",
        str(BIN / "gunicorn"),
        "training.wsgi",
        *("--bind", f"127.0.0.1:{port}", "--workers", "2", "--preload", "--log-level", "warning"),
        *("--worker-tmp-dir", str(_var()), "--no-control-socket"),
    )


def _worker() -> Service:
    return Service(
        "worker",
        str(BIN / "celery"),
        *("--quiet", "--app", "training", "worker", "--beat", "--schedule", str(_var() / "beat")),
        *("--concurrency", "1", "--loglevel", "warning"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        # Its reason is pickled messages, which nobody here accepts.
        PYTHONWARNINGS="ignore:You're running the worker with superuser",
    )


def _await_answer(web: Service, port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if _Asked.to_end:
            raise Ended
        if web.process.poll() is not None:
            sys.exit(f"The web server could not start (exit code {web.process.returncode}).")
        if _answers(port):
            return
        time.sleep(0.1)
    sys.exit(f"The web server did not answer within {READY_WITHIN} s.")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz/live/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _end_all(services: list[Service]) -> None:
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    for service in services:
        service.process.terminate()
    deadline = time.monotonic() + END_WITHIN
    for service in services:
        with contextlib.suppress(subprocess.TimeoutExpired):
            service.process.wait(max(0.1, deadline - time.monotonic()))
        service.end_group()
        service.process.wait()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Refuse a second site on the same data."""
    with (_var() / "running").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"The site is running already on the data in {_var()}; end it first.")
        yield


def _var() -> Path:
    folder = Path(os.environ.get("VAR_DIR") or ROOT / "var")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(number: int, frame: object) -> None:
    _Asked.to_end = True


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
