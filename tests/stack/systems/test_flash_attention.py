"""FlashAttention against standard attention, torch's, and counts made by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.embeddings import alibi
from explorer.stack.systems.flash_attention import flash_attention_1, flash_attention_2
from explorer.stack.systems.flash_backward import FlashAttention, flash_backward
from explorer.stack.systems.flash_decoding import flash_decoding
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.standard_attention import standard_attention
from explorer.stack.systems.tile_mask import TileMask, blocks

FORWARD = {"standard": standard_attention, "1": flash_attention_1, "2": flash_attention_2}


def heads(n: int, *, query: int | None = None, d: int = 16, h: int = 4, kv: int = 2, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((1, h, n if query is None else query, d), (1, kv, n, d), (1, kv, n, d))
    return [torch.randn(shape, generator=generator) for shape in shapes]


def torchs(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, **given: Any) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True, **given)


@pytest.mark.parametrize("algorithm", FORWARD)
@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 200, 513])
def test_any_length_is_torchs(algorithm: str, n: int) -> None:
    q, k, v = heads(n)
    made = FORWARD[algorithm](q, k, v, TileMask(causal=True))
    assert (made.out - torchs(q, k, v, is_causal=True)).abs().max() < 1e-5


def test_the_longest_length_of_both_orders_and_its_gradients() -> None:
    q, k, v = (each.requires_grad_() for each in heads(2049, h=2, kv=1))
    expected = torchs(q, k, v, is_causal=True)
    wanted = torch.autograd.grad(expected.sin().sum(), (q, k, v))
    mask = TileMask(causal=True)
    first = flash_attention_1(q.detach(), k.detach(), v.detach(), mask, rows=128, columns=128)
    assert (first.out - expected).abs().max() < 1e-5
    out = FlashAttention.apply(q, k, v, mask, 0.25, 128, 128)
    assert isinstance(out, Tensor)
    assert (out - expected).abs().max() < 1e-5
    for ours, theirs in zip(torch.autograd.grad(out.sin().sum(), (q, k, v)), wanted, strict=True):
        assert (ours - theirs).abs().max() < 1e-4


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(1, 70), query=st.integers(1, 70), rows=st.integers(1, 40), columns=st.integers(1, 40),
    causal=st.booleans(), window=st.none() | st.integers(1, 80), biased=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_any_tiles_and_any_mask_give_one_answer(
    n: int, query: int, rows: int, columns: int, causal: bool, window: int | None, biased: bool, seed: int
) -> None:
    query = min(query, n)
    q, k, v = heads(n, query=query, d=8, seed=seed)
    mask = TileMask(causal, window, alibi.slopes(4) if biased else None)
    shown = mask.visible(slice(0, query), slice(0, n), n - query)
    added = torch.zeros(4, query, n)
    if biased:
        added = alibi.bias(alibi.slopes(4), torch.arange(n - query, n), torch.arange(n))
    expected = torchs(q, k, v, added.masked_fill(~shown, -math.inf)[None])
    for forward in FORWARD.values():
        made = forward(q, k, v, mask, rows=rows, columns=columns)
        assert (made.out - expected).abs().max() < 1e-5
    split = flash_decoding(q, k, v, mask, splits=3, columns=columns)
    assert (split.out - expected).abs().max() < 1e-5


@pytest.mark.parametrize("algorithm", FORWARD)
def test_the_log_sum_exp_is_torchs(algorithm: str) -> None:
    q, k, v = heads(150, kv=4, d=32)
    out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, True)
    made = FORWARD[algorithm](q, k, v, TileMask(causal=True), rows=32, columns=48)
    assert (made.out - out).abs().max() < 1e-5
    assert (made.lse - lse).abs().max() < 1e-5


@pytest.mark.parametrize("algorithm", FORWARD)
def test_a_row_that_sees_nothing_is_zero_and_has_no_gradient(algorithm: str) -> None:
    q, k, v = heads(40)
    seen = torch.rand(1, 4, 40, 40, generator=torch.Generator().manual_seed(1)) < 0.5
    seen[:, :, 7] = False
    mask = TileMask(mask=seen)
    made = FORWARD[algorithm](q, k, v, mask, rows=16, columns=16)
    others = [row for row in range(40) if row != 7]
    assert (made.out - torchs(q, k, v, seen))[:, :, others].abs().max() < 1e-5
    assert not made.out[:, :, 7].any()
    assert bool((made.lse[:, :, 7] == -math.inf).all())
    gradients = flash_backward(q, k, v, made, torch.ones_like(q), mask, rows=16, columns=16)
    assert all(bool(each.isfinite().all()) for each in vars(gradients).values())
    assert not gradients.dq[:, :, 7].any()


@pytest.mark.parametrize("algorithm", FORWARD)
def test_huge_logits(algorithm: str) -> None:
    q, k, v = heads(70)
    made = FORWARD[algorithm](q * 1e4, k * 10, v, TileMask(causal=True), rows=16, columns=16)
    expected = torchs((q * 1e4).double(), (k * 10).double(), v.double(), is_causal=True)
    assert (made.out - expected).abs().max() < 1e-3  # a score of 1e6 has steps of .06 in float32


def test_gradients_in_double_are_finite_differences() -> None:
    q, k, v = (each.double().requires_grad_() for each in heads(5, d=2, h=2, kv=1))
    for mask in (TileMask(causal=True, window=3), TileMask(True, slopes=alibi.slopes(2).double(), cap=2.0)):
        assert torch.autograd.gradcheck(lambda *x, m=mask: FlashAttention.apply(*x, m, 0.5, 3, 2), (q, k, v), atol=1e-6)


def test_bfloat16_adds_up_in_float32() -> None:
    """As near to the exact answer as torch's own bfloat16 kernel is, give or take a rounding."""
    q, k, v = (each.bfloat16() for each in heads(300, d=64))
    exact = torchs(q.double(), k.double(), v.double(), is_causal=True)
    theirs = (torchs(q, k, v, is_causal=True) - exact).abs().max()
    for forward in (flash_attention_1, flash_attention_2):
        made = forward(q, k, v, TileMask(causal=True))
        assert made.out.dtype == torch.bfloat16
        assert made.lse.dtype == torch.float32
        assert (made.out - exact).abs().max() <= 1.5 * theirs + 2**-9


