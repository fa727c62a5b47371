"""The two commands: what they say when something is in the way, and what they leave behind."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.product import copied, demonstration
from training.operations import bootstrap

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "training.settings"


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would; a wrong word in the way ends it before anything is installed."""
    return subprocess.run(
        [shutil.which("make") or "make", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def the_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that explains a failure, make's own left out."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, done.stderr
    return lines[0]


# --- What is in the way -----------------------------------------------------------------------


def test_a_taken_port_gets_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        sentence = the_sentence(make("run", f"PORT={port}"))
    assert sentence == f"Port {port} is taken by another program; try: make run PORT={port + 1}"


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_gets_a_sentence(port: str) -> None:
    assert f"PORT={port} is not a port" in the_sentence(make("run", f"PORT={port}"))


@pytest.mark.parametrize("python", [None, "#!/bin/sh\nexit 1\n"], ids=["missing", "too old"])
def test_a_python_that_will_not_do_gets_a_sentence(tmp_path: Path, python: str | None) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    if python is not None:
        (tmp_path / "python3").write_text(python)
        (tmp_path / "python3").chmod(0o755)
    sentence = the_sentence(make("run", PATH=str(tmp_path)))
    assert sentence.startswith("Python 3.11, 3.12 or 3.13 is needed")


def test_a_full_disk_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(ROOT)._replace(free=10 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with pytest.raises(bootstrap.Obstacle, match="The disk is full: 10 MB are free"):
        bootstrap.set_up()


def test_a_disk_that_fills_during_the_installation_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pip = tmp_path / "python"
    pip.write_text("#!/bin/sh\necho 'OSError: [Errno 28] No space left on device' >&2; exit 1\n")
    pip.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", pip)
    monkeypatch.setattr(bootstrap, "_succeeds", lambda words: "install" not in words)
    with pytest.raises(bootstrap.Obstacle, match="packages failed: the disk is full"):
        bootstrap.install_python_packages(tmp_path / "requirements.txt")


@pytest.mark.parametrize("uv_works", [True, False])
def test_uv_installs_what_is_locked_and_pip_does_where_uv_cannot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uv_works: bool
) -> None:
    asked: list[list[str]] = []

    def succeeds(words: Sequence[str | Path]) -> bool:
        asked.append([str(word) for word in words])
        return not asked[-1][0].endswith("/uv") or uv_works

    wanted = tmp_path / "requirements.txt"
    wanted.write_text("django==5.2\n")
    (tmp_path / "python").touch()
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(bootstrap, "_succeeds", succeeds)
    monkeypatch.setattr(bootstrap, "_run_quietly", lambda words, failure: asked.append(words))
    bootstrap.install_python_packages(wanted)
    uv_alone = (tmp_path / "uv.txt").read_text()
    assert re.fullmatch(
        r"uv==[0-9.]+ \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+( +#.*\n)*", uv_alone
    )
    installs = [words for words in asked if "install" in words]
    locked = ["--require-hashes", "--only-binary=:all:", "--requirement"]
    assert [words[-4:] for words in installs] == [
        [*locked, str(tmp_path / "uv.txt")],
        *([[*locked, str(wanted)]] * (1 if uv_works else 2)),
    ]
    assert ("pip" in installs[-1] and installs[-1][0].endswith("/uv")) is uv_works


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Stand in for apt-get; tell what it was asked, and whether a service might have started."""
    asked, policy = tmp_path / "asked", tmp_path / "policy-rc.d"
    script = f'#!/bin/sh\necho "$@ $(test -x {policy} && echo stopped)" >> {asked}\n'
    (tmp_path / "apt-get").write_text(script)
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(bootstrap, "POLICY", policy)
    return lambda: asked.read_text() if asked.exists() else ""


def test_root_installs_what_is_missing_and_starts_no_service(
    apt: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bootstrap.install_system_packages(["gettext", "redis-server"])
    assert apt().splitlines() == [
        "-qq update stopped",
        "-qq install -y --no-install-recommends gettext redis-server stopped",
    ]
    assert not bootstrap.POLICY.exists()


def test_who_may_not_install_is_told_the_command(
    apt: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bootstrap, "_succeeds", lambda words: False)
    with pytest.raises(bootstrap.Obstacle) as obstacle:
        bootstrap.install_system_packages(["gettext"])
    command = "sudo apt-get install -y --no-install-recommends gettext"
    assert str(obstacle.value) == f"System packages are missing; please run: {command}"
    assert apt() == ""


def test_nothing_is_installed_twice(apt: Callable[[], str]) -> None:
    bootstrap.install_system_packages([])
    assert apt() == ""


# --- make run ---------------------------------------------------------------------------------


class Site:
    """What `make run` becomes once everything is installed, on data of its own."""

    def __init__(self, var: Path) -> None:
        self.port = servers.free_port()
        own = {"VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": SETTINGS}
        # These two are the command's own to set.
        left = {
            name: os.environ[name] for name in os.environ.keys() - {"BASE_URL", "DEMONSTRATION"}
        }
        self.environment = left | own
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "training.operations.supervisor", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=servers.die_with_parent,
        )

    def await_ready(self) -> list[str]:
        """Return what was printed up to the line that says ready."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("Ready: "):
                return lines
        _, errors = self.process.communicate()
        raise AssertionError(f"The site ended before it was ready: {errors}")

    def get(self, path: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def processes(self) -> dict[int, str]:
        """Return everything that runs on this site's data, with its command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # it ended while we looked, or is not ours to read
                continue
            if f"VAR_DIR={self.environment['VAR_DIR']}\0".encode() in environment and command:
                found[int(folder.name)] = command
        return found

    def workers(self) -> set[int]:
        return {pid for pid, command in self.processes().items() if "celery" in command}

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give one folder of data, filled as the first start does."""
    return copied(demonstration(tmp_path_factory), tmp_path_factory.mktemp("site") / "var")


@pytest.fixture
def site(var: Path) -> Iterator[Site]:
    running = Site(var)
    yield running
    running.process.kill()
    running.process.communicate()
    for pid in running.processes():
        os.kill(pid, signal.SIGKILL)


def until(holds: Callable[[], Any], *, within: float = 60) -> Any:
    """Wait for something that other processes bring about."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.2)
    raise AssertionError(f"It did not come about within {within} s.")


@pytest.mark.timeout(600)
def test_the_site_runs_mends_itself_and_leaves_nothing_behind(site: Site) -> None:
    lines = site.await_ready()
    assert lines[-1] == f"Ready: http://127.0.0.1:{site.port}/"
    assert any("judge@demo.example" in line for line in lines)
    assert site.get("/healthz/live/") == (200, {"live": True})
    until(lambda: site.get("/healthz/")[0] == 200)

    # A second site on the same data is refused.
    second = site.start()
    _, errors = second.communicate(timeout=30)
    assert "running already" in errors
    assert "Traceback" not in errors

    # A dead worker is replaced, and the new one gives signs of life.
    forget = "from training.operations.models import WorkerBeat; WorkerBeat.objects.all().delete()"
    dead = site.workers()
    assert dead
    for pid in dead:
        os.kill(pid, signal.SIGKILL)
    site.manage("shell", "-v0", "-c", forget)
    until(lambda: site.workers() - dead)
    until(lambda: site.get("/healthz/")[0] == 200)

    assert site.end(signal.SIGTERM) == 0
    assert site.processes() == {}

    # The second start finds everything done, and Ctrl-C ends it as well.
    count = "from django.contrib.auth import get_user_model as m; print(m().objects.count())"
    people = site.manage("shell", "-v0", "-c", count)
    site.process = site.start()
    site.await_ready()
    assert site.manage("shell", "-v0", "-c", count) == people
    assert site.end(signal.SIGINT) == 0
    assert site.processes() == {}


@pytest.mark.timeout(600)
def test_nothing_outlives_a_supervisor_that_is_killed(site: Site) -> None:
    site.await_ready()
    site.process.kill()
    site.process.wait(30)  # not for its output, which its children hold until they have ended
    until(lambda: not site.processes())


# --- make test --------------------------------------------------------------------------------


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Give a folder that PostgreSQL's user may enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_throwaway_servers_end_with_who_started_them(
    public_folder: Path, number: signal.Signals
) -> None:
    program = (
        "import time; from tests import servers\n"
        "with servers.postgresql() as database, servers.redis() as queue:\n"
        "    print(database.port, queue.port, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(public_folder)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        ports = [int(word) for word in process.stdout.readline().split()]
        assert [answers(port) for port in ports] == [True, True]
        process.send_signal(number)
    until(lambda: not any(answers(port) for port in ports))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_test_run_leaves_nothing_behind(number: signal.Signals) -> None:
    marker = f"interrupted-{os.getpid()}-{number}"
    process = subprocess.Popen(
        [sys.executable, "tests/run.py", "check"],
        cwd=ROOT,
        env=os.environ | {"TEST_MARKER": marker},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("=== types"):
            break
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "ended before they were done" in errors
    assert "run.py" not in errors, "a traceback of ours; the step's own may stand"
    assert output.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"
    assert marker.encode() not in environments()


def environments() -> bytes:
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            found.append(environ.read_bytes())
        except OSError:
            continue
    return b"".join(found)
