"""States and the arrows between them."""

from collections.abc import Mapping


class IllegalTransition(Exception):
    """A record was asked to follow an arrow that its lifecycle does not have."""

    def __init__(self, source: str, target: str) -> None:
        super().__init__(f"no arrow from {source!r} to {target!r}")
        self.source = source
        self.target = target


class Lifecycle:
    """A picture of legal moves: each state and the states that may follow it."""

    def __init__(self, arrows: Mapping[str, frozenset[str]]) -> None:
        self._arrows = dict(arrows)

    @property
    def states(self) -> frozenset[str]:
        """Every state that is the start or the end of an arrow."""
        return frozenset(self._arrows).union(*self._arrows.values())

    def allows(self, source: str, target: str) -> bool:
        """Say whether an arrow leads from source to target."""
        return target in self._arrows.get(source, frozenset())

    def require(self, source: str, target: str) -> None:
        """Raise IllegalTransition unless an arrow leads from source to target."""
        if not self.allows(source, target):
            raise IllegalTransition(source, target)

    def sources(self, target: str) -> frozenset[str]:
        """Return the states from which target may be reached in one move."""
        return frozenset(state for state, ends in self._arrows.items() if target in ends)
