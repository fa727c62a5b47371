"""Ask a site for pages, two at a time, and measure what it cost: time, CPU, queries, bytes."""

import http.client
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from tests.benchmarks.counting import HEADER

TICK = 1000 / os.sysconf("SC_CLK_TCK")
AT_ONCE = 2
TOKEN = "b" * 32  # a CSRF token: cookie and field are the same


@dataclass(frozen=True)
class Call:
    """One request: a GET, or a POST of a form."""

    path: str
    session: str = ""
    form: dict[str, str] | None = None


@dataclass
class Row:
    """What some requests of one kind cost."""

    name: str
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0
    web_cpu: float = 0
    data_cpu: float = 0
    queries: int = 0
    size: int = 0

    @property
    def count(self) -> int:
        """Return the number of requests."""
        return len(self.milliseconds)

    @property
    def p50(self) -> float:
        """Return the median time in milliseconds."""
        return median(self.milliseconds)

    @property
    def p95(self) -> float:
        """Return the time in milliseconds that 95 of 100 requests stay under."""
        return quantiles(self.milliseconds, n=20)[-1]

    @property
    def rate(self) -> float:
        """Return the requests a second."""
        return self.count / self.seconds

    @property
    def cpu(self) -> float:
        """Return the CPU milliseconds a request of the web server's processes."""
        return self.web_cpu / self.count

    @property
    def all_cpu(self) -> float:
        """Return the CPU milliseconds a request of web server, database and cache."""
        return (self.web_cpu + self.data_cpu) / self.count


class Site:
    """A running site: where it listens, and which processes serve it and keep its data."""

    def __init__(self, port: int, web: int, data: list[int]) -> None:
        self.port = port
        self.web = web
        self.data = data
        self.addresses = map(IPv4Address, count(int(IPv4Address("10.0.0.1"))))

    def ask(self, call: Call) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Make one request and return status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Cookie": f"sessionid={call.session}; csrftoken={TOKEN}; django_language=es",
            "X-Forwarded-For": str(next(self.addresses)),  # from one, too many would be refused
        }
        body = None
        if call.form is not None:
            body = urlencode({"csrfmiddlewaretoken": TOKEN, **call.form})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("GET" if body is None else "POST", call.path, body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def measure(self, row: Row, calls: Sequence[Call], *, expected: int) -> None:
        """Make a round of requests, a few at a time, and add what they cost to the row."""
        todo = iter(calls)
        lock = threading.Lock()
        failures: list[str] = []

        def work() -> None:
            while True:
                with lock:
                    call = next(todo, None)
                if call is None:
                    return
                started = time.perf_counter()
                status, headers, body = self.ask(call)
                taken = 1000 * (time.perf_counter() - started)
                with lock:
                    row.milliseconds.append(taken)
                    row.queries, row.size = int(headers.get(HEADER, 0)), len(body)
                    if status != expected:
                        failures.append(f"{row.name}: {status} of {call.path}: {body[:300]!r}")

        web, data = cpu_of(self.web), sum(map(cpu_of, self.data))
        started = time.perf_counter()
        threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        row.seconds += time.perf_counter() - started
        row.web_cpu += cpu_of(self.web) - web
        row.data_cpu += sum(map(cpu_of, self.data)) - data
        if failures:
            raise SystemExit(f"{len(failures)} requests failed; the first: {failures[0]}")

    def peak_memory(self) -> float:
        """Return the most memory that one web process ever had, in MB."""
        return max(_status(pid, "VmHWM") for pid in family(self.web))


def family(pid: int) -> list[int]:
    """Return a process and its children, all the way down."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [found for child in children for found in family(int(child))]


def cpu_of(pid: int) -> float:
    """Return the CPU milliseconds of a process and its children, those that ended included."""
    total = 0
    for number, member in enumerate(family(pid)):
        stat = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, stat[11:13] if number else stat[11:15]))
    return total * TICK


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0


OK = HTTPStatus.OK
FOUND = HTTPStatus.FOUND
