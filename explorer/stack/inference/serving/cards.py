"""Cards and machines that models are served on, as a sum takes them: memory, bandwidth, and arithmetic in 16 bits.

Their numbers are those of `stack.systems.accelerators`: memory is what the driver reports.

>>> round(CARDS["rtx4090"].memory / 1e9, 1)
25.8
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.stack.systems.accelerator import Accelerator
from explorer.stack.systems.accelerators import ACCELERATORS


@dataclass(frozen=True)
class Card:
    """One card, or one machine whose memory the processor shares."""

    name: str
    title: str
    memory: float
    """Bytes that a program can have."""
    bandwidth: float
    """Bytes a second."""
    flops: float | None
    """Dense operations a second in 16 bits; None where the maker states none."""

    @classmethod
    def of(cls, known: Accelerator) -> Card:
        flops = None if known.bf16 is None else float(known.bf16.value)
        return cls(known.key, known.name, float(known.memory.value), float(known.bandwidth.value), flops)


CARDS: Mapping[str, Card] = {key: Card.of(each) for key, each in ACCELERATORS.items()}
