"""Which runs that wait in a line are made together with the one whose turn has come."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from explorer.errors import ExplorerError
from explorer.fetching.progress import Progress

K = TypeVar("K", bound=Hashable)


def alike(first: K, waiting: Iterable[K], shape_of: Callable[[K], Hashable | None], most: int) -> list[K]:
    """The first, and of those that wait the ones of its shape, in their order, each once, `most` in all. One without a
    shape, or that cannot be read, stands alone.

    >>> alike("one", ["three", "six", "four", "two", "six"], len, 3)
    ['one', 'six', 'two']
    """

    def shape(key: K) -> Hashable | None:
        try:
            return shape_of(key)
        except ExplorerError:  # it is told so when its turn comes
            return None

    wanted = shape(first) if most > 1 else None
    found = dict.fromkeys([first])
    for key in waiting:
        if wanted is None or len(found) >= most:
            break
        if key not in found and shape(key) == wanted:
            found[key] = None
    return list(found)


def run_ahead(query: str, waiting: Iterable[str], most: int, progress: Progress) -> int:
    """Make the run of a query and of those that wait and are alike, in one batch: they are at hand then. How many."""
    from explorer import zoo
    from explorer.shell.subjects import allow, store
    from explorer.tracing import TraceKey
    from explorer.tracing.together import shape_of

    waiting = list(waiting)
    if most < 2 or not waiting:
        return 0
    try:
        key = TraceKey.parse(query)
        allow(key.model)
        model = zoo.load(key.model, progress=progress)
    except ExplorerError:  # the run itself tells
        return 0
    others = [other for other in map(_read, waiting) if other is not None and other.model == key.model]
    group = alike(key, others, lambda each: shape_of(model, each), most)
    return store().fill(model, group, progress) if len(group) > 1 else 0


def _read(query: str):
    from explorer.tracing import TraceKey

    try:
        return TraceKey.parse(query)
    except ExplorerError:
        return None
