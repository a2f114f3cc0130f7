"""A ring of real processes: each told its own positions, and what it made of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.systems.rank_process import Message
from explorer.experiments.systems.ranks import Ranks
from explorer.stack.systems.ring_channel import Moment
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.tile_mask import TileMask


@dataclass(frozen=True, eq=False)
class Answer:
    """What one rank made of its positions, and what it did when."""

    out: Float[Tensor, "batch head own d_head"]
    lse: Float[Tensor, "batch head own"]
    dq: Float[Tensor, "batch head own d_head"]
    dk: Float[Tensor, "batch kv_head own d_head"]
    dv: Float[Tensor, "batch kv_head own d_head"]
    """Gradients of half the squared output."""
    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, said: Message) -> Answer:
        return cls(**{**said, "moments": tuple(Moment(**each) for each in said["moments"])})


def orders(
    layout: SequenceLayout,
    q: Float[Tensor, "batch head pos d_head"],
    k: Float[Tensor, "batch kv_head pos d_head"],
    v: Float[Tensor, "batch kv_head pos d_head"],
    mask: TileMask,
    scale: float,
    tile: int,
) -> list[Message]:
    """What each rank is told: its own positions and nothing else, and how to attend."""
    rules = {"causal": mask.causal, "window": mask.window, "slopes": mask.slopes, "cap": mask.cap}
    told = {"layout": asdict(layout), "mask": rules, "scale": scale, "tile": tile}
    return [
        {**{name: layout.own(x, rank) for name, x in (("q", q), ("k", k), ("v", v))}, **told}
        for rank in range(layout.ranks)
    ]


class RingProcesses(Ranks):
    """Ranks that attend together, to be used as a context manager."""

    def attend(
        self,
        layout: SequenceLayout,
        q: Float[Tensor, "batch head pos d_head"],
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        mask: TileMask,
        scale: float,
        tile: int = 64,
    ) -> list[Answer]:
        """Forward and backward over the first ranks, as many as the layout has."""
        told = orders(layout, q, k, v, mask, scale, tile)
        return [Answer.of(said) for said in self.run("explorer.experiments.systems.ring_rank:attend", told)]
