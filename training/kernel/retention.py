"""Who empties what was kept long enough; each keeper signs up when the application starts."""

from datetime import datetime
from typing import Protocol


class Keeper(Protocol):
    """A room that keeps something only for some years; facts that are written once are not its."""

    what: str  # as the rule of the country pack calls it

    def overdue(self, *, before: datetime) -> int:
        """Return how much is older than a moment and not emptied yet."""

    def empty(self, *, before: datetime, most: int) -> int:
        """Empty at most so much of what is older than a moment; return how much it was."""


_keepers: dict[str, Keeper] = {}


def sign_up(keeper: Keeper) -> None:
    """Make a keeper known; one thing has one keeper."""
    known = _keepers.get(keeper.what)
    if known is not None and type(known) is not type(keeper):
        raise ValueError(f"somebody keeps {keeper.what!r} already")
    _keepers[keeper.what] = keeper


def keepers() -> list[Keeper]:
    """Return whoever signed up, by name."""
    return [_keepers[what] for what in sorted(_keepers)]
