"""Attention in tiles on a head of the run, by all three algorithms with a meter: what they made and what they moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch

from explorer.experiments.systems.traced_head import TracedHead
from explorer.stack.systems.flash_attention import flash_attention_1, flash_attention_2
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.standard_attention import standard_attention
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.tile_traffic import Tiles
from explorer.stack.transformer.attention import Visibility, sdpa

Algorithm = Literal["standard", "fa1", "fa2"]
ALGORITHMS: dict[Algorithm, Callable[..., Partial]] = {
    "standard": standard_attention,
    "fa1": flash_attention_1,
    "fa2": flash_attention_2,
}
Numbers = Literal["float32", "bfloat16"]
DTYPES: dict[Numbers, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}
Ledgers = Mapping[Algorithm, Ledger]


@dataclass(frozen=True, eq=False)
class Asked:
    """A head, and how it is to be cut."""

    head: TracedHead
    mask: TileMask
    rows: int
    columns: int
    numbers: Numbers

    @property
    def dtype(self) -> torch.dtype:
        return DTYPES[self.numbers]

    @property
    def tiles(self) -> Tiles:
        """The formula's tiles for this head."""
        n, d_head, word = self.head.n, self.head.d_head, self.dtype.itemsize
        return Tiles(n, d_head, self.rows, self.columns, self.mask.causal, self.mask.window, word=word)


@dataclass(frozen=True)
class TileErrors:
    """The run against what it must equal."""

    attention: float
    """Largest difference from torch's attention, relative to its largest number where that is above 1."""
    z: float
    """Largest difference from the model's own z, relative to its largest number; NaN where that head is another."""
    bytes: int
    """Counted, against the formula, over all three algorithms."""


@dataclass(frozen=True, eq=False)
class Tiled:
    """What one algorithm made of the head, and what all three did."""

    asked: Asked
    algorithm: Algorithm
    made: Partial
    ledgers: Ledgers
    """Only the algorithm's own keeps what fast memory held."""

    def errors(self) -> TileErrors:
        """What was made in tiles against torch, the model, and the formula."""
        asked, head, mask = self.asked, self.asked.head, self.asked.mask
        q, k, v = (x.to(asked.dtype).float() for x in (head.q, head.k, head.v))
        every = torch.arange(head.n)[None]
        see = Visibility.of(every, every, mask.window, mask.causal)
        exact = sdpa(q, k, v, see, head.scale, cap=mask.cap).z
        return TileErrors(
            float((self.made.out.float() - exact).abs().max() / exact.abs().max().clamp_min(1)),
            head.z_error(self.made) if mask.causal else float("nan"),
            self.miscounted(),
        )

    def miscounted(self) -> int:
        """Bytes that the loops counted, against the formula, over all three algorithms."""
        tiles = self.asked.tiles
        formula = {"standard": tiles.standard, "fa1": tiles.flash_attention_1, "fa2": tiles.flash_attention_2}
        return sum(
            abs(ledger.read_bytes - formula[name].read) + abs(ledger.written_bytes - formula[name].written)
            for name, ledger in self.ledgers.items()
        )


def run(asked: Asked, algorithm: Algorithm) -> Tiled:
    """All three algorithms on the head, each with a meter."""
    head = asked.head
    ledgers: dict[Algorithm, Ledger] = {name: Ledger(keep_rows=name == algorithm) for name in ALGORITHMS}
    q, k, v = (x.to(asked.dtype) for x in (head.q, head.k, head.v))
    made = {
        name: ALGORITHMS[name](q, k, v, asked.mask, head.scale, rows=asked.rows, columns=asked.columns, memory=ledger)
        for name, ledger in ledgers.items()
    }
    return Tiled(asked, algorithm, made[algorithm], ledgers)
