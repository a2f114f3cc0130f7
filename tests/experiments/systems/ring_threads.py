"""A ring whose ranks are threads of the test: what breaks the mechanism reaches them, and they start at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.experiments.systems.ring_processes import Answer, RingProcesses, orders
from explorer.experiments.systems.ring_rank import carry_out
from explorer.stack.systems.ring_channel import in_threads
from explorer.stack.systems.sequence_layout import SequenceLayout


class RingThreads(RingProcesses):
    """Stands in for its base, and starts nothing."""

    def __init__(self, ranks: int, alive: Callable[[], None] = lambda: None) -> None:
        self.ranks, self.alive = ranks, alive

    def __enter__(self) -> RingThreads:
        self.alive()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def attend(self, layout: SequenceLayout, *given: Any) -> list[Answer]:  # pyright: ignore[reportIncompatibleMethodOverride]
        told = orders(layout, *given)
        return [Answer.of(said) for said in in_threads(layout.ranks, lambda ring: carry_out(ring, told[ring.rank]))]
