"""`make test` and `make check`: every step in order, all its output shown, and nothing left behind.

Each step runs even when one before it failed; the last line counts the tests.
"""

import contextlib
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import servers, tools  # noqa: E402
from tests.product import environment_of  # noqa: E402

BIN = Path(sys.executable).parent
PROCESSES = 3  # on two cores, for many tests wait
END_WITHIN = 10
PR_SET_CHILD_SUBREAPER = 36
# Where SQLite and PostgreSQL, files and Redis cannot differ, or a test brings its own.
ONLY_ON_FILES = (
    *("unit", "architecture", "formats", "browser", "benchmarks"),
    *("journeys/test_commands.py", "journeys/test_faults.py", "journeys/test_publishing_doors.py"),
    *("journeys/test_admin_matrix.py", "journeys/test_permission_matrix.py"),
)
# Pages, forms, mails and files: on the stricter database. The browser goes through them on SQLite.
ONLY_ON_SERVERS = (
    *("journeys/test_course_without_javascript.py", "journeys/test_query_counts.py"),
    *(
        f"rooms/test_{name}.py"
        for name in (
            *("accommodations", "accounts_admin", "accounts_invitations", "accounts_languages"),
            *("accounts_merging", "accounts_messages", "accounts_recovery", "accounts_signup"),
            *("assessments_admin", "assessments_items", "assessments_pages", "certificates_admin"),
            *("certificates_files", "certificates_verification", "cms_blocks", "cms_files"),
            *("cms_glossary", "cms_lessons", "cms_publishing", "cms_review", "desk"),
            *("desk_figures", "enrollments_applications", "feedback", "learning_reminders"),
            *("portal", "portal_calendar", "privacy", "privacy_requests", "release_conditions"),
            *("doors", "study", "styleguide"),
        )
    ),
)


class Ended(Exception):
    """Somebody asked the tests to end."""


@dataclass
class Tally:
    """What the steps came to."""

    steps: list[tuple[str, bool, float]] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    )

    @property
    def is_good(self) -> bool:
        return all(passed for _, passed, _ in self.steps)

    def add_report(self, report: Path) -> None:
        """Count the tests of one run of pytest."""
        if report.exists():
            for suite in ElementTree.parse(report).getroot().iter("testsuite"):
                for name in self.counts:
                    self.counts[name] += int(suite.get(name, 0))

    def show(self) -> None:
        """Print the steps, and the tests in the last line."""
        print("\n=== Summary")
        for name, passed, seconds in self.steps:
            print(f"{'passed' if passed else 'FAILED'} {seconds:6.0f} s  {name}")
        failed = self.counts["failures"] + self.counts["errors"]
        passed_tests = self.counts["tests"] - failed - self.counts["skipped"]
        seconds = sum(step[2] for step in self.steps)
        bad_steps = sum(not passed for _, passed, _ in self.steps)
        print(f"{bad_steps} of {len(self.steps)} steps failed, in {seconds:.0f} s")
        print(
            f"{passed_tests} passed, {failed} failed, {self.counts['skipped']} skipped", flush=True
        )


