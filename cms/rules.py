"""How a glossary is ordered, and how glossary and catalogue are searched. Pure."""

import unicodedata
from decimal import Decimal
from enum import StrEnum


class Length(StrEnum):
    """How long a course is, in academic hours."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


SHORT_HOURS, LONG_HOURS = 8, 24


def length_of(hours: Decimal) -> Length:
    """Return how long a course of so many hours is; the limits belong to the shorter one."""
    if hours <= SHORT_HOURS:
        return Length.SHORT
    return Length.MEDIUM if hours <= LONG_HOURS else Length.LONG


_AFTER_N = "n\U0010ffff"  # ñ stands between n and o


def plain(text: str) -> str:
    """Return a text as one types it in haste: without capitals and accents, but with its ñ."""
    kept = text.casefold().replace("ñ", "\0")
    letters = unicodedata.normalize("NFD", kept)
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("\0", "ñ")


def alphabetical(term: str) -> tuple[str, str]:
    """Return what to sort a term by, in the order of the Spanish alphabet."""
    return plain(term).replace("ñ", _AFTER_N), term


def heading_letter(term: str) -> str:
    """Return the letter under which a term stands, '#' for anything but a letter."""
    first = plain(term)[:1].upper()
    return first if first.isalpha() else "#"


def matches(search: str, *texts: str) -> bool:
    """Say whether every word of a search stands in one of the texts."""
    told = plain(" ".join(texts)).replace("ñ", "n")
    return all(word in told for word in plain(search).replace("ñ", "n").split())
