"""Where the work on models is done: in this process, or in replicas of it (see `replicas`).

The page's own tier takes a visitor's wish and says what is to be done: a function of a module with its arguments, which
is told its progress. Where it is done is the engine's matter. Two wishes with one key are best done in one place: there
the run lies already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

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


class Here:
    """This process, whatever the key. Runs take turns: torch keeps one team of threads for them."""

    places = 1

    def do(self, key: str, work: Work[T], progress: Progress = silent) -> T:  # noqa: ARG002
        return work(progress)

    def at_once(self, key: str, work: Callable[[], T]) -> T:  # noqa: ARG002
        return work()