class Runner:
    """Runs steps one after another in groups of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tally = Tally()
        # Settings are read by type checker and migrations check: on a folder that is thrown away.
        self.environment = dict(os.environ) | {"VAR_DIR": str(folder / "var"), "MODE": "embedded"}

    def step(self, name: str, *command: str, extra: Mapping[str, str] | None = None) -> None:
        """Run one command and remember how it ended."""
        with self.beside(name, *command, extra=extra):
            pass

    @contextlib.contextmanager
    def beside(
        self, name: str, *command: str, extra: Mapping[str, str] | None = None
    ) -> Iterator[None]:
        """Run one command while something else is done; wait for it, remember how it ended."""
        print(f"\n=== {name}: {shlex.join(command)}", flush=True)
        started = time.monotonic()
        program = BIN / command[0]
        process = None
        try:
            with servers.forking():
                process = subprocess.Popen(
                    [str(program) if program.exists() else command[0], *command[1:]],
                    cwd=ROOT,
                    env=self.environment | dict(extra or {}),
                    start_new_session=True,
                    preexec_fn=servers.die_with_parent,
                )
            yield
            code = process.wait()
        finally:
            if process:
                _end_group(process)
        self.tally.steps.append((name, code == 0, time.monotonic() - started))

    def pytest(self, name: str, *arguments: str, extra: Mapping[str, str] | None = None) -> None:
        """Run pytest on several processes and count its tests."""
        report = self.folder / f"report-{len(self.tally.steps)}.xml"
        spread = ("-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder")
        options = (*spread, "--durations", "10", f"--junit-xml={report}")
        self.step(name, "pytest", *options, *arguments, extra=extra)
        self.tally.add_report(report)


def main(goal: str, *arguments: str) -> None:
    """Run the steps of `goal`; the exit code says whether all passed."""
    for name in servers.TO_END:
        signal.signal(name, _end)
    # Orphans of tests (browsers, workers) come to this process, which ends them.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    runner = None
    try:
        with tempfile.TemporaryDirectory(prefix="training-test-run-") as folder:
            runner = Runner(Path(folder))
            lint(runner)
            if goal == "test":
                everything(runner, arguments)
            else:
                runner.pytest("unit tests", "tests/unit", "tests/architecture", *arguments)
    except Ended:
        sys.exit("The tests were ended before they were done.")
    finally:
        _ignore_signals()
        _end_orphans()
        if runner:
            runner.tally.show()
    sys.exit(0 if runner.tally.is_good else 1)


def lint(runner: Runner) -> None:
    """Everything that reads the code without running it."""
    runner.step("lint", "ruff", "check", ".")
    runner.step("format", "ruff", "format", "--check", ".")
    runner.step("types", "mypy")
    runner.step("import contracts", "lint-imports")
    runner.step("migrations", sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    runner.step("translations", "dennis-cmd", "lint", "locale")


def everything(runner: Runner, arguments: tuple[str, ...]) -> None:
    """All tests on the embedded default, then on PostgreSQL and Redis where they may differ."""
    tools.prepare()
    runner.environment |= {
        "AXE_PATH": str(tools.axe_script()),
        "VNU_JAR": str(tools.vnu_jar()),
        "VERAPDF": shlex.join(tools.verapdf_command()),
    }
    files, served = runner.folder / "files", runner.folder / "servers"
    template = str(runner.folder / "template.sqlite3")
    start = (sys.executable, "-m", "tests.first_start", str(PROCESSES))
    with servers.postgresql() as database, servers.redis() as redis:
        on_files = environment_of(files, TEST_TEMPLATE=template)
        on_servers = environment_of(served, DATABASE_URL=database.url)
        with runner.beside("first start, embedded", *start, extra=on_files):
            runner.step("first start, PostgreSQL", *start, extra=on_servers)
        if (files / "static").exists():  # else the step before has said why
            shutil.copytree(files / "static", served / "static")
        runner.pytest(
            "tests, embedded",
            "tests",
            "--reuse-db",
            *(f"--ignore=tests/{name}" for name in ONLY_ON_SERVERS),
            *arguments,
            extra={
                "TEST_TEMPLATE": template,
                "STARTED_ON_FILES": str(files),
                "STARTED_ON_SERVERS": str(served),
                "STARTED_DATABASE_URL": database.url,
            },
        )
        runner.pytest(
            "tests, PostgreSQL and Redis",
            "tests",
            "--reuse-db",
            *("-m", "not once"),
            *(f"--ignore=tests/{name}" for name in ONLY_ON_FILES),
            *arguments,
            extra={
                "TEST_DATABASE_URL": database.url,
                "TEST_REDIS_URL": redis.url,
                "STARTED_ON_SERVERS": str(served),
                "STARTED_DATABASE_URL": database.url,
            },
        )


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing of a step's group; one that still runs may clean up first."""
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(END_WITHIN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_orphans() -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while orphans := children.read_text().split():
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(int(pid), 0)


def _end(number: int, frame: object) -> None:
    _ignore_signals()
    raise Ended


def _ignore_signals() -> None:
    for name in servers.TO_END:
        signal.signal(name, signal.SIG_IGN)


if __name__ == "__main__":
    main(*sys.argv[1:])