def test_two_tokens_by_hand() -> None:
    """Scores 1 and 3: weights 1 / (1 + e^2) = .119 and .881; L = 3 + ln(1 + e^-2) = 3.127."""
    q, k = torch.tensor([[[[1.0]]]]), torch.tensor([[[[1.0], [3.0]]]])
    v = torch.tensor([[[[0.0], [1.0]]]])
    for forward in FORWARD.values():
        made = forward(q, k, v, scale=1.0, rows=1, columns=1)
        assert float(made.out) == pytest.approx(0.88080, abs=1e-5)
        assert float(made.lse) == pytest.approx(3.12693, abs=1e-5)


def test_a_gradient_by_hand() -> None:
    """As above: dV = P dO, and the score of a key gets P (v - out) dO: .119 x (0 - .881) = -.105."""
    q, k = torch.tensor([[[[1.0]]]]), torch.tensor([[[[1.0], [3.0]]]])
    v = torch.tensor([[[[0.0], [1.0]]]])
    made = flash_attention_2(q, k, v, scale=1.0)
    gradients = flash_backward(q, k, v, made, torch.ones(1, 1, 1, 1), scale=1.0)
    assert gradients.dv.flatten().tolist() == pytest.approx([0.11920, 0.88080], abs=1e-5)
    assert gradients.dk.flatten().tolist() == pytest.approx([-0.10499, 0.10499], abs=1e-5)
    assert float(gradients.dq) == pytest.approx(2 * 0.10499, abs=1e-4)


def test_skipped_tiles_are_not_read() -> None:
    q, k, v = heads(64, h=1, kv=1)
    for forward, window in ((flash_attention_1, None), (flash_attention_2, None), (flash_attention_2, 16)):
        ledger = Ledger()
        forward(q, k, v, TileMask(True, window), rows=16, columns=16, memory=ledger)
        tiles = {(step.i, step.j) for step in ledger.steps}
        assert tiles == {(i, j) for i in range(4) for j in range(4) if j <= i and (window is None or i - j < 2)}


def test_the_meter_changes_nothing() -> None:
    q, k, v = heads(50)
    for forward in FORWARD.values():
        plain = forward(q, k, v, TileMask(causal=True), rows=16, columns=16)
        counted = forward(q, k, v, TileMask(causal=True), rows=16, columns=16, memory=Ledger(keep_rows=True))
        assert torch.equal(plain.out, counted.out)
        assert torch.equal(plain.lse, counted.lse)


def test_what_fast_memory_held_last_is_the_output() -> None:
    q, k, v = heads(48, h=1, kv=1)
    ledger = Ledger(keep_rows=True)
    made = flash_attention_2(q, k, v, TileMask(causal=True), rows=16, columns=16, memory=ledger)
    for i, row in enumerate(blocks(48, 16)):
        last = [step for step in ledger.steps if step.i == i][-1]
        assert last.out is not None
        assert last.l is not None
        assert (last.out / last.l[..., None] - made.out[:, :, row]).abs().max() < 1e-6


def test_gradients_need_the_forward_pass_own_log_sum_exp() -> None:
    """L is what the weights are made from: a wrong one gives wrong gradients."""
    q, k, v = heads(30)
    made = flash_attention_2(q, k, v)
    wrong = Partial(made.out, made.lse + 0.1)
    right, other = (flash_backward(q, k, v, each, torch.ones_like(q)) for each in (made, wrong))
    assert (right.dv - other.dv).abs().max() > 0.05
