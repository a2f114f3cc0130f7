"""Speculative decoding on decoders: greedy output is the target's token for token, whatever the draft."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from explorer.errors import BadRequestError, EmptyPromptError
from explorer.stack.inference.decoding.drafts import GREEDY, Draft, ModelDraft, early_exit, layer_skipping
from explorer.stack.inference.decoding.prompt_lookup import PromptLookup
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.speculative import Speculation, speculate
from explorer.stack.inference.fused.decoder import FusedDecoder
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model


def drafts_of(decoder: Decoder) -> dict[str, Draft]:
    return {
        "exit": early_exit(decoder, 1),
        "skip": layer_skipping(decoder, 2),
        "whole": early_exit(decoder, decoder.config.n_layers),
        "look-up": PromptLookup(decoder.config.d_vocab),
    }


@pytest.mark.parametrize("kind", ["exit", "skip", "whole", "look-up"])
@pytest.mark.parametrize("gamma", [1, 4])
def test_greedy_output_is_the_plain_one(tiny: Decoder, kind: str, gamma: int) -> None:
    prompt = [1, 2, 3, 1, 2]
    plain = speculate(tiny, prompt, None, max_new_tokens=24)
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        for _ in range(24):  # without any cache
            ids = torch.cat([ids, tiny(ids)[:, -1:].argmax(-1)], 1)
    assert plain.new_ids == tuple(ids[0, len(prompt) :].tolist())
    assert plain.passes == 24
    done = speculate(tiny, prompt, drafts_of(tiny)[kind], max_new_tokens=24, gamma=gamma)
    assert done.new_ids == plain.new_ids
    account(done, gamma)
    if kind == "whole":  # the target itself is always right
        assert done.acceptance == done.overlap == 1
        assert done.passes == math.ceil(24 / (gamma + 1))


@pytest.mark.thorough
def test_a_fused_draft_drafts_what_the_ordinary_one_does(tiny: Decoder) -> None:
    shallow, how = tiny.shallow(2), {"max_new_tokens": 16, "gamma": 3, "sampler": Sampler(temperature=0.8), "seed": 3}
    ordinary = speculate(tiny, [4, 5, 6], ModelDraft(shallow), **how)
    fused = speculate(tiny, [4, 5, 6], ModelDraft(FusedDecoder(shallow)), **how)
    assert [(r.drafted, r.accepted, r.next_id) for r in fused.rounds] == [
        (r.drafted, r.accepted, r.next_id) for r in ordinary.rounds
    ]
    assert any(r.replaced for r in fused.rounds)


def account(done: Speculation, gamma: int) -> None:
    """The rounds' records fit together, and p and q are what the record says of them."""
    at = len(done.prompt_ids)
    for made in done.rounds:
        assert made.start == at
        assert len(made.drafted) <= gamma
        assert made.tested == min(made.accepted + 1, len(made.drafted))
        assert made.evidence is not None
        q, p = made.evidence.q, made.evidence.p
        assert len(p) == len(q) + 1
        assert made.overlap == pytest.approx(torch.minimum(p[:-1], q).sum(-1).tolist())
        for i, x in enumerate(made.drafted):
            assert made.accept_probability[i] == pytest.approx(min(1, float(p[i, x] / q[i, x])))
            if i < made.tested:
                assert (made.u[i] < made.accept_probability[i]) == (i < made.accepted)
        assert made.seconds > 0
        at += len(made.ids)
    assert at == len(done.prompt_ids) + len(done.new_ids)


def test_cached_rounds_read_what_a_fresh_pass_reads(tiny: Decoder) -> None:
    done = speculate(
        tiny, [5, 6, 5], early_exit(tiny, 2), max_new_tokens=20, gamma=3, sampler=Sampler(temperature=1.3), seed=5
    )
    account(done, 3)
    assert 0 < done.acceptance < 1
    for made in done.rounds:
        ids = [*done.prompt_ids, *done.new_ids][: made.start] + list(made.drafted)
        with torch.inference_mode():
            target, draft = (d(torch.tensor([ids]))[0, made.start - 1 :] for d in (tiny, tiny.shallow(2)))
        assert made.evidence is not None
        torch.testing.assert_close(made.evidence.target_logits, target, atol=1e-5, rtol=1e-5)
        assert made.evidence.draft_logits is not None
        torch.testing.assert_close(made.evidence.draft_logits, draft[:-1], atol=1e-5, rtol=1e-5)


