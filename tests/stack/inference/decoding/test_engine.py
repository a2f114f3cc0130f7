"""The engine against transformers' generate and against itself, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from explorer.errors import BadRequestError, EmptyPromptError
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

if TYPE_CHECKING:
    from explorer.zoo import Model

PROMPTS = ([3, 1, 4, 1, 5, 9, 2, 6], [5], [35, 8, 9])


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    torch.manual_seed(0)
    made = Decoder(DecoderConfig(2, 32, 4, 2, 8, 64, 50, 64))
    for parameter in made.parameters():  # untrained weights say next to nothing: make the distributions differ
        torch.nn.init.normal_(parameter, std=0.3)
    return made.eval().requires_grad_(False)


def test_ragged_batch_reads_as_each_prompt_alone(tiny: Decoder) -> None:
    for sampler in (Sampler(temperature=0), Sampler(temperature=1.3, top_p=0.9, repetition_penalty=1.2)):
        together = Engine(tiny).generate(PROMPTS, 12, sampler, seed=5)
        for row, prompt in enumerate(PROMPTS):
            (alone,) = Engine(tiny).generate([prompt], 12, sampler, seed=5 + row)
            assert together[row].new_ids == alone.new_ids
            assert together[row].logprobs == pytest.approx(alone.logprobs, abs=1e-5)


def test_log_probabilities_are_those_of_one_full_forward(tiny: Decoder) -> None:
    (made,) = Engine(tiny).generate([PROMPTS[0]], 10, Sampler(), seed=1)
    ids = torch.tensor([made.prompt_ids + made.new_ids])
    whole = tiny(ids)[0].log_softmax(-1)
    n = len(made.prompt_ids)
    expected = [float(whole[n - 1 + i, token]) for i, token in enumerate(made.new_ids)]
    assert made.logprobs == pytest.approx(expected, abs=1e-4)


def test_each_row_stops_for_its_own_reason(tiny: Decoder) -> None:
    def letter(token: int) -> bytes:
        return bytes([65 + token])

    engine = Engine(tiny, letter)
    free = engine.generate(PROMPTS, 8)
    stop_id = free[0].new_ids[2]
    stop_text = free[1].text[1:3]
    made = engine.generate(PROMPTS, 8, stop_ids=[stop_id], stop_strings=[stop_text])
    for before, after in zip(free, made, strict=True):
        ids = before.new_ids
        by_id = ids.index(stop_id) + 1 if stop_id in ids else 9
        at = before.text.find(stop_text)
        by_text = at + 2 if at >= 0 else 9
        n = min(by_id, by_text, 8)
        assert after.new_ids == ids[:n]
        reason = "length" if min(by_id, by_text) > 8 else "token" if by_id <= by_text else "string"
        assert after.stopped == reason
        if reason == "string":
            assert after.text == before.text[:at]


def test_streams_the_same_tokens(tiny: Decoder) -> None:
    streamed = list(Engine(tiny).stream(PROMPTS[0], 6))
    assert [t.id for t in streamed] == Engine(tiny).generate([PROMPTS[0]], 6)[0].new_ids
    assert [t.stopped for t in streamed] == [None] * 5 + ["length"]


def test_refuses_what_it_cannot_do(tiny: Decoder) -> None:
    with pytest.raises(EmptyPromptError):
        Engine(tiny).generate([[1], []], 4)
    with pytest.raises(BadRequestError):
        Engine(tiny).generate([[1]], 0)
    with pytest.raises(BadRequestError, match="bytes"):
        Engine(tiny).generate([[1]], 2, stop_strings=["x"])


def test_greedy_equals_transformers_generate(model: Model) -> None:
    prompts = [
        model.vocabulary.encode(t) for t in ("The capital of France is", "When Mary and John went to the store,")
    ]
    hf: Any = model.hf
    made = Engine(model.decoder, model.vocabulary.bytes).generate(prompts, 10)
    for prompt, row in zip(prompts, made, strict=True):
        with torch.inference_mode():
            theirs = hf.generate(
                torch.tensor([prompt]),
                attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                max_new_tokens=10,
                do_sample=False,
                pad_token_id=0,
                eos_token_id=None,
            )
        assert row.new_ids == theirs[0, len(prompt) :].tolist()
    assert made[0].text.startswith(b" Paris")


@pytest.mark.thorough
def test_draws_what_a_trace_draws(model: Model) -> None:
    """The engine and the tracer share sampler, seed and arithmetic: one link, one text."""
    from explorer.tracing import TraceKey, capture

    sampler = Sampler(temperature=0.9, top_k=40)
    trace = capture(model, TraceKey(model.name, "Once upon a time", max_new_tokens=8, sampler=sampler, seed=11))
    prompt = trace.ids[: trace.n_prompt].tolist()
    (made,) = Engine(model.decoder).generate([prompt], 8, sampler, seed=11)
    assert made.new_ids == trace.ids[trace.n_prompt :].tolist()


@pytest.mark.thorough
def test_penalties_count_what_was_written_everywhere(model: Model) -> None:
    """The engine and the trace counted the prompt too; speculation and constrained decoding never did."""
    from explorer.stack.inference.cache.paged_cache import PagedCache
    from explorer.stack.inference.decoding.constrained import RegexConstraint, TokenTable, constrained_decode
    from explorer.stack.inference.decoding.speculative import speculate
    from explorer.stack.inference.serving.scheduler import Request, Scheduler
    from explorer.tracing import TraceKey, capture

    sampler = Sampler(temperature=0, presence_penalty=2, frequency_penalty=1.5)
    trace, plain = (
        capture(model, TraceKey(model.name, "one two one two one two one", max_new_tokens=6, sampler=each))
        for each in (sampler, Sampler(temperature=0))
    )
    assert plain.ids.tolist() != trace.ids.tolist()
    prompt, new = trace.ids[: trace.n_prompt].tolist(), trace.ids[trace.n_prompt :].tolist()
    for step in trace.steps:
        written = trace.ids[trace.n_prompt : step.position + 1].tolist()
        stages = step.stages
        assert {i: n for i, n in zip(stages.previous_ids.tolist(), stages.times.tolist(), strict=True) if n} == {
            i: written.count(i) for i in written
        }
        assert int(stages.probabilities.argmax()) == step.chosen
    (engine,) = Engine(model.decoder).generate([prompt], 6, sampler)
    assert engine.new_ids == new
    assert list(speculate(model.decoder, prompt, None, max_new_tokens=6, sampler=sampler).new_ids) == new
    server = Scheduler(model.decoder, PagedCache(model.decoder.config, 8, 16))
    server.submit(Request("a", prompt, 6, sampler=sampler))
    assert server.run()[0].new_ids == new
    vocabulary, n = model.vocabulary, len(model.vocabulary)
    table = TokenTable(list(map(vocabulary.bytes, range(n))), 2, list(filter(vocabulary.is_special, range(n))))
    free = constrained_decode(model.decoder, prompt, RegexConstraint(r"(?s).*", table), 6, sampler)
    assert [step.token for step in free.steps] == new
