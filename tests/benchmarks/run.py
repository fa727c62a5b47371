"""`make bench`: what each page costs beside two floors, and whether it grows with the data.

PostgreSQL, Redis, gunicorn with two workers and the product itself, all thrown away afterwards. It
exits with 1 when a page falls short of its goal.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402
from tests.benchmarks.load import FOUND, OK, Call, Row, Site  # noqa: E402

BIN = Path(sys.executable).parent
SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "1000,100000").split(","))
ROUNDS, REQUESTS, WARM_UP = 4, 60, 20
WRITERS = ROUNDS * REQUESTS + 2 * WARM_UP
PAPERS = int(os.environ.get("BENCH_PAPERS", "1000"))
FLOOR = "bare Wagtail page"
RATIOS = {  # requests a second beside the floor's, at the least
    "lesson page": 0.8,
    "course page": 0.6,
    "save an answer": 1.2,
    "my record": 0.7,
    "verification page": 1.5,
}
LESSON_CPU, LESSON_QUERIES = 14, 6
MOST_GROWTH, MOST_ABOVE_BARE, MOST_MEMORY_GROWTH = 1.2, 1.3, 1.05


@dataclass
class Verdict:
    """Collects what fell short."""

    failures: list[str]

    def require(self, holds: bool, sentence: str) -> None:
        """Print how a goal ended, and remember it if it was missed."""
        print(f"{'ok   ' if holds else 'SHORT'} {sentence}", flush=True)
        if not holds:
            self.failures.append(sentence)


def main() -> None:
    """Measure everything and say what it came to."""
    verdict = Verdict([])
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="training-bench-")))
        database, redis = (
            stack.enter_context(servers.postgresql()),
            stack.enter_context(servers.redis()),
        )
        port = servers.free_port()
        environment = os.environ | {
            "MODE": "embedded",
            "VAR_DIR": str(folder / "var"),
            "DEMONSTRATION": "true",
            "BASE_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": database.url,
            "BROKER_URL": f"{redis.url}/0",
            "CACHE_URL": f"{redis.url}/1",
            "TRUSTED_PROXIES": "1",
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
        }
        print("Preparing the demonstration on PostgreSQL", flush=True)
        _python(environment, "manage.py", "prepare", "--demonstration")
        _draw_the_papers(environment)
        tables = []
        for size in SIZES:
            print(f"\nFilling up to {size} enrollments", flush=True)
            place = _fill(environment, size)
            pids = [server.process.pid for server in (database, redis) if server.process]
            with _web(environment, port) as web:
                site = Site(port, web, pids)
                tables.append(_measure(site, place))
                _show(size, tables[-1], site.peak_memory())
        _judge_pages(verdict, tables)
        _judge_papers(verdict, environment)
    if verdict.failures:
        sys.exit(f"{len(verdict.failures)} goals were missed.")


def _measure(site: Site, place: dict[str, Any]) -> dict[str, Row]:
    """Ask for every page in turns, so that what else the machine does falls on all alike."""
    reader, registrar = place["reader"], place["registrar"]
    pages = {
        "trivial view": Call("/benchmark/trivial/"),
        FLOOR: Call(place["bare"]),
        "course page": Call("/es/trata-de-personas-fundamentos/", reader),
        "lesson page": Call(place["lesson"], reader),
        "my courses": Call("/my/", reader),
        "my record": Call("/my/record/", reader),
        "verification page": Call(f"/verify/{place['code']}/"),
        "certificate again": Call(place["file"], place["holder"]),
        "registrar's list": Call("/admin/certificates/", registrar),
    }
    rows = {name: Row(name) for name in pages}
    rows |= {name: Row(name) for name in ("save an answer", "submit")}
    unsubmitted = iter(place["writers"])
    savers = [_Saver(writer) for writer in place["writers"][-WARM_UP:]]
    for round_ in range(ROUNDS + 1):  # the first only warms up
        many = REQUESTS if round_ else WARM_UP
        for name, call in pages.items():
            site.measure(rows[name] if round_ else Row(name), [call] * many, expected=OK)
        saves = [saver.next() for saver in islice(cycle(savers), many)]
        site.measure(rows["save an answer"] if round_ else Row("save"), saves, expected=OK)
        submits = [Call(w["submit"], w["session"], {}) for w in islice(unsubmitted, many)]
        site.measure(rows["submit"] if round_ else Row("submit"), submits, expected=FOUND)
    return rows


class _Saver:
    """Somebody who changes an answer again and again, each time on what is stored."""

    def __init__(self, writer: dict[str, str]) -> None:
        self.writer = writer
        self.revisions = count()
        self.options = cycle(writer["options"].split(","))

    def next(self) -> Call:
        """Return the next save."""
        return Call(
            self.writer["save"],
            self.writer["session"],
            {"answer": next(self.options), "revision": str(next(self.revisions))},
        )


def _show(size: int, rows: dict[str, Row], memory: float) -> None:
    floor, trivial = rows[FLOOR], rows["trivial view"]
    print(f"\nAt {size} enrollments (web processes up to {memory:.0f} MB)")
    print(
        f"{'':20}{'p50 ms':>8}{'p95 ms':>8}{'req/s':>8}{'CPU ms':>8}{'data ms':>8}"
        f"{'queries':>8}{'bytes':>9}{'of bare':>9}{'of trivial':>11}"
    )
    for row in rows.values():
        print(
            f"{row.name:20}{row.p50:8.1f}{row.p95:8.1f}{row.rate:8.0f}{row.cpu:8.1f}"
            f"{row.all_cpu - row.cpu:8.1f}{row.queries:8}{row.size:9}"
            f"{row.rate / floor.rate:9.2f}{row.rate / trivial.rate:11.2f}",
            flush=True,
        )


def _judge_pages(verdict: Verdict, tables: list[dict[str, Row]]) -> None:
    print("\nGoals")
    small, large = tables[0], tables[-1]
    for name, least in RATIOS.items():
        ratio = large[name].rate / large[FLOOR].rate
        verdict.require(ratio >= least, f"{name}: {ratio:.2f} of a bare page, goal {least}")
    lesson = large["lesson page"]
    verdict.require(
        lesson.cpu <= LESSON_CPU, f"lesson page: {lesson.cpu:.1f} ms of CPU, goal {LESSON_CPU}"
    )
    verdict.require(
        lesson.queries <= LESSON_QUERIES,
        f"lesson page: {lesson.queries} queries, goal {LESSON_QUERIES}",
    )
    for name, row in large.items():
        growth = (row.all_cpu / large[FLOOR].all_cpu) / (small[name].all_cpu / small[FLOOR].all_cpu)
        verdict.require(
            growth <= MOST_GROWTH or name in ("trivial view",),
            f"{name}: {growth:.2f} times dearer with more enrollments, goal {MOST_GROWTH}",
        )


def _judge_papers(verdict: Verdict, environment: dict[str, str]) -> None:
    print(f"\nDrawing {PAPERS} certificates", flush=True)
    found = json.loads(_python(environment, "-m", "tests.benchmarks.papers", str(PAPERS)))
    ratio = found["ours_ms"] / found["bare_ms"]
    grown = found["memory_at_the_end"] / found["memory_at_a_tenth"]
    print(
        f"a certificate {found['ours_ms']:.0f} ms of CPU, bare {found['bare_ms']:.0f} ms;"
        f" {found['a_minute']:.0f} a minute and worker; {found['memory_at_the_end']:.0f} MB,"
        f" at most {found['peak']:.0f} MB"
    )
    verdict.require(
        ratio <= MOST_ABOVE_BARE,
        f"a certificate: {ratio:.2f} times a bare render, goal {MOST_ABOVE_BARE}",
    )
    verdict.require(
        grown <= MOST_MEMORY_GROWTH,
        f"memory: {grown:.2f} times after {PAPERS} what it was after {PAPERS // 10},"
        f" goal {MOST_MEMORY_GROWTH}",
    )


def _fill(environment: dict[str, str], size: int) -> dict[str, Any]:
    line = (
        "import json; from tests.benchmarks.filling import fill;"
        f" print(json.dumps(fill(enrollments={size}, writers={WRITERS})))"
    )
    printed = _python(environment, "manage.py", "shell", "-v0", "-c", line)
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def _draw_the_papers(environment: dict[str, str]) -> None:
    """Give each certificate its file, as a worker does."""
    line = (
        "from training.certificates.documents import attach_pdf;"
        "from training.certificates.models import Certificate;"
        "[attach_pdf(certificate_id=pk) for pk in Certificate.objects.values_list('pk', flat=True)]"
    )
    _python(environment, "manage.py", "shell", "-v0", "-c", line)


@contextlib.contextmanager
def _web(environment: dict[str, str], port: int) -> Iterator[int]:
    """Serve the site with two workers; give the process that leads them."""
    process = subprocess.Popen(
        [
            *(BIN / "gunicorn", "training.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "2", "--preload", "--log-level", "warning", "--no-control-socket"),
        ],
        cwd=ROOT,
        env=environment,
        preexec_fn=servers.die_with_parent,
    )
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            if time.monotonic() > deadline or process.poll() is not None:
                sys.exit("The web server does not answer.")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz/live/")
        return connection.getresponse().status == OK
    except OSError:
        return False
    finally:
        connection.close()


def _python(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(words[:3])} failed (exit code {done.returncode}).")
    return done.stdout


if __name__ == "__main__":
    main()
