"""Lens, attribution, ranks, head scores: each against its plain definition, on an independent forward pass."""

from __future__ import annotations

import gc
import time
import weakref
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.derived import lens
from explorer.tracing.derived.head_scores import score_heads
from explorer.tracing.derived.lens import exact_sum, top_k
from explorer.zoo import Model
from tests.tracing.conftest import Reference


@pytest.fixture(scope="module")
def lens_logits(plain: Any, full: Reference, greedy: Trace) -> Tensor:
    """[depth pos d_vocab] by transformers' own norm and head."""
    last = full.resid_pre[-1] + full.attn_out[-1] + full.mlp_out[-1]
    with torch.no_grad():
        return plain.lm_head(plain.model.norm(torch.cat([full.resid_pre, last[None]])))


def test_logit_lens(greedy: Trace, lens_logits: Tensor) -> None:
    lens = greedy.logit_lens(k=5)
    expected = lens_logits.double().softmax(-1)
    top = expected.topk(5, -1)
    assert lens.labels[:2] == ("embed", "0")
    assert len(lens.labels) == len(lens.ids) == 31
    assert float((lens.probs - top.values).abs().max()) < 1e-4
    assert float((expected.gather(-1, lens.ids) - lens.probs).abs().max()) < 1e-4
    assert greedy.logit_lens(k=5) is lens


def test_last_depth_is_the_answer(greedy: Trace) -> None:
    probabilities = greedy.logits.double().softmax(-1)
    lens = greedy.logit_lens(k=5)
    assert float((lens.probs[-1] - probabilities.topk(5).values).abs().max()) < 1e-5


@pytest.mark.thorough
def test_sublayers(greedy: Trace, plain: Any, full: Reference) -> None:
    lens = greedy.logit_lens(k=3, sublayers=True)
    assert lens.labels[:4] == ("embed", "0 mid", "0", "1 mid")
    assert lens.ids.shape == (61, len(greedy), 3)
    whole = greedy.logit_lens(k=3)
    assert torch.equal(lens.ids[2::2], whole.ids[1:])
    with torch.no_grad():
        logits = plain.lm_head(plain.model.norm(full.resid_pre[10] + full.attn_out[10]))
    expected = logits.double().softmax(-1).topk(3).values
    assert float((lens.probs[21] - expected).abs().max()) < 1e-4


def test_lens_at_one_position(greedy: Trace) -> None:
    here, whole = greedy.lens_at(9), greedy.logit_lens(5)
    assert torch.equal(here.ids[:, 0, 0], whole.ids[:, 9, 0])
    assert torch.allclose(here.probs[:, 0], whole.probs[:, 9], atol=1e-5)


