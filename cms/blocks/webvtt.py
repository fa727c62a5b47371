"""Captions as browsers read them: WebVTT, W3C Candidate Recommendation of 4 April 2019."""

import re

LARGEST = 1_000_000  # bytes; the captions of a whole day
_TIME = r"(?:(?P<{0}h>\d{{2,}}):)?(?P<{0}m>[0-5]\d):(?P<{0}s>[0-5]\d)\.(?P<{0}ms>\d{{3}})"
_TIMING = re.compile(
    r"[ \t]*" + _TIME.format("from_") + r"[ \t]+-->[ \t]+" + _TIME.format("to_") + r"(?:[ \t].*)?"
)


class NotWebVTT(Exception):
    """A file cannot be shown as captions; `line` is where it goes wrong, 0 for the file itself."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _milliseconds(timing: re.Match[str], end: str) -> int:
    hours, minutes, seconds, rest = (
        int(timing[f"{end}{part}"] or 0) for part in ["h", "m", "s", "ms"]
    )
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def require_webvtt(content: bytes) -> int:
    """Return how many captions a file holds; raise NotWebVTT unless each has its times and text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise NotWebVTT(0) from reason
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise NotWebVTT(1)
    captions = 0
    for place, line in enumerate(lines[1:], start=2):
        if "-->" not in line:
            continue
        timing = _TIMING.fullmatch(line)
        says = place < len(lines) and lines[place].strip()
        if timing is None or not says:
            raise NotWebVTT(place)
        if _milliseconds(timing, "from_") >= _milliseconds(timing, "to_"):
            raise NotWebVTT(place)
        captions += 1
    if not captions:
        raise NotWebVTT(0)
    return captions