def test_the_same_seed_gives_the_same_tokens(tiny: Decoder) -> None:
    def run(seed: int) -> tuple[int, ...]:
        return speculate(
            tiny, [1, 2], early_exit(tiny, 2), max_new_tokens=12, sampler=Sampler(temperature=2), seed=seed
        ).new_ids

    assert run(1) == run(1) != run(2)


def test_a_stop_token_ends_it_even_amid_a_round(tiny: Decoder) -> None:
    whole = speculate(tiny, [1, 2, 3], None, max_new_tokens=12)
    stop = whole.new_ids[5]
    end = whole.new_ids.index(stop) + 1
    draft = early_exit(tiny, tiny.config.n_layers)
    done = speculate(tiny, [1, 2, 3], draft, max_new_tokens=12, gamma=4, stop_ids=[stop])
    assert done.stopped
    assert done.new_ids == whole.new_ids[:end]


def test_evidence_need_not_be_kept(tiny: Decoder) -> None:
    with_it, without = (
        speculate(tiny, [1, 2, 3], early_exit(tiny, 2), max_new_tokens=5, keep_evidence=keep) for keep in (True, False)
    )
    assert all(r.evidence is not None for r in with_it.rounds)
    assert all(r.evidence is None for r in without.rounds)
    assert [r.ids for r in with_it.rounds] == [r.ids for r in without.rounds]


def test_edges(tiny: Decoder) -> None:
    with pytest.raises(EmptyPromptError):
        speculate(tiny, [], None, max_new_tokens=2)
    with pytest.raises(BadRequestError):
        speculate(tiny, [1], None, max_new_tokens=2, gamma=-1)
    assert speculate(tiny, [1], None, max_new_tokens=0).new_ids == ()
    one = speculate(tiny, [1], early_exit(tiny, 2), max_new_tokens=1, gamma=4)
    assert (len(one.new_ids), one.drafted) == (1, 0)  # a pass gives one token in any case
    assert math.isnan(one.acceptance)


# ---- the real model -------------------------------------------------------------------------------------------------

RHYME = (
    "This is the house that Jack built.\nThis is the malt that lay in the house that Jack built.\n"
    "This is the rat that ate the malt"
)


@pytest.fixture(scope="module")
def rhyme(model: Model) -> tuple[list[int], list[int]]:
    """The prompt's ids and transformers' greedy continuation."""
    ids = list(model.vocabulary.encode(RHYME))
    return ids, assisted(model, ids)


NEW = 8


def assisted(model: Model, ids: list[int], **how: Any) -> list[int]:
    from transformers import GenerationConfig

    settings = GenerationConfig(max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False, pad_token_id=0, **how)
    hf: Any = model.hf
    given = torch.tensor([ids])
    with torch.inference_mode():
        out = hf.generate(given, attention_mask=torch.ones_like(given), generation_config=settings)
    return out[0, len(ids) :].tolist()


@pytest.fixture(scope="module")
def decoder(model: Model) -> Any:
    return getattr(model, "decoder", None) or Decoder.from_pretrained(model.hf)


def test_greedy_on_the_real_model_is_plain_greedy_and_transformers(
    decoder: Decoder, rhyme: tuple[list[int], list[int]]
) -> None:
    ids, theirs = rhyme
    assert list(speculate(decoder, ids, None, max_new_tokens=NEW, keep_evidence=False).new_ids) == theirs
    done = speculate(decoder, ids, PromptLookup(decoder.config.d_vocab), max_new_tokens=NEW, gamma=5)
    assert list(done.new_ids) == theirs
    assert done.passes < NEW
    assert done.acceptance == pytest.approx(done.overlap)  # at temperature 0 there is no chance in it


def test_greedy_look_up_is_transformers_prompt_lookup(
    model: Model, decoder: Decoder, rhyme: tuple[list[int], list[int]]
) -> None:
    ids, theirs = rhyme
    assert assisted(model, ids, prompt_lookup_num_tokens=4, max_matching_ngram_size=2) == theirs
    draft = PromptLookup(decoder.config.d_vocab, max_ngram=2, latest=False)
    assert list(speculate(decoder, ids, draft, max_new_tokens=NEW, gamma=4).new_ids) == theirs


def test_greedy_without_the_middle_blocks_is_plain_greedy(decoder: Decoder, rhyme: tuple[list[int], list[int]]) -> None:
    ids, target = rhyme[0], decoder.shallow(8)
    plain = speculate(target, ids, None, max_new_tokens=NEW, keep_evidence=False)
    done = speculate(target, ids, layer_skipping(target, 7), max_new_tokens=NEW, gamma=3, sampler=GREEDY)
    assert done.new_ids == plain.new_ids
    assert done.accepted > 0
    assert done.passes < NEW
