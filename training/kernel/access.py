"""Which pages show or hand out other people's data; rooms sign them up at the start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Owner = Callable[[Mapping[str, Any]], UUID | Sequence[UUID] | None]


@dataclass(frozen=True)
class Watched:
    """A page whose opening is kept in the access log."""

    place: str  # the name of its address
    title: object  # how people call it; turned into words when it is shown
    owner: Owner | None  # finds whose data it shows in the words of the address; None for a list
    is_export: bool


_watched: dict[str, Watched] = {}


def watch(
    place: str, *, title: object, owner: Owner | None = None, is_export: bool = False
) -> None:
    """Have the openings of a page kept."""
    _watched[place] = Watched(place=place, title=title, owner=owner, is_export=is_export)


def watched(place: str) -> Watched | None:
    """Return the page of that name, if its openings are kept."""
    return _watched.get(place)


def all_watched() -> list[Watched]:
    """Return every page whose openings are kept, by name."""
    return [_watched[place] for place in sorted(_watched)]
