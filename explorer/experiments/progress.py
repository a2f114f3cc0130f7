"""How an experiment tells how far it is: `progress(done, total)`, which raises where nobody waits any more."""

from __future__ import annotations

from collections.abc import Callable

Ticks = Callable[[int, int], None]


def unheard(done: int, total: int) -> None:
    """Nobody listens."""
