"""What an answer is worth: pure, exact, the same for ever. Sources: R-26, R-31.

A structure is the frozen part of an item that decides its mark, as `ItemVersion.structure` keeps
it: `options` (each `id` and `is_correct`), or `number` (`value`, `tolerance`, both as text). An
answer is what the learner gave: the identifier of one option, a list of them, a number as it was
typed, or None. Options are known by identifiers that every language shares, so language and
order never reach a mark.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

Structure = Mapping[str, Any]
Answer = str | list[str] | None

NOTHING = Fraction(0)
EVERYTHING = Fraction(1)
_MILLIONTH = Decimal("0.000001")
_SIGNED = re.compile(r"(?P<sign>[+\-\u2212]?)(?P<body>[0-9.,\s'\u2019]+)")
_SPACED = re.compile(r"[\s'\u2019]")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[\s'\u2019][0-9]{3})+(?:[.,][0-9]+)?")


class Kind(StrEnum):
    """How an item is asked and answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    NUMERIC = "numeric"


class NotANumber(ValueError):
    """What was typed cannot be read as a number."""


def mark(*, kind: str, structure: Structure, answer: Answer) -> Fraction:
    """Return the share of an item's points that an answer earns, from 0 to 1."""
    return _MARKERS[Kind(kind)](structure, answer)


def mark_single(structure: Structure, answer: Answer) -> Fraction:
    """Return 1 for the one right option, 0 for any other or none."""
    return EVERYTHING if answer in right_options(structure) else NOTHING


def mark_multiple(structure: Structure, answer: Answer) -> Fraction:
    """Return (right - wrong) / n of the marked options, n options being right; never below 0."""
    chosen = set(answer or ()) if isinstance(answer, list) else set()
    right = right_options(structure)
    known = {option["id"] for option in structure["options"]}
    hits, misses = len(chosen & right), len((chosen & known) - right)
    return max(NOTHING, Fraction(hits - misses, len(right)))


def mark_numeric(structure: Structure, answer: Answer) -> Fraction:
    """Return 1 if a reading of the typed number lies within the tolerance, its ends included."""
    return EVERYTHING if is_near(structure["number"], answer) else NOTHING


def is_near(number: Mapping[str, str], answer: Answer) -> bool:
    """Say whether a typed number is `value`, give or take `tolerance`."""
    if not isinstance(answer, str):
        return False
    value, tolerance = Decimal(number["value"]), Decimal(number.get("tolerance", "0"))
    try:
        return any(abs(reading - value) <= tolerance for reading in read_number(answer))
    except NotANumber:
        return False


_MARKERS: Mapping[Kind, Callable[[Structure, Answer], Fraction]] = {
    Kind.SINGLE: mark_single,
    Kind.MULTIPLE: mark_multiple,
    Kind.TRUE_FALSE: mark_single,
    Kind.NUMERIC: mark_numeric,
}


def right_options(structure: Structure) -> frozenset[str]:
    """Return the identifiers of the right options."""
    return frozenset(option["id"] for option in structure["options"] if option["is_correct"])


def scaled_score(marks: Iterable[tuple[Fraction, Decimal]]) -> Decimal:
    """Return the score of a paper, 0 to 1, from each item's mark and points.

    Added up exactly, then rounded half up to six places; a paper without points scores 0.
    """
    earned = total = Fraction(0)
    for fraction, points in marks:
        earned += fraction * Fraction(points)
        total += Fraction(points)
    return rounded(earned / total) if total else Decimal(0)


def rounded(fraction: Fraction) -> Decimal:
    """Return a fraction as a decimal number of six places, rounded half up."""
    exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)
    return exact.quantize(_MILLIONTH, rounding=ROUND_HALF_UP)


def read_number(typed: str) -> tuple[Decimal, ...]:
    """Return what a typed number may mean; raise NotANumber if nothing.

    Comma and point both serve as decimal sign, the other one, a space or an apostrophe as sign
    of thousands. One that stands alone before three digits ("26.400") can be either: both
    readings are returned, the decimal one first, and the better one counts.
    """
    match = _SIGNED.fullmatch(typed.strip())
    if match is None:
        raise NotANumber(typed)
    sign = "" if match["sign"] in ("", "+") else "-"
    body = match["body"].strip()
    if _GROUPED.fullmatch(body):
        whole, _, decimals = _split_last(_SPACED.sub("", body))
        readings = [(whole, decimals)]
    else:
        readings = _readings(body)
    if not readings:
        raise NotANumber(typed)
    return tuple(Decimal(f"{sign}{whole}.{decimals or '0'}") for whole, decimals in readings)


def _readings(body: str) -> list[tuple[str, str]]:
    """Return the possible (whole, decimals) of digits with commas and points among them."""
    whole, separator, decimals = _split_last(body)
    if not separator:
        return [(whole, "")] if whole.isdigit() else []
    readings = []
    other = "," if separator == "." else "."
    if (whole == "" or whole.isdigit()) and decimals.isdigit():
        readings.append((whole or "0", decimals))
    elif separator not in whole and _is_grouped(whole, other) and decimals.isdigit():
        readings.append((whole.replace(other, ""), decimals))
    if other not in body and _is_grouped(body, separator):
        readings.append((body.replace(separator, ""), ""))
    return readings


def _split_last(text: str) -> tuple[str, str, str]:
    """Split digits at their last comma or point."""
    place = max(text.rfind(","), text.rfind("."))
    return (text, "", "") if place < 0 else (text[:place], text[place], text[place + 1 :])


def _is_grouped(text: str, separator: str) -> bool:
    """Say whether digits stand in groups of three, as thousands do: 1 to 3, then threes."""
    first, *rest = text.split(separator)
    if not rest or first.startswith("0"):
        return False
    return first.isdigit() and len(first) <= 3 and all(g.isdigit() and len(g) == 3 for g in rest)
