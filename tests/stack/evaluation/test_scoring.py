"""Continuations behind shared contexts: the same as whole passes of transformers, however they are batched."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import NotFiniteError
from explorer.stack.evaluation import scoring
from explorer.stack.evaluation.scoring import Request, score, surprises
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.few_rows import Linear
from explorer.zoo.model import Model

Pair = tuple[Decoder, torch.nn.Module]
IDS = st.lists(st.integers(0, 49), min_size=1, max_size=24).map(tuple)


@pytest.fixture(scope="module")
def pairs() -> Pair:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
            vocab_size=50,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=64,
            initializer_range=0.5,
        )  # fmt: skip
    theirs = LlamaForCausalLM(config).eval()
    return Decoder.from_pretrained(theirs), theirs


@torch.inference_mode()
def whole(theirs: torch.nn.Module, request: Request) -> list[float]:
    """One full pass of transformers over context and continuation."""
    ids = torch.tensor([[*request.context, *request.continuation]])
    logp = theirs(ids).logits[0].log_softmax(-1)
    first = len(request.context) - 1
    return [float(logp[first + i, token]) for i, token in enumerate(request.continuation)]


@given(st.lists(st.tuples(IDS, IDS), min_size=1, max_size=8), st.integers(1, 80), st.booleans())
def test_batches_of_any_shape_are_whole_passes(
    pairs: Pair,
    asked: list[tuple[tuple[int, ...], tuple[int, ...]]],
    tokens: int,
    same: bool,
) -> None:
    decoder, theirs = pairs
    start = tuple(range(20)) if same else ()  # a beginning that all share
    requests = [Request(start + context, after) for context, after in asked]
    requests += [Request(requests[0].context, after) for _, after in asked]  # several behind one context
    found = dict(score(decoder, requests, tokens))
    assert sorted(found) == list(range(len(requests)))
    for at, request in enumerate(requests):
        expected = whole(theirs, request.within(64))
        assert found[at].logprobs == pytest.approx(expected, abs=2e-4)


def test_what_is_too_long_loses_its_first_tokens(pairs: Pair) -> None:
    decoder, theirs = pairs
    context = tuple(i % 50 for i in range(90))
    ((_, found),) = score(decoder, [Request(context, (3, 4))])
    assert found.logprobs == pytest.approx(whole(theirs, Request(context[-63:], (3, 4))), abs=1e-4)


SHAPE = {"n_layers": 3, "d_model": 16, "n_heads": 4, "d_head": 4, "d_mlp": 32, "d_vocab": 50, "n_ctx": 64}
KINDS: dict[str, dict[str, object]] = {
    "windows in some layers": {"n_kv_heads": 2, "windows": (5, None, 3)},
    "ALiBi": {"n_kv_heads": 4, "positions": "alibi"},
    "learned positions": {"n_kv_heads": 1, "positions": "learned"},
    "scores with a cap": {"n_kv_heads": 2, "score_cap": 2.0},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shared", [0, 20])
def test_what_positions_do_in_a_decoder_they_do_in_a_tree(kind: str, shared: int) -> None:
    """Held against one whole pass of the same decoder for each request."""
    config = DecoderConfig(**SHAPE | KINDS[kind])  # pyright: ignore[reportArgumentType]
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(1)).eval()
    for weight in decoder.parameters():
        weight.data *= 8  # what is initialised hardly tells one token from another
    drawn = torch.Generator().manual_seed(2)

    def some(low: int, high: int) -> tuple[int, ...]:
        n = int(torch.randint(low, high, (1,), generator=drawn))
        return tuple(torch.randint(0, 50, (n,), generator=drawn).tolist())

    contexts = [tuple(range(shared)) + some(1, 20) for _ in range(5)]
    requests = [Request(context, some(1, 6)) for context in contexts for _ in range(3)]
    requests += [Request(each.context, (*each.continuation, *some(1, 4))) for each in requests]  # they begin alike
    found = dict(score(decoder, requests, 200))
    for at, each in enumerate(requests):
        with torch.inference_mode():
            logp = decoder(torch.tensor([[*each.context, *each.continuation]])).log_softmax(-1)[0]
        first = len(each.context) - 1
        expected = [float(logp[first + i, token]) for i, token in enumerate(each.continuation)]
        assert found[at].logprobs == pytest.approx(expected, abs=1e-4)


def test_contexts_that_are_the_same_are_read_once(pairs: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    stream = scoring._stream
    monkeypatch.setattr(scoring, "_stream", lambda d, ids, *rest: read.append(ids.numel()) or stream(d, ids, *rest))
    list(score(pairs[0], [Request((1, 2, 3, 4, 5), (6, 7 + n)) for n in range(4)]))
    assert read == [6]  # the context once, and the token that all continuations begin with
    list(score(pairs[0], [Request((1, 2, 3, 4, 5), (6 + n, 7)) for n in range(4)]))
    assert read == [6, 9]


def test_numbers_that_are_not_finite_are_told(pairs: Pair) -> None:
    broken = pairs[0].shallow(1)
    weight = broken.unembed.weight.clone()
    broken.unembed = Linear(16, 50, bias=False)
    broken.unembed.weight = torch.nn.Parameter(weight * torch.nan)
    with pytest.raises(NotFiniteError):
        list(score(broken, [Request((1,), (2,))]))


def test_surprises_are_those_of_transformers(model: Model) -> None:
    from torch.nn.functional import cross_entropy

    ids = model.vocabulary.encode("When Mary and John went to the store, John gave a drink to Mary.")
    with torch.inference_mode():
        expected = cross_entropy(model.hf(torch.tensor([ids[:-1]])).logits[0], torch.tensor(ids[1:]), reduction="none")
    torch.testing.assert_close(surprises(model.decoder, ids[:-1], ids[1:]), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(surprises(model.decoder, ids[:-1], ids[5:]), expected[4:], atol=1e-4, rtol=1e-4)
