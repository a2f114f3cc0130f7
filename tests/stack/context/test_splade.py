"""SPLADE's weights by hand, and the likelihood of a question against plain passes."""

from __future__ import annotations

import pytest
import torch

from explorer.stack.context.query_likelihood import likelihoods
from explorer.stack.context.splade import shared, word_weights
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SMALL = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=16, d_vocab=20, n_ctx=32)


def test_padding_and_negative_logits_weigh_nothing() -> None:
    logits = torch.randn(2, 4, 30)
    seen = torch.tensor([[True, True, False, False], [True] * 4])
    made = word_weights(logits, seen)
    assert torch.allclose(made[0], torch.log1p(logits[0, :2].clamp(min=0)).max(0).values)
    assert bool((made >= 0).all())
    alone = word_weights(logits[:1, :2], torch.ones(1, 2, dtype=torch.bool))
    assert torch.equal(made[0], alone[0])


def test_shared_words_add_up_to_the_score() -> None:
    one, other = torch.rand(40).round(), torch.rand(40)
    found = shared(one, other, 40)
    assert sum(value for _, value in found) == pytest.approx(float(one @ other), rel=1e-5)
    assert [value for _, value in found] == sorted((value for _, value in found), reverse=True)


def test_a_question_is_read_behind_each_prompt() -> None:
    torch.manual_seed(0)
    decoder = Decoder(SMALL).eval()
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    told: list[tuple[int, int]] = []
    made = likelihoods(decoder, [(1, 2, 3), (7,)], (4, 5, 6), lambda *at: told.append(at))
    with torch.inference_mode():
        logp = decoder(torch.tensor([[1, 2, 3, 4, 5, 6]])).log_softmax(-1)[0]
    assert torch.allclose(made[0], logp[torch.tensor([2, 3, 4]), torch.tensor([4, 5, 6])], atol=1e-5)
    assert told == [(1, 2), (2, 2)]
    with pytest.raises(ValueError, match="empty"):
        likelihoods(decoder, [(1,)], ())
