"""What a rank of a ring does: one pass forward and one backward over its own positions."""

from __future__ import annotations

from dataclasses import asdict

import torch

from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.systems.ring_attention import ring_attention, ring_backward
from explorer.stack.systems.ring_channel import ProcessRing, Ring
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.tile_mask import TileMask


def attend(rank: Rank, given: Message) -> Message:
    """The rank function."""
    with torch.no_grad():
        return carry_out(ProcessRing(rank.group.rank, rank.group.ranks), given)


def carry_out(ring: Ring, order: Message) -> Message:
    layout, mask = SequenceLayout(**order["layout"]), TileMask(**order["mask"])
    q, k, v, tile = order["q"], order["k"], order["v"], {"rows": order["tile"], "columns": order["tile"]}
    made = ring_attention(ring, layout, q, k, v, mask, order["scale"], **tile)
    back = ring_backward(ring, layout, q, k, v, made, made.out, mask, order["scale"], **tile)
    return {
        "out": made.out,
        "lse": made.lse,
        "dq": back.dq,
        "dk": back.dk,
        "dv": back.dv,
        "moments": [asdict(each) for each in ring.moments],
    }
