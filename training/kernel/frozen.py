"""What is frozen never changes: a process may keep what it has read of it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Frozen(Generic[K, V]):
    """Keeps so many frozen things, those used last; whoever reads them must not change them.

    A key names one frozen row for ever, such as its UUID: never a number that a transaction taken
    back would leave to another row.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, keys: Iterable[K], read: Callable[[list[K]], Mapping[K, V]]) -> dict[K, V]:
        """Return the things by key, reading in one call what is not kept; what is nowhere lacks."""
        wanted = list(dict.fromkeys(keys))
        with self._lock:
            found = {key: self._kept[key] for key in wanted if key in self._kept}
        missing = [key for key in wanted if key not in found]
        if missing:
            found |= read(missing)
        with self._lock:
            for key in wanted:
                if key in found:
                    self._kept[key] = found[key]
                    self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found
