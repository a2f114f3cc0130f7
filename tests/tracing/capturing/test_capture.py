"""The trace equals a plain forward pass, whatever was cached and whatever the architecture."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import BadRequestError, EmptyPromptError, PromptTooLongError
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.trace_file import TENSORS, arrays
from explorer.tracing import Trace, TraceKey, capture, induction_scores
from explorer.tracing.probes.induction import INDUCTION_LENGTH, repeated_random_ids
from explorer.zoo import Model
from tests.tracing.conftest import PROMPT, Reference


def far(a: Tensor, b: Tensor) -> float:
    assert a.shape == b.shape
    return float((a - b).abs().max())


def relative(a: Tensor, b: Tensor) -> float:
    return far(a, b) / float(b.abs().max())


def test_known_answer(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, "The capital of France is"))
    probabilities = trace.logits[-1].double().softmax(-1)
    best = int(probabilities.argmax())
    assert trace.logits.shape == (5, model.dims.d_vocab)
    assert model.vocabulary.bytes(best) == b" Paris"
    assert float(probabilities[best]) == pytest.approx(0.7725, abs=5e-5)


class TestCachedEqualsFull:
    """A cached step that ignored the cache (transformers 5.24 under TransformerLens 4.3) would be 40 logits off."""

    def test_logits(self, greedy: Trace, full: Reference) -> None:
        assert far(greedy.logits, full.logits) < 1e-3

    def test_pattern(self, greedy: Trace, full: Reference) -> None:
        assert far(greedy.pattern, full.pattern) < 1e-4
        assert far(greedy.pattern.sum(-1), torch.ones_like(greedy.pattern[..., 0])) < 1e-5

    def test_stream(self, greedy: Trace, full: Reference) -> None:
        assert relative(greedy.resid_pre, full.resid_pre) < 1e-5
        assert relative(greedy.attn_out, full.attn_out) < 1e-4
        assert relative(greedy.mlp_out, full.mlp_out) < 1e-4
        parts = greedy.embed + greedy.attn_out.sum(0) + greedy.mlp_out.sum(0)
        assert relative(parts, greedy.resid_post[-1]) < 1e-5

    def test_heads_and_neurons(self, greedy: Trace, full: Reference) -> None:
        assert relative(greedy.z.flatten(2), full.z) < 1e-4
        assert relative(greedy.v.flatten(2), full.v) < 1e-4
        assert greedy.mlp_post is not None
        assert relative(greedy.mlp_post, full.mlp_post) < 1e-4
        for layer in (0, 15, 29):
            assert relative(greedy.head_out(layer).sum(0), full.attn_out[layer]) < 1e-4

    def test_scores_make_the_pattern(self, greedy: Trace, full: Reference) -> None:
        mask = torch.full((len(greedy), len(greedy)), -torch.inf).triu(1)
        for layer in (0, 11, 29):
            assert far((greedy.scores(layer) + mask).softmax(-1), full.pattern[layer]) < 1e-4

    def test_queries_before_rotation(self, greedy: Trace, full: Reference) -> None:
        assert relative(greedy.q.flatten(2), full.q) < 1e-4
        turned = greedy.rot_q.norm(dim=-1) - greedy.q.norm(dim=-1)
        assert float(turned.abs().max()) < 1e-3
        assert greedy.cos.shape == greedy.sin.shape == (len(greedy), model_head(greedy))

    def test_norm_scales(self, greedy: Trace, full: Reference) -> None:
        rms = (full.resid_pre.pow(2).mean(-1) + greedy.dims.eps).sqrt()
        assert greedy.ln1_scale is not None
        assert relative(greedy.ln1_scale, rms) < 1e-5
        last = (greedy.resid_post[-1].pow(2).mean(-1) + greedy.dims.eps).sqrt()
        assert relative(greedy.ln_final_scale, last) < 1e-5


def model_head(trace: Trace) -> int:
    return trace.dims.d_head


class TestTokens:
    def test_spans_are_the_text(self, greedy: Trace) -> None:
        prompt = b"".join(t.bytes for t in greedy.tokens[: greedy.n_prompt])
        assert prompt == PROMPT.encode()
        assert [t.id for t in greedy.tokens] == greedy.ids.tolist()
        for token in greedy.tokens[: greedy.n_prompt]:
            assert PROMPT.encode()[token.start : token.end] == token.bytes

    @pytest.mark.parametrize(
        "text", ["é", "🦜 said", "e\u0301", "مرحبا", "a\x00b", "\ud800x", "<|im_end|>", "${alert(1)}"]
    )
    def test_any_text(self, model: Model, text: str) -> None:
        trace = capture(model, TraceKey(model.name, text))
        assert b"".join(t.bytes for t in trace.tokens).decode() == trace.key.text
        assert not any(t.special for t in trace.tokens)
        assert torch.isfinite(trace.logits).all()

    def test_chat(self, model: Model) -> None:
        trace = capture(model, TraceKey(model.name, "Hi", chat=True))
        assert trace.tokens[0].special
        assert trace.tokens[-1].end == sum(len(t.bytes) for t in trace.tokens)


class TestGeneration:
    def test_greedy_is_transformers_greedy(self, greedy: Trace, plain: Any) -> None:
        made = plain.generate(greedy.ids[None, : greedy.n_prompt], max_new_tokens=6, do_sample=False)
        assert greedy.ids.tolist() == made[0].tolist()

    def test_steps(self, greedy: Trace) -> None:
        assert len(greedy) == greedy.n_prompt + 6 == len(greedy.logits)
        for i, step in enumerate(greedy.steps):
            assert step.position == greedy.n_prompt - 1 + i
            assert step.chosen == greedy.tokens[step.position + 1].id == step.stages.choose(step.u)
            assert not step.forced

    def test_same_key_same_text(self, model: Model) -> None:
        sampler = Sampler(temperature=1.3, top_p=0.95, repetition_penalty=1.1)
        key = TraceKey(model.name, "Once upon", max_new_tokens=5, sampler=sampler, seed=3)
        a, b = capture(model, key), capture(model, TraceKey.parse(key.query()))
        assert torch.equal(a.ids, b.ids)
        assert torch.equal(a.logits, b.logits)
        assert [s.u for s in a.steps] == [s.u for s in b.steps]
        assert [s.stages.choose(s.u) for s in a.steps] == [s.chosen for s in a.steps]

    def test_forced_token_branches(self, model: Model, greedy: Trace) -> None:
        other = int(greedy.logits[greedy.n_prompt].topk(2).indices[1])
        key = TraceKey(model.name, PROMPT, max_new_tokens=3, sampler=Sampler(temperature=0), forced=((1, other),))
        trace = capture(model, key)
        assert trace.steps[1].forced
        assert trace.steps[1].chosen == other == int(trace.ids[greedy.n_prompt + 1])
        assert torch.equal(trace.logits[: greedy.n_prompt], greedy.logits[: greedy.n_prompt])

    def test_stops_after_the_end_of_text(self, model: Model) -> None:
        end = int(str(model.tokenizer.eos_token_id))
        trace = capture(model, TraceKey(model.name, "Hi there", max_new_tokens=5, forced=((1, end),)))
        assert len(trace.steps) == 2
        assert trace.tokens[-1].id == end
        assert len(trace) == trace.n_prompt + 2 == len(trace.logits) == trace.pattern.shape[-1]
        assert trace.pattern.untyped_storage().nbytes() == trace.pattern.numel() * 4  # no larger tensor is kept alive

    def test_progress(self, model: Model) -> None:
        told: list[tuple[int, int]] = []
        capture(model, TraceKey(model.name, "Hi", max_new_tokens=2), lambda _, done, total: told.append((done, total)))
        assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_refusals(model: Model) -> None:
    with pytest.raises(EmptyPromptError):
        capture(model, TraceKey(model.name, ""))
    with pytest.raises(BadRequestError):
        capture(model, TraceKey(model.name, "Hi", max_new_tokens=1, forced=((0, model.dims.d_vocab),)))
    with pytest.raises(PromptTooLongError) as caught:
        capture(model, TraceKey(model.name, "Hi " * 9000))
    assert caught.value.facts["limit"] == model.dims.n_ctx


@pytest.mark.thorough
def test_memory_is_half_of_everything(model: Model) -> None:
    text = "one two three four " * 16
    trace = capture(model, TraceKey(model.name, text))
    bridge: Any = model.bridge
    with torch.inference_mode():
        _, cache = bridge.run_with_cache(trace.ids[None])
    whole = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in cache.values()}
    assert trace.nbytes < 0.5 * sum(whole.values())


def test_file_has_what_is_derived_too(greedy: Trace) -> None:
    written = arrays(greedy)
    assert set(TENSORS) < set(written)
    assert written["mlp_pre_linear"].shape == written["mlp_post"].shape == written["mlp_pre"].shape
    assert written["ln1_scale"].shape == written["ln2_scale"].shape == (30, len(greedy))
    assert written["ln_final_scale"].shape == (len(greedy),)


def test_the_model_is_as_it_was_afterwards(model: Model) -> None:
    def stop(*_: object) -> None:
        raise InterruptedError

    bridge: Any = model.bridge
    before = dict(bridge.named_modules(remove_duplicate=False))
    capture(model, TraceKey(model.name, "Hi"))
    with pytest.raises(InterruptedError):
        capture(model, TraceKey(model.name, "Hi"), stop)
    assert dict(bridge.named_modules(remove_duplicate=False)) == before
    assert not any(point.fwd_hooks for point in bridge.hook_dict.values())


def test_hooks_change_no_bit(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, PROMPT))
    with torch.inference_mode():
        assert torch.equal(trace.logits, model.bridge(trace.ids[None])[0])


def test_known_heads(model: Model, plain: Any) -> None:
    scores = induction_scores(model)
    best = [divmod(int(i), model.dims.n_heads) for i in scores.flatten().topk(3).indices]
    assert best[0] == (18, 6)
    assert set(best[1:]) == {(17, 4), (17, 3)}
    assert float(scores[18, 6]) == pytest.approx(0.926, abs=0.07)
    assert induction_scores(model) is scores

    ids = repeated_random_ids(model.dims.d_vocab, 0, [])
    with torch.no_grad():
        attentions = plain(ids, output_attentions=True).attentions
    pattern = torch.stack(attentions)  # layer batch head query key
    n = INDUCTION_LENGTH
    expected = sum(pattern[..., q, q - n + 1] for q in range(n, 2 * n)).mean(1) / n  # pyright: ignore
    assert far(scores, expected) < 1e-4
    previous = pattern.diagonal(-1, 3, 4).mean((1, -1))
    assert divmod(int(previous.argmax()), model.dims.n_heads) == (16, 0)
    assert float(previous[16, 0]) == pytest.approx(0.915, abs=0.03)
