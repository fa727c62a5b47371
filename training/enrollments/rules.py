"""Who fits into a cohort whose places are limited and partly kept: pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class GroupKind(StrEnum):
    """By what places are kept."""

    INSTITUTION = "institution"
    DISTRICT = "district"


@dataclass(frozen=True)
class Group:
    """People for whom places are kept: those of an institution, or of a judicial district."""

    kind: GroupKind
    key: int


def fits(
    *,
    capacity: int,
    taken: int,
    present: Mapping[Group, int],
    quotas: Mapping[Group, int],
    newcomer: frozenset[Group],
) -> bool:
    """Say whether a newcomer may take a place.

    `quotas` says how many places are kept for a group, `present` how many of it are in. Somebody
    may be of an institution and of a district, so what is kept by one kind and by the other may be
    the same place: after the newcomer, the places left must be enough for each kind by itself.
    Whoever fills a kept place fits as long as there is a place at all.
    """
    left = capacity - taken - 1
    if left < 0:
        return False
    kept: Counter[GroupKind] = Counter()
    filled: set[GroupKind] = set()
    for group, places in quotas.items():
        missing = max(0, places - present.get(group, 0))
        if missing and group in newcomer:
            missing -= 1
            filled.add(group.kind)
        kept[group.kind] += missing
    return all(places <= left or kind in filled for kind, places in kept.items())


def most_kept(quotas: Mapping[Group, int]) -> int:
    """Return how many places the quotas need at least."""
    kept: Counter[GroupKind] = Counter()
    for group, places in quotas.items():
        kept[group.kind] += places
    return max(kept.values(), default=0)
