"""Results that are made once and kept, the least recently used of each kind dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeVar, cast

from cachetools import Cache, LRUCache

from explorer.tracing import made_again

T = TypeVar("T")
#: Results of one kind that are kept.
SMALL_RESULTS = 128


class Result(NamedTuple):
    """A result, and what of a long run was made again for it."""

    made: object
    heard: dict[made_again.Part, float]


class ResultCache:
    """Results by name. A name is a string, or a tuple that begins with its kind.

    >>> kept = ResultCache()
    >>> kept.cached(("square", 3), lambda: 9, keep=1), kept.cached(("square", 3), lambda: 0, keep=1)
    (9, 9)
    >>> kept.cached(("square", 4), lambda: 16, keep=1), len(kept)
    (16, 1)
    """

    def __init__(self) -> None:
        self._kinds: dict[Hashable, LRUCache[Hashable, Result]] = {}
        # Re-entrant: one result may be made of another.
        self._lock = threading.RLock()

    def cached(self, name: Hashable, make: Callable[[], T], keep: int = SMALL_RESULTS) -> T:
        """The result of this name, made if it is not here; of its kind the `keep` last used stay."""
        kind = name[0] if isinstance(name, tuple) else name
        with self._lock:
            if kind not in self._kinds:
                self._kinds[kind] = LRUCache(keep)
            results = self._kinds[kind]
            if name not in results:
                heard: dict[made_again.Part, float] = {}
                with made_again.listening(heard):
                    results[name] = Result(make(), heard)
            found = results[name]
            made_again.tell(found.heard)
            return cast(T, found.made)

    def results(self) -> list[object]:
        """All that is kept just now. To be counted is not to be used: the order stays as it is."""
        with self._lock:
            return [Cache.__getitem__(kind, name).made for kind in self._kinds.values() for name in kind]

    def clear(self) -> None:
        with self._lock:
            self._kinds.clear()

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._kinds.values()))
