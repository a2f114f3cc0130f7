"""What lies before the first change: read once, and shared by all patched runs of a text.

A position reads itself and what lies before it, so that where two texts agree up to a position, nothing that one of
them puts into the other's run changes what stands there. Of the positions before the change later ones need their keys
and values alone. With n positions, f of them before the change, a run takes (n - f) / n of the work::

    40 tokens of which the 27 first agree: 13/40, a third

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> from explorer.stack.frontier.carried import carry, recorded
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> run = recorded(decoder, torch.tensor([1, 2, 3, 4]))
>>> with torch.no_grad():
...     rest = carry(decoder, run.resid[0, None, 3:], SharedPrefix.of(decoder, run, 3).at(rows=1))
>>> bool((rest[0] - run.last[3:]).abs().max() < 1e-5)
True
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.frontier.carried import Recorded, carry
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache, Held


def first_change(decoder: Decoder, one: Recorded, other: Recorded) -> int:
    """The first position at which two runs of as many tokens can differ."""
    differ = (one.ids != other.ids).nonzero()
    return int(differ[0]) if decoder.config.causal and len(differ) else 0


@dataclass(frozen=True, eq=False)
class SharedPrefix:
    """Keys and values of a run's first positions, beside which any number of rows are carried. A `KVCache` that keeps
    nothing of these rows."""

    run: Recorded
    first: int
    held: ContiguousCache
    wants_pattern: bool = False

    @classmethod
    @torch.no_grad()
    def of(cls, decoder: Decoder, run: Recorded, first: int) -> SharedPrefix:
        if not decoder.config.causal:
            raise ValueError("in a model that looks ahead every position reads the change")
        held = ContiguousCache(decoder.config, 1, first, run.resid.dtype, run.resid.device)
        at = _part(run.at, slice(first), 1)
        at.cache = held
        carry(decoder, run.resid[0, None, :first], at)
        return cls(run, first, held)

    def at(self, rows: int) -> Pass:
        """What a block is told that carries so many rows of the other positions."""
        made = _part(self.run.at, slice(self.first, None), rows)
        made.cache = self
        return made

    @property
    def seen(self) -> int:
        return self.held.seen

    @property
    def nbytes(self) -> int:
        return self.held.nbytes

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        rows = len(k)
        before = (each[layer].expand(rows, -1, -1, -1) for each in (self.held.k, self.held.v))
        k, v = (torch.cat(both, 2) for both in zip(before, (k, v), strict=True))
        return Held(k, v, torch.cat([self.held.positions.expand(rows, -1), positions], 1))

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        pass

    def truncate(self, length: int) -> None:
        raise NotImplementedError

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        raise NotImplementedError


def _part(at: Pass, which: slice, rows: int) -> Pass:
    """Of some positions alone."""

    def of_rows(turn: Float[Tensor, "one all d_head"]) -> Float[Tensor, "row pos d_head"]:
        return turn[:, which].expand(rows, -1, -1)

    turns = {rope: (of_rows(cos), of_rows(sin)) for rope, (cos, sin) in at.rotations.items()}
    return Pass(at.positions[:, which].expand(rows, -1), at.kernel, None, turns, at.slopes, at.relative, at.compute)
