"""Attention's pictures against sums done by hand and, for one head, against the model's own matrices."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.overview import attention as figure
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing.windows import visible

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model


def causal_pattern(n: int, heads: int = 3, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    scores = torch.randn(heads, n, n, generator=torch.Generator().manual_seed(seed)) * 3
    mask = torch.full((n, n), -math.inf).triu(1)
    return scores, (scores + mask).softmax(-1)


@given(n=st.integers(1, 90), cells=st.integers(1, 48))
def test_pooling_keeps_every_strong_link(n: int, cells: int) -> None:
    _, pattern = causal_pattern(n)
    small, stride = figure.pool_maps(pattern, cells)
    assert small.shape[-1] <= cells
    assert (small.shape[-1] - 1) * stride < n <= small.shape[-1] * stride
    strongest = pattern.flatten(1).argmax(1)
    for head, at in enumerate(strongest.tolist()):
        q, k = divmod(at, n)
        assert int(small[head, q // stride, k // stride]) == round(float(pattern[head, q, k]) * 255)


@given(n=st.integers(1, 50))
def test_the_triangle_is_the_whole_of_a_causal_map(n: int) -> None:
    maps = figure.quantize(causal_pattern(n)[1])
    back = torch.zeros_like(maps)
    packed = figure.lower_triangle(maps)
    assert packed.shape[-1] == n * (n + 1) // 2
    at = 0
    for q in range(n):  # as the browser unpacks it
        back[:, q, : q + 1] = packed[:, at : at + q + 1]
        at += q + 1
    assert torch.equal(back, maps)


def test_softmax_error_is_zero_for_a_softmax_and_sees_a_wrong_weight_and_a_leak() -> None:
    scores, pattern = causal_pattern(12)
    seen = visible(12, None)
    assert figure.softmax_error(scores[0], pattern[0], seen) < 1e-6
    wrong = pattern[0].clone()
    wrong[5, 2] += 0.01
    assert figure.softmax_error(scores[0], wrong, seen) == pytest.approx(0.01, rel=1e-3)
    leak = pattern[0].clone()
    leak[2, 7] = 0.25
    assert figure.softmax_error(scores[0], leak, seen) >= 0.25


def test_a_sliding_window_is_masked_and_a_wrong_one_is_an_error() -> None:
    scores, _ = causal_pattern(12)
    n, window = 12, 4
    keys, queries = torch.arange(n), torch.arange(n)[:, None]
    seen = (keys <= queries) & (keys > queries - window)
    assert torch.equal(visible(n, window), seen)
    pattern = scores[0].masked_fill(~seen, -math.inf).softmax(-1)
    assert figure.softmax_error(scores[0], pattern, visible(n, 4)) < 1e-6
    assert figure.softmax_error(scores[0], pattern, visible(n, 3)) > 1e-3
    assert figure.softmax_error(scores[0], pattern, visible(n, None)) > 1e-3


def test_shown_keys_are_all_of_a_short_text_and_the_heaviest_of_a_long_one() -> None:
    assert figure.shown_keys(torch.ones(7) / 7, 3) == [0, 1, 2, 3, 4, 5, 6]
    row = torch.zeros(100)
    row[[3, 60, 41]] = torch.tensor([0.5, 0.3, 0.2])
    assert figure.shown_keys(row, 80, most=3, future=2) == [3, 41, 60, 80, 81, 82]


def test_change_counts_the_whole_vocabulary() -> None:
    before, after = torch.tensor([1.0, 0.0, -1.0, -2.0]), torch.tensor([0.0, 1.0, -1.0, -2.0])
    p, q = before.double().softmax(-1), after.double().softmax(-1)
    change = figure.likeliest_change(before, after, k=2)
    assert change.ids == [0, 1]
    assert change.before == pytest.approx(p[:2].tolist())
    assert change.after == pytest.approx(q[:2].tolist())
    assert change.kl == pytest.approx(float((p * (p / q).log()).sum()))


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    from explorer.tracing import TraceKey, capture

    return capture(model, TraceKey(model.name, "When Mary and John went to the store, John gave a drink to"))


def test_an_opened_row_is_the_models_own(model: Model, trace: Trace) -> None:
    layer, head, at = 23, 1, len(trace.tokens) - 1
    row = figure.open_row(trace, layer, head, at, None)
    d, group = model.dims.d_head, model.dims.n_heads // model.dims.n_kv_heads
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    with torch.inference_mode():  # the head once more, from transformers' own stream, weights and rotation
        block, n = model.hf.model.layers[layer], len(trace.tokens)
        stream = model.hf(trace.ids[None], output_hidden_states=True).hidden_states[layer]
        x = stream * torch.rsqrt(stream.pow(2).mean(-1, keepdim=True) + model.dims.eps) * block.input_layernorm.weight
        cos, sin = model.hf.model.rotary_emb(x, torch.arange(n)[None])
        q = (x @ block.self_attn.q_proj.weight.T).view(1, n, -1, d).transpose(1, 2)
        k = (x @ block.self_attn.k_proj.weight.T).view(1, n, -1, d).transpose(1, 2)
        q, k = apply_rotary_pos_emb(q, k, cos, sin)
        scores = q[0, head] @ k[0, head // group].T / d**0.5
        pattern = (scores + torch.full((n, n), -math.inf).triu(1)).softmax(-1)
    assert torch.allclose(row.scores, scores, atol=1e-3)
    assert torch.allclose(row.rows[at - row.row0], pattern[at], atol=1e-5)
    assert row.softmax_error < 1e-5
    products = row.keys @ row.query / d**0.5
    assert torch.allclose(products, row.scores[at - row.row0][row.shown], atol=1e-4)
    W_O = model.hf.model.layers[layer].self_attn.o_proj.weight[:, head * d : (head + 1) * d]
    writes = trace.v[layer, :, head // group] @ W_O.T
    assert torch.allclose(row.value_norms, writes.norm(dim=-1), rtol=1e-4)


@pytest.mark.parametrize("text", ["Hi", "one two three " * 60])
def test_views_hold_for_any_length(model: Model, text: str) -> None:
    from explorer.figures.payload import pack
    from explorer.tracing import TraceKey, capture

    run = capture(model, TraceKey(model.name, text))
    scene = Scene(model, run, None, Focus(position=len(run.tokens) - 1, layer=5, head=8))
    for view in panels()["attention"].views:
        made = panels()["attention"].render(view.name, scene)
        assert all(check.holds for check in made.checks), made.checks
        pack(made.data)


# ---- what the checks see -------------------------------------------------------------------------------------------


def holding(name: str, model: Model, trace: Trace) -> list[bool]:
    scene = Scene(model, trace, None, Focus(position=9, layer=23, head=1))
    return [check.holds for check in panels()["attention"].render(name, scene).checks]


@pytest.mark.breaks("attention.wall", "^Each of .* rows sums? to 1")
@pytest.mark.breaks("attention.reads", "^No head reads a token after this one")
@pytest.mark.breaks("attention.head", "^softmax.* = the model’s weights, in every row")
def test_the_checks_fail_on_a_pattern_that_leaks(model: Model, trace: Trace) -> None:
    for name in ("wall", "reads", "head"):
        assert holding(name, model, trace) == [True]
        leak = trace.pattern.clone()
        leak[23, 1, 9, 11] += 0.01
        assert holding(name, model, replace(trace, pattern=leak, _kept=type(trace._kept)())) == [False]


@pytest.mark.parametrize("name", ["reads", "head"])
def test_the_masks_come_from_the_config(model: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(model.hf.config, "sliding_window", 4, raising=False)
    assert holding(name, model, trace) == [False]


@pytest.mark.breaks("attention.wall", r"sums to at most 1 \(a sink outside the text takes the rest")
def test_rows_with_a_sink_may_not_pass_one(model: Model, trace: Trace) -> None:
    half = replace(trace, readout=replace(trace.readout, sinks=True), pattern=trace.pattern * 0.5)
    assert holding("wall", model, replace(half, _kept=type(trace._kept)())) == [True]
    half.pattern[23, 1, 9, 1] += 0.75
    assert float(half.pattern[23, 1, 9].sum()) == pytest.approx(1.25, abs=1e-4)
    assert holding("wall", model, replace(half, _kept=type(trace._kept)())) == [False]
