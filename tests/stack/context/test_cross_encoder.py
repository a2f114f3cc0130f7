"""The cross-encoder against transformers' BERT with a head, and its loss by hand."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.context.cross_encoder import CrossEncoder, listwise, pair, together


def test_pairs_score_as_in_transformers() -> None:
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, num_labels=1
    )
    theirs = BertForSequenceClassification(config).eval()
    ours = CrossEncoder.from_pretrained(config, theirs.state_dict())
    some = [pair(range(10, 14), range(20, 20 + n), cls=1, sep=2, most=24) for n in (3, 30)]
    ids, seen, segments = together(some)
    with torch.inference_mode():
        said = theirs(input_ids=ids, attention_mask=seen.long(), token_type_ids=segments).logits[:, 0]
        assert float((ours(ids, seen, segments) - said).abs().max()) < 1e-5
    assert ids.shape == (2, 24)


def test_the_loss_is_the_right_ones_surprisal() -> None:
    scores = torch.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    one = -math.log(math.e / (math.e + 1 + math.e**2))
    assert float(listwise(scores)) == pytest.approx((one + math.log(3)) / 2, abs=1e-6)


def test_a_question_without_room_for_a_passage() -> None:
    with pytest.raises(BadRequestError, match="no room"):
        pair(range(50), (1,), cls=1, sep=2, most=40)
