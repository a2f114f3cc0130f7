"""Results that are made once and kept, the least recently used of each kind dropped."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from explorer.tracing import made_again

T = TypeVar("T")
#: Results of one kind that are kept.
SMALL_RESULTS = 128


class Kept:
    """Results by name. A name is a string, or a tuple that begins with its kind.

    >>> kept = Kept()
    >>> kept.once(("square", 3), lambda: 9), kept.once(("square", 3), lambda: 0)
    (9, 9)
    >>> kept.once(("square", 4), lambda: 16, keep=1), len(kept)
    (16, 1)
    """

    def __init__(self) -> None:
        #: Each with what of a long run was made again for it.
        self._results: OrderedDict[Hashable, tuple[Any, dict[made_again.Part, float]]] = OrderedDict()
        # Re-entrant: one result may be made of another.
        self._lock = threading.RLock()

    def once(self, name: Hashable, make: Callable[[], T], keep: int = SMALL_RESULTS) -> T:
        """The result of this name, made if it is not here; of its kind the `keep` last used stay."""
        with self._lock:
            if name not in self._results:
                heard: dict[made_again.Part, float] = {}
                with made_again.listening(heard):
                    made = make()
                self._results[name] = made, heard
                kind = [other for other in self._results if _kind(other) == _kind(name)]
                for other in kind[:-keep]:
                    del self._results[other]
            self._results.move_to_end(name)
            result, heard = self._results[name]
            made_again.tell(heard)
            return result

    def results(self) -> list[Any]:
        """All that is kept just now."""
        with self._lock:
            return [result for result, _ in self._results.values()]

    def clear(self) -> None:
        with self._lock:
            self._results.clear()

    def __len__(self) -> int:
        return len(self._results)


def _kind(name: Hashable) -> Hashable:
    return name[0] if isinstance(name, tuple) else name