def test_the_lens_reads_the_vocabulary_in_parts(
    greedy: Trace, lens_logits: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that end within a block, the last of them narrower than what is asked for; rows in two goes."""
    monkeypatch.setattr(lens, "TOKENS", 49_149 // 4)
    monkeypatch.setattr(lens, "ROWS", 40)
    greedy._kept.clear()
    ids, probs = greedy.lens_window([9, 3, 4], k=5, keep=True)
    expected = lens_logits[:, [9, 3, 4]].double().softmax(-1)
    assert float((probs - expected.topk(5, -1).values).abs().max()) < 1e-4
    assert float((expected.gather(-1, ids) - probs).abs().max()) < 1e-4
    kept = greedy.lens_logits(9)
    assert float((kept - lens_logits[:, 9]).abs().max()) < 1e-3 * float(kept.abs().max())
    greedy._kept.clear()
    assert torch.allclose(greedy.lens_logits(9), kept, atol=1e-3)


def test_rank_and_probability(greedy: Trace, lens_logits: Tensor) -> None:
    for pos in (3, greedy.n_prompt - 1):
        token = int(greedy.logits[pos].topk(3).indices[2])
        rows = lens_logits[:, pos]
        place = torch.tensor([int((row.argsort(descending=True) == token).nonzero()) + 1 for row in rows])
        found = greedy.rank(pos, token)
        assert found[-1] == 3
        assert float(((found - place).abs() / place).max()) < 0.01  # neighbours far down differ by rounding
        assert torch.allclose(greedy.probability(pos, token), rows.double().softmax(-1)[:, token], rtol=1e-3)


class TestAttribution:
    @pytest.mark.parametrize("pos", [0, 1, 7, 13, 18])
    def test_adds_up_to_the_logit(self, greedy: Trace, full: Reference, pos: int) -> None:
        for token in (int(greedy.logits[pos].argmax()), 17, int(greedy.logits[pos].argmin())):
            found = greedy.attribution(pos, token, "raw")
            logit = float(full.logits[pos, token])
            assert found.total == pytest.approx(logit, rel=1e-4, abs=1e-3)
            assert found.error < 1e-4 * max(1, abs(logit))
            assert found.heads_error < 1e-3
            assert torch.allclose(found.heads.sum(-1), found.attn, atol=1e-3)

    def test_parts_by_definition(self, greedy: Trace, full: Reference, plain: Any) -> None:
        pos = greedy.n_prompt - 1
        token = int(full.logits[pos].argmax())
        found = greedy.attribution(pos, token, "raw")
        last = (full.resid_pre[-1] + full.attn_out[-1] + full.mlp_out[-1])[pos].double()
        rms = (last.pow(2).mean() + plain.config.rms_norm_eps).sqrt()
        direction = plain.lm_head.weight[token].double() * plain.model.norm.weight.double() / rms
        assert float((full.mlp_out[:, pos].double() @ direction - found.mlp).abs().max()) < 1e-3
        for layer, head in ((18, 6), (25, 0), (29, 8)):
            part = slice(head * 64, (head + 1) * 64)
            written = (
                plain.model.layers[layer].self_attn.o_proj.weight[:, part].double() @ full.z[layer, pos, part].double()
            )
            assert float(written @ direction) == pytest.approx(float(found.heads[layer, head]), abs=1e-3)

    def test_neurons(self, greedy: Trace, full: Reference, plain: Any) -> None:
        pos = greedy.n_prompt - 1
        found = greedy.attribution(pos, int(full.logits[pos].argmax()))
        for layer in (0, 20, 29):
            neurons = found.neurons(layer, 6)
            assert neurons.total == pytest.approx(float(found.mlp[layer]), abs=1e-4)
            assert torch.allclose(neurons.activation, full.mlp_post[layer, pos, neurons.ids], rtol=1e-3, atol=1e-3)
            assert bool((neurons.contribution.abs().diff() <= 0).all())

    def test_is_quick(self, greedy: Trace) -> None:
        def seconds() -> float:
            greedy._kept.clear()
            start = time.process_time()
            greedy.attribution(9, 17)
            return time.process_time() - start

        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # the processor's time of one thread does not depend on what else the machine does
        try:
            assert min(seconds() for _ in range(5)) < 0.05
        finally:
            torch.set_num_threads(threads)


def test_head_scores(greedy: Trace, full: Reference) -> None:
    scores, pattern = greedy.head_scores(), full.pattern.double()
    n = len(greedy)
    previous = torch.stack([pattern[..., q, q - 1] for q in range(1, n)]).mean(0)
    sink = torch.stack([pattern[..., q, 0] for q in range(1, n)]).mean(0)
    safe = pattern[:, :, 1:].clamp_min(1e-300)
    entropy = -(safe * safe.log2()).sum(-1).mean(-1)
    for found, expected in ((scores.previous, previous), (scores.sink, sink), (scores.entropy_bits, entropy)):
        assert float((found - expected).abs().max()) < 1e-3


def test_head_scores_of_one_token() -> None:
    assert torch.isnan(score_heads(torch.ones(2, 3, 1, 1)).previous).all()


@settings(max_examples=30)
@given(st.integers(1, 700), st.integers(1, 9), st.integers(0, 1 << 30))
def test_top_k_is_topk(width: int, k: int, seed: int) -> None:
    rows = torch.randn(3, width, generator=torch.Generator().manual_seed(seed))
    values, ids = top_k(rows, min(k, width))
    expected = rows.topk(min(k, width))
    assert torch.equal(values, expected.values)
    assert torch.equal(ids, expected.indices)
    assert torch.allclose(exact_sum(rows), rows.double().sum(-1), atol=1e-4)


@pytest.mark.thorough
def test_a_dropped_trace_is_gone_at_once(model: Model) -> None:
    """Reference circles would keep hundreds of megabytes until the collector comes by."""
    trace = capture(model, TraceKey(model.name, "Hi there", max_new_tokens=1))
    trace.attribution(0, 1).neurons(0)
    trace.lens_at(0)
    assert trace.steps[0].stages
    gone = weakref.ref(trace)
    gc.collect()
    gc.disable()
    try:
        del trace
        assert gone() is None
    finally:
        gc.enable()


def test_nbytes_counts_what_is_kept(greedy: Trace) -> None:
    greedy._kept.clear()
    before = greedy.nbytes
    for pos in range(10):
        greedy.lens_logits(pos)
    assert greedy.nbytes - before == 4 * 31 * greedy.dims.d_vocab * 4  # the last four positions
