"""Rows for a spreadsheet as CSV. A cell that somebody wrote may not act as a formula. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(cell: str) -> str:
    """Return a cell that a spreadsheet shows as text, whatever it begins with."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as CSV that spreadsheets open with its accents."""
    made = io.StringIO(newline="")
    csv.writer(made).writerows([inert(cell) for cell in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")
