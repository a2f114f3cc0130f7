"""Which runs that wait in a line are made together with the one whose turn has come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from explorer.errors import ExplorerError
from explorer.fetching.progress import Progress
from explorer.shell.jobs.order import Stopped

log = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)
S = TypeVar("S")


def group(
    first: K, waiting: Iterable[K], shape_of: Callable[[K], S | None], fits: Callable[[list[S]], bool], most: int
) -> list[K]:
    """The first, and of those that wait the ones that still fit into one batch with all before them, in their order,
    each once, `most` in all. One without a shape, or that cannot be read, stands alone.

    >>> group("one", ["three", "six", "four", "two", "six"], len, lambda found: max(found) < 5, 3)
    ['one', 'six', 'four']
    """

    def shape(key: K) -> S | None:
        try:
            return shape_of(key)
        except ExplorerError:  # it is told so when its turn comes
            return None

    own = shape(first) if most > 1 else None
    if own is None:
        return [first]
    shapes, found = [own], dict.fromkeys([first])
    for key in waiting:
        if len(found) >= most:
            break
        theirs = None if key in found else shape(key)
        if theirs is not None and fits([*shapes, theirs]):
            shapes.append(theirs)
            found[key] = None
    return list(found)


def run_ahead(
    query: str, waiting: Iterable[str], most: int, progress: Progress, done: Callable[[str], None] = lambda _: None
) -> int:
    """Make the run of a query and of those that wait and fit, in one batch; how many. `done` is told of each query as
    soon as its run is at hand. 0 where the run is to be made alone."""
    from explorer import zoo
    from explorer.shell.views.subjects import allow, store
    from explorer.tracing import TraceKey
    from explorer.tracing.capturing.together import fits, shape_of

    waiting = list(waiting)
    if most < 2 or not waiting:
        return 0
    try:
        key = TraceKey.parse(query)
        allow(key.model, key.interventions)
        model = zoo.load(key.model, progress=progress)
    except ExplorerError:  # the run itself tells
        return 0
    read = {each: found for each in waiting if (found := _read(each)) is not None and found.model == key.model}
    new = min(store().limits.new_tokens, max(each.max_new_tokens for each in [key, *read.values()]))
    keys = group(key, read.values(), lambda each: shape_of(model, each), lambda shapes: fits(model, shapes, new), most)
    if len(keys) < 2:
        return 0

    def made(run: TraceKey) -> None:
        for each, found in read.items():
            if found == run:
                done(each)

    try:
        return store().fill(model, keys, progress, made)
    except (Stopped, ExplorerError):
        raise
    except Exception:  # each is made alone then
        log.exception("a batch of %d runs of %s failed", len(keys), key.model)
        return 0


def _read(query: str):
    from explorer.tracing import TraceKey

    try:
        return TraceKey.parse(query)
    except ExplorerError:
        return None
