"""How notes are searched: pure."""

import unicodedata
from collections.abc import Iterable

LONGEST_NOTE = 20_000


def folded(text: str) -> str:
    """Return a text without accents and capitals, as people type what they search."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def is_found(wanted: str, texts: Iterable[str]) -> bool:
    """Say whether every word that is wanted stands in one of the texts or another."""
    everything = folded(" ".join(texts))
    return all(word in everything for word in folded(wanted).split())


def tidy_note(typed: str) -> str:
    """Return a note with one kind of line end and no space around it."""
    return typed.replace("\r\n", "\n").replace("\r", "\n").strip()
