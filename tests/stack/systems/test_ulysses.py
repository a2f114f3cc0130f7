"""Ulysses in threads, for any layout, against torch's attention; bytes by hand and by formula."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.systems.ring_attention import bytes_sent
from explorer.stack.systems.ring_channel import Ring, in_threads
from explorer.stack.systems.sequence_layout import Kind, SequenceLayout
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.ulysses import ulysses, ulysses_bytes


def heads(n: int, h: int, kv: int, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn((1, many, n, 8), generator=generator) for many in (h, kv, kv)]


def run(q: Tensor, k: Tensor, v: Tensor, layout: SequenceLayout, mask: TileMask) -> tuple[Tensor, list[int]]:
    def rank(ring: Ring) -> tuple[Tensor, int]:
        own_q, own_k, own_v = (layout.own(x, ring.rank) for x in (q, k, v))
        out = ulysses(ring, layout, own_q, own_k, own_v, mask, rows=16, columns=16)
        return out, sum(moment.bytes for moment in ring.moments)

    out, sent = zip(*in_threads(layout.ranks, rank), strict=True)
    return layout.whole(list(out)), list(sent)


@settings(max_examples=15, deadline=None)
@given(
    ranks=st.sampled_from([1, 2, 4]), group=st.integers(1, 3), more=st.integers(0, 40),
    kind=st.sampled_from(["contiguous", "zigzag"]), causal=st.booleans(), window=st.none() | st.integers(1, 30),
)  # fmt: skip
def test_any_layout_is_torchs_attention(
    ranks: int, group: int, more: int, kind: Kind, causal: bool, window: int | None
) -> None:
    n = 2 * ranks + more
    q, k, v = heads(n, 4 * group, 4, seed=more)
    mask, layout = TileMask(causal, window), SequenceLayout(n, ranks, kind)
    out, sent = run(q, k, v, layout, mask)
    seen = mask.visible(slice(0, n), slice(0, n), 0)
    assert (out - F.scaled_dot_product_attention(q, k, v, attn_mask=seen, enable_gqa=True)).abs().max() < 1e-5
    assert sent == [ulysses_bytes(layout, rank, 4 * group, 4, 8 * 4) for rank in range(ranks)]


def test_bytes_by_hand() -> None:
    """9 positions on 2 ranks, which hold 4 and 5; 4 query and 2 key heads of 32 bytes. Rank 0 hands over half of its
    heads at 4 positions, (4 + 2 + 2) / 2, and of the outputs of its 2 heads those at rank 1's 5 positions."""
    assert ulysses_bytes(SequenceLayout(9, 2), 0, 4, 2, 32) == 32 * (4 * 4 + 2 * 5)


def test_more_ranks_send_less_and_a_ring_does_not() -> None:
    two, eight = (SequenceLayout(64, ranks) for ranks in (2, 8))
    assert ulysses_bytes(eight, 0, 8, 8, 32) < ulysses_bytes(two, 0, 8, 8, 32) / 2
    assert bytes_sent(eight, 0, 8 * 32) > bytes_sent(two, 0, 8 * 32)


def test_heads_that_cannot_be_shared_are_refused() -> None:
    q, k, v = heads(8, 6, 3)
    layout = SequenceLayout(8, 2)
    with pytest.raises(ValueError, match="2 ranks cannot share 6 query and 3 key heads evenly"):
        run(q, k, v, layout, TileMask())
    q, k, v = heads(8, 4, 4)
    with pytest.raises(ValueError, match="differs from head to head"):
        run(q, k, v, layout, TileMask(slopes=torch.ones(4)))
