"""Where the work on models is done: in this process, or in replicas of it (see `replicas`).

The page's own tier takes a visitor's wish and says what is to be done: a function of a module with its arguments, which
is told its progress. Where it is done is the engine's matter. Two wishes with one key are best done in one place: there
the run lies already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, runtime_checkable

from explorer.errors import ExplorerError
from explorer.fetching.progress import Progress, silent

T = TypeVar("T")
Work = Callable[[Progress], T]


@runtime_checkable
class Engine(Protocol):
    """What does work on models."""

    @property
    def places(self) -> int:
        """How many pieces of work it does at one time."""
        ...

    def do(self, key: str, work: Work[T], progress: Progress = silent) -> T:
        """What `work` returns. It must be picklable: a function of a module, with `functools.partial` its arguments.

        `progress` is called in this process, and what it raises stops the work at its next step. Whatever `work` raises
        is raised here.
        """
        ...

    def at_once(self, key: str, work: Callable[[], T]) -> T:
        """The same for what takes some tens of milliseconds: it waits for no other work."""
        ...

    def has(self, query: str) -> bool:
        """Whether a run lies here, so that what reads it waits for no other."""
        ...

    def ahead(self, query: str, waiting: Sequence[str], progress: Progress, done: Callable[[str], None]) -> None:
        """Make the run of a query in one batch with some of those that wait; `done` is told of each that is at hand."""
        ...


class Here:
    """This process, whatever the key. Runs take turns: torch keeps one team of threads for them."""

    places = 1

    def __init__(self, together: int = 1) -> None:
        """So many runs are made in one batch, where so many wait."""
        self.together = together

    def do(self, key: str, work: Work[T], progress: Progress = silent) -> T:  # noqa: ARG002
        return work(progress)

    def at_once(self, key: str, work: Callable[[], T]) -> T:  # noqa: ARG002
        return work()

    def has(self, query: str) -> bool:
        from explorer.shell.views.subjects import at_hand

        try:
            return at_hand("run", query) is not None
        except ExplorerError:  # it is told so when its turn comes
            return False

    def ahead(self, query: str, waiting: Sequence[str], progress: Progress, done: Callable[[str], None]) -> None:
        from explorer.shell.jobs.together import run_ahead

        run_ahead(query, waiting, self.together, progress, done)
