"""Who keeps something about people: each room says its part when somebody asks for their data.

A contributor signs up when the application starts, as providers of activities do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True)
class Section:
    """One kind of thing that is kept about a person.

    `columns` gives each key of a row what people call it; rows hold plain values.
    """

    key: str
    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


class Contributor(Protocol):
    """A room that keeps something about people."""

    room: str
    place: int  # where its sections stand in the file, the lowest first

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return all that the room keeps about a person, titles in the language that is active."""


_contributors: dict[str, Contributor] = {}


def sign_up(contributor: Contributor) -> None:
    """Make a contributor known; the same room may sign up only once."""
    known = _contributors.get(contributor.room)
    if known is not None and type(known) is not type(contributor):
        raise ValueError(f"another contributor speaks already for {contributor.room!r}")
    _contributors[contributor.room] = contributor


def contributors() -> list[Contributor]:
    """Return whoever signed up, in the order of the file."""
    return sorted(_contributors.values(), key=lambda one: (one.place, one.room))
