"""What holds for a person, what waits, and a person's own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from training.accommodations.models import Accommodation
from training.accounts.models import User


@dataclass(frozen=True)
class Granted:
    """What to apply; nothing tells why."""

    extra_time_percent: int  # 0 to 100, on top of the time that everybody has
    extra_attempts: int
    until: date | None  # the last day on which it holds; None: until it is withdrawn


@dataclass(frozen=True)
class OwnPage:
    """What a learner sees of their own."""

    holds: Accommodation | None
    requests: Sequence[Accommodation]

    @property
    def waits(self) -> bool:
        """Say whether a request waits for a decision."""
        return any(one.is_waiting for one in self.requests)

    @property
    def keeps_something(self) -> bool:
        """Say whether there is a consent to withdraw."""
        return any(not one.is_withdrawn for one in self.requests)


def accommodation_of(person: User, on: date) -> Granted | None:
    """Return what holds for a person on a day, in one query; None when nothing does.

    It is the same for each account of a person. The latest grant replaces those before it.
    """
    latest = _latest(person, on)
    if latest is None:
        return None
    return Granted(
        extra_time_percent=latest.extra_time_percent,
        extra_attempts=latest.extra_attempts,
        until=latest.until,
    )


def own_page(person: User, on: date) -> OwnPage:
    """Return what a person stated and was answered, the newest first."""
    own = Accommodation.objects.of(person).order_by("-consented_at", "-pk")
    return OwnPage(holds=_latest(person, on), requests=list(own))


def waiting_for(decider: User) -> int:
    """Return how many requests wait that this person may decide: not one's own."""
    own = Accommodation.objects.of(decider).values("pk")
    return Accommodation.objects.waiting().exclude(pk__in=own).count()


def _latest(person: User, on: date) -> Accommodation | None:
    found: Accommodation | None = (
        Accommodation.objects.of(person.current_id).granted_on_or_before(on).first()
    )
    return None if found is None or (found.until and found.until < on) else found
