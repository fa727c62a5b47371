"""Who provides activities: lessons, quizzes, and whatever reports to the record later.

A provider signs up when the application starts, with the few answers that the record needs.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class ActivityReference:
    """Name one frozen activity: its provider, the provider's key for it, and the version."""

    provider: str
    key: str
    version: int


LONGEST_WORDS = 200  # of what a part is called


@dataclass(frozen=True)
class Part:
    """A place within an activity as a learner sees it; name "" is the activity as a whole.

    The name is also the fragment at which the provider's page shows the place. `key` and `version`
    name what was frozen, `words` what it is called, `language` the language that it is read in.
    """

    name: str
    key: str
    version: int
    words: str
    language: str


class ActivityProvider(Protocol):
    """What a provider of activities answers to the record."""

    name: str
    icon: str  # a name in static/icons/sprite.svg
    is_scored: bool  # reports a mark; otherwise only that it was done

    def address(self, *, enrollment: UUID, activity: ActivityReference) -> str:
        """Return the path at which this learner takes the activity."""

    def digest(self, *, activity: ActivityReference) -> str:
        """Return the digest of the frozen version; LookupError if there is none such."""

    def part(
        self, *, enrollment: UUID, activity: ActivityReference, name: str, language: str
    ) -> Part:
        """Return a place that this learner has been shown; LookupError if there is none such."""


class UnknownProvider(LookupError):
    """No provider of that name has signed up."""


_providers: dict[str, ActivityProvider] = {}


def sign_up(provider: ActivityProvider) -> None:
    """Make a provider known; the same name may sign up only once."""
    known = _providers.get(provider.name)
    if known is not None and type(known) is not type(provider):
        raise ValueError(f"another provider is already called {provider.name!r}")
    _providers[provider.name] = provider


def provider_named(name: str) -> ActivityProvider:
    """Return the provider of that name; raise UnknownProvider if nobody signed up with it."""
    try:
        return _providers[name]
    except KeyError:
        raise UnknownProvider(name) from None


def provider_names() -> frozenset[str]:
    """Return the names of all providers that signed up."""
    return frozenset(_providers)
