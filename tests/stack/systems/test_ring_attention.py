"""Ring attention in threads, for any layout and mask, against torch's attention and its gradients; bytes by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.embeddings import alibi
from explorer.stack.systems import ring_attention as mechanism
from explorer.stack.systems.flash_backward import Gradients
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.ring_attention import bytes_sent, pairs, ring_attention, ring_backward
from explorer.stack.systems.ring_channel import Moment, Ring, in_threads
from explorer.stack.systems.sequence_layout import Kind, SequenceLayout
from explorer.stack.systems.tile_mask import TileMask


def heads(n: int, *, d: int = 8, h: int = 4, kv: int = 2, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn((1, many, n, d), generator=generator) for many in (h, kv, kv)]


def expected(q: Tensor, k: Tensor, v: Tensor, mask: TileMask) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """Output, log-sum-exp and gradients of half the output's square, by torch alone, in float64."""
    n, (q, k, v) = q.shape[2], (each.double().requires_grad_() for each in (q, k, v))
    added = torch.zeros(1, q.shape[1], n, n, dtype=torch.float64)
    if mask.slopes is not None:
        added = alibi.bias(mask.slopes, torch.arange(n), torch.arange(n))[None].double()
    added = added.masked_fill(~mask.visible(slice(0, n), slice(0, n), 0), -math.inf)
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=added, enable_gqa=True)
    wide = k.repeat_interleave(q.shape[1] // k.shape[1], 1)
    lse = torch.logsumexp(q @ wide.mT / math.sqrt(q.shape[3]) + added, -1)
    return out.detach(), lse.detach(), torch.autograd.grad(out.square().sum() / 2, (q, k, v))


def ring(q: Tensor, k: Tensor, v: Tensor, layout: SequenceLayout, mask: TileMask, **given: Any) -> Any:
    """Output, log-sum-exp, gradients, and each rank's moments."""

    def rank(ring: Ring) -> tuple[Partial, Gradients, list[Moment]]:
        own_q, own_k, own_v = (layout.own(x, ring.rank) for x in (q, k, v))
        made = ring_attention(ring, layout, own_q, own_k, own_v, mask, **given)
        back = ring_backward(ring, layout, own_q, own_k, own_v, made, made.out, mask, **given)
        return made, back, ring.moments

    made, gradients, moments = zip(*in_threads(layout.ranks, rank), strict=True)
    whole = layout.whole
    grads = [whole([getattr(each, name) for each in gradients]) for name in ("dq", "dk", "dv")]
    return whole([each.out for each in made]), whole([each.lse for each in made]), grads, moments


def same(n: int, layout: SequenceLayout, mask: TileMask, **given: Any) -> None:
    q, k, v = heads(n, **given)
    out, lse, gradients, _ = ring(q, k, v, layout, mask, rows=16, columns=16)
    wanted, wanted_lse, wanted_gradients = expected(q, k, v, mask)
    assert (out - wanted).abs().max() < 1e-5
    assert (lse - wanted_lse).abs().max() < 1e-5
    for ours, theirs in zip(gradients, wanted_gradients, strict=True):
        assert (ours - theirs).abs().max() < 1e-4


@pytest.mark.parametrize("kind", ["contiguous", "zigzag"])
@pytest.mark.parametrize(("n", "ranks"), [(8, 4), (8, 1), (65, 2), (130, 4), (257, 3)])
@pytest.mark.parametrize("causal", [True, False])
def test_any_length_and_ranks(kind: Kind, n: int, ranks: int, causal: bool) -> None:
    same(n, SequenceLayout(n, ranks, kind), TileMask(causal))


@settings(max_examples=25, deadline=None)
@given(
    ranks=st.integers(1, 5), more=st.integers(0, 60), kind=st.sampled_from(["contiguous", "zigzag"]),
    causal=st.booleans(), window=st.none() | st.integers(1, 80), biased=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_any_rule_of_positions(
    ranks: int, more: int, kind: Kind, causal: bool, window: int | None, biased: bool, seed: int
) -> None:
    n = 2 * ranks + more
    mask = TileMask(causal, window, alibi.slopes(4) if biased else None)
    same(n, SequenceLayout(n, ranks, kind), mask, seed=seed)


def test_bfloat16_is_merged_in_float32() -> None:
    q, k, v = (each.bfloat16() for each in heads(128, d=32))
    exact = expected(q.float(), k.float(), v.float(), TileMask(causal=True))[0]
    out, lse, _, _ = ring(q, k, v, SequenceLayout(128, 4, "zigzag"), TileMask(causal=True))
    assert (out.dtype, lse.dtype) == (torch.bfloat16, torch.float32)
    assert (out - exact).abs().max() < 0.03


@pytest.mark.parametrize("kind", ["contiguous", "zigzag"])
@pytest.mark.parametrize("n", [32, 37])
def test_what_is_handed_over_is_the_formula(kind: Kind, n: int) -> None:
    layout = SequenceLayout(n, 4, kind)
    q, k, v = heads(n)
    *_, moments = ring(q, k, v, layout, TileMask(causal=True))
    position = 2 * 8 * 4  # two heads of eight numbers of four bytes
    for rank, did in enumerate(moments):
        forward = sum(each.bytes for each in did if each.phase == "forward")
        assert forward == bytes_sent(layout, rank, position)
        assert sum(each.bytes for each in did) == forward + bytes_sent(layout, rank, position, position)
        assert {each.to for each in did if each.does == "send"} == {(rank + 1) % 4}


def test_bytes_by_hand() -> None:
    """37 positions on 4 ranks: chunks of 9, 9, 9 and 10. Rank 2 sends all but rank 3's ten, of K and of V."""
    layout = SequenceLayout(37, 4)
    assert [layout.held(rank) for rank in range(4)] == [9, 9, 9, 10]
    assert bytes_sent(layout, 2, 4) == 2 * 4 * 27
    assert bytes_sent(layout, 2, 4, 4) == 2 * 4 * 27 + 2 * 4 * 37


def test_gradients_come_home_in_float32() -> None:
    """In bfloat16 a block is handed over in two bytes a number, and its gradients in four."""
    q, k, v = (each.bfloat16() for each in heads(32))
    *_, moments = ring(q, k, v, SequenceLayout(32, 4), TileMask())
    names = {
        name: sum(e.bytes for e in moments[0] if e.name == name and e.phase == "backward")
        for name in ("K, V", "dK, dV")
    }
    assert names == {"K, V": 3 * 2 * 8 * 16 * 2, "dK, dV": 4 * 2 * 8 * 16 * 4}


def test_causal_blocks_are_whole_diagonal_or_skipped() -> None:
    causal = TileMask(causal=True)

    def seen(layout: SequenceLayout, rank: int, owner: int) -> list[str]:
        return [pair.seen for pair in pairs(layout, rank, owner, causal)]

    contiguous, zigzag = SequenceLayout(64, 4), SequenceLayout(64, 4, "zigzag")
    assert [seen(contiguous, 2, owner) for owner in range(4)] == [["all"], ["all"], ["some"], ["none"]]
    assert seen(zigzag, 1, 1) == ["some", "none", "all", "some"]
    assert seen(zigzag, 1, 0) == ["all", "none", "all", "none"]
    assert seen(zigzag, 1, 3) == ["none", "none", "all", "all"]


def test_skipped_blocks_cost_nothing_and_zigzag_shares_the_rest() -> None:
    q, k, v = heads(128)
    work = {}
    for kind in ("contiguous", "zigzag"):
        *_, moments = ring(q, k, v, SequenceLayout(128, 4, kind), TileMask(causal=True), rows=8, columns=8)
        work[kind] = [
            [sum(e.flops for e in did if e.phase == "forward" and e.step == step) for step in range(4)]
            for did in moments
        ]
    assert work["contiguous"][0][1:] == [0, 0, 0]
    assert all(work["contiguous"][3][1:])
    zigzag = torch.tensor(work["zigzag"]).double()
    assert (zigzag.amax(0) / zigzag.mean(0) < 1.02).all()  # at every step, and so in all


@pytest.mark.parametrize("kind", ["contiguous", "zigzag"])
def test_visible_pairs_are_those_of_the_mask(kind: Kind) -> None:
    layout = SequenceLayout(37, 4, kind)
    square = TileMask(causal=True).visible(slice(0, 37), slice(0, 37), 0)
    for rank in range(4):
        assert layout.visible(rank, causal=True) == int(square[layout.positions(rank)].sum())
        assert layout.visible(rank, causal=False) == layout.held(rank) * 37


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="7 positions do not make 8 chunks"):
        SequenceLayout(7, 4, "zigzag")
    q, k, v = heads(8)
    layout = SequenceLayout(8, 2)
    with pytest.raises(ValueError, match="8 positions on one of 2 ranks do not fit"):
        in_threads(2, lambda ring: ring_attention(ring, layout, q, k, v))
    seen = TileMask(mask=torch.ones(1, 1, 8, 8, dtype=torch.bool))
    own_q, own_k, own_v = (layout.own(x, 0) for x in (q, k, v))
    with pytest.raises(ValueError, match="give rules of positions"):
        in_threads(2, lambda ring: ring_attention(ring, layout, own_q, own_k, own_v, seen))


@pytest.mark.parametrize("broken", ["merge", "shift"])
def test_a_broken_step_is_seen(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right: Callable[..., Any] = mechanism.flash_attention_2
    if broken == "merge":
        monkeypatch.setattr(
            mechanism, "merge", lambda a, b: Partial((a.out + b.out) / 2, torch.logaddexp(a.lse, b.lse))
        )
    else:
        monkeypatch.setattr(mechanism, "flash_attention_2", lambda *x, shift, **given: right(*x, shift=0, **given))
    with pytest.raises(AssertionError):
        same(64, SequenceLayout(64, 4, "zigzag"), TileMask(causal=True))
