"""The attention-only transformer against transformers' GPT-2 without MLPs, K-composition against TransformerLens."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.frontier.induction import (
    AttentionOnly,
    AttentionOnlyConfig,
    behind,
    induction_score,
    k_composition,
    key_terms,
    previous_score,
    repeating,
    second_copy,
)


@pytest.fixture(scope="module")
def model() -> AttentionOnly:
    config = AttentionOnlyConfig(2, 16, 2, 11, 24, 0.3)
    return AttentionOnly(config, torch.Generator().manual_seed(0)).requires_grad_(False)


IDS = torch.randint(0, 11, (3, 20), generator=torch.Generator().manual_seed(1))


def test_it_is_a_gpt2_whose_mlps_write_nothing(model: AttentionOnly) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=11, n_positions=24, n_embd=16, n_layer=2, n_head=2, tie_word_embeddings=False)
    theirs = GPT2LMHeadModel(config).eval().requires_grad_(False)
    own = theirs.transformer
    own.wte.weight.copy_(model.W_E)
    own.wpe.weight.copy_(model.W_pos)
    theirs.lm_head.weight.copy_(model.W_U.T)
    for layer, block in enumerate(own.h):
        three = [each[layer].transpose(0, 1).flatten(1) for each in (model.W_Q, model.W_K, model.W_V)]
        block.attn.c_attn.weight.copy_(torch.cat(three, 1))
        block.attn.c_proj.weight.copy_(model.W_O[layer].flatten(0, 1))
        block.mlp.c_proj.weight.zero_()
    expected = theirs(IDS).logits
    torch.testing.assert_close(model(IDS), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(model.looked(IDS).logits, expected, atol=1e-5, rtol=0)


def test_composition_is_that_of_transformer_lens(model: AttentionOnly) -> None:
    from transformer_lens import FactoredMatrix
    from transformer_lens.utilities.matrix import composition_scores

    for head in range(2):
        left = FactoredMatrix(model.W_V[0], model.W_O[0])
        right = FactoredMatrix(model.W_Q[1, head], model.W_K[1, head].T)
        expected = composition_scores(left, right.T, broadcast_dims=False)
        torch.testing.assert_close(k_composition(model)[:, head], expected, atol=1e-5, rtol=0)


def test_a_score_is_what_wrote_its_keys_added_up(model: AttentionOnly) -> None:
    run = model.looked(IDS)
    y = model.normed(run.resid[1])
    for head in range(2):
        scores = (y @ model.W_Q[1, head]) @ (y @ model.W_K[1, head]).transpose(-1, -2) / 8**0.5
        torch.testing.assert_close(key_terms(model, run, IDS, 1, head).sum(1), scores, atol=1e-4, rtol=0)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 9), st.integers(0, 99))
def test_texts_repeat_and_a_head_that_looks_behind_scores_one(period: int, seed: int) -> None:
    ids, found = repeating(2, 24, 11, (period, period), torch.Generator().manual_seed(seed))
    assert bool((ids[:, period:] == ids[:, :-period]).all())
    assert found.tolist() == [period, period]
    where = behind(found, 24).float()[:, None]
    perfect = where / where.sum(-1, keepdim=True).clamp(min=1)
    assert float(induction_score(perfect, found)[0]) == pytest.approx(1)
    assert float(previous_score(torch.eye(24).roll(1, 0)[None, None])[0]) == 1
    right = torch.nn.functional.one_hot(ids.roll(-1, 1), 11).float()
    assert second_copy(right, ids, found) == 1


def test_heads_must_share_the_stream() -> None:
    with pytest.raises(BadRequestError, match="cannot share"):
        AttentionOnlyConfig(2, 10, 4, 11, 24, 0.02)
