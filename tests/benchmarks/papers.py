"""How long a certificate takes to draw, beside a bare drawing of the same page; its memory."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import django

WARM, TIMED = 5, 40


def main(count: int) -> None:
    """Draw `count` certificates and print what was measured as JSON."""
    django.setup()
    from training.certificates.models import Certificate
    from training.certificates.rendering import _labels, _press, paper_content, render_pdf

    certificate = Certificate.objects.earliest("pk")
    press = _press(certificate.design_version)
    steps = dict.fromkeys(("front", "band", "colophon", "back"), 0)
    content = paper_content(certificate, _labels(certificate.design_version))
    content |= {"steps": steps, "part": "all"}

    def bare() -> None:
        press.lay_out(content).write_pdf(pdf_variant="pdf/ua-1")

    def ours() -> None:
        render_pdf(certificate)

    for _ in range(WARM):
        ours()
        bare()
    ours_ms, bare_ms = _alternately(ours, bare)
    after_first = None
    started = time.process_time()
    for number in range(1, count + 1):
        ours()
        if number == count // 10:
            after_first = _resident()
    seconds = time.process_time() - started
    found: dict[str, Any] = {
        "ours_ms": ours_ms,
        "bare_ms": bare_ms,
        "a_minute": 60 * count / seconds,
        "memory_at_a_tenth": after_first,
        "memory_at_the_end": _resident(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(found))


def _alternately(*calls: Callable[[], None]) -> list[float]:
    """Return the median CPU milliseconds of each call, one after the other in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(TIMED):
        for call, times in zip(calls, taken, strict=True):
            started = time.process_time()
            call()
            times.append(1000 * (time.process_time() - started))
    return [median(times) for times in taken]


def _resident() -> float:
    """Return the process's memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


if __name__ == "__main__":
    main(int(sys.argv[1]))
