"""Whose turn it is: what waits in a line is taken in turns between visitors, of each in the order in which it came.

One visitor who asks for forty things keeps another waiting for one of them.

>>> line = Turns[str]()
>>> for visitor, item in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2")]:
...     line.add(item, visitor)
>>> list(line), line.place("b1")
(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'], 2)
>>> line.held("a"), line.take(), line.take(), line.held("a")
(3, 'a1', 'b1', 2)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Turns(Generic[T]):
    """Items that wait, each for one visitor or for several. No lock of its own."""

    def __init__(self) -> None:
        #: of each visitor what waits; the visitors in the order of their turns
        self._of: dict[str, dict[T, None]] = {}
        self._for: dict[T, set[str]] = {}

    def __len__(self) -> int:
        return len(self._for)

    def __contains__(self, item: T) -> bool:
        return item in self._for

    def __iter__(self) -> Iterator[T]:
        """In the order in which they will be taken, if nothing else comes."""
        left, found = {visitor: list(items) for visitor, items in self._of.items()}, dict[T, None]()
        while left:
            for visitor, items in list(left.items()):
                while items and items[0] in found:  # it was another's turn as well
                    del items[0]
                if items:
                    found[items.pop(0)] = None
                if not items:
                    del left[visitor]
        return iter(found)

    def add(self, item: T, visitor: str) -> None:
        """It waits for this visitor too: behind what is theirs already, in a turn behind those who wait."""
        self._of.setdefault(visitor, {})[item] = None
        self._for.setdefault(item, set()).add(visitor)

    def take(self) -> T:
        """The next; its visitor's turn comes again after all others'. Raises StopIteration where nothing waits."""
        visitor = next(iter(self._of))
        items = self._of.pop(visitor)
        item = next(iter(items))
        self._of[visitor] = items
        self.remove(item)
        return item

    def remove(self, item: T) -> None:
        """Nobody waits for it any more."""
        for visitor in list(self._for.get(item, ())):
            self.drop(item, visitor)

    def drop(self, item: T, visitor: str) -> None:
        """This visitor does not wait for it any more."""
        theirs, waiting = self._of.get(visitor, {}), self._for.get(item, set())
        theirs.pop(item, None)
        waiting.discard(visitor)
        if not theirs:
            self._of.pop(visitor, None)
        if not waiting:
            self._for.pop(item, None)

    def held(self, visitor: str) -> int:
        """How many of the items wait for this visitor."""
        return len(self._of.get(visitor, ()))

    def visitors(self, item: T) -> frozenset[str]:
        """Who waits for it."""
        return frozenset(self._for.get(item, ()))

    def place(self, item: T) -> int:
        """Which one it is from now on, counted from 1; 0 for what does not wait."""
        return next((place for place, each in enumerate(self, 1) if each == item), 0)
