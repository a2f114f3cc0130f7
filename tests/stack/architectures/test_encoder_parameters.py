"""Parameters of models with an encoder, against the tensors that transformers builds on no memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers as hf

from explorer.errors import NotApplicableError
from explorer.stack.architectures.encoder_parameters import parameters
from explorer.stack.architectures.published_models import PUBLISHED

BERT: dict[str, Any] = {
    "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40, "vocab_size": 50,
}  # fmt: skip
T5: dict[str, Any] = {"d_model": 24, "d_kv": 5, "d_ff": 40, "num_layers": 2, "num_heads": 3, "vocab_size": 50}
TINY = {
    "bert": (hf.BertConfig(**BERT), hf.BertModel),
    "roberta": (hf.RobertaConfig(**BERT, max_position_embeddings=30), hf.RobertaModel),
    "t5": (hf.T5Config(**T5, num_decoder_layers=3), hf.T5ForConditionalGeneration),
    "t5, gated": (hf.T5Config(**T5, feed_forward_proj="gated-gelu"), hf.T5ForConditionalGeneration),
    "bart": (
        hf.BartConfig(
            d_model=24, encoder_layers=2, decoder_layers=3, encoder_attention_heads=3, decoder_attention_heads=3,
            encoder_ffn_dim=40, decoder_ffn_dim=44, vocab_size=50,
        ),
        hf.BartForConditionalGeneration,
    ),
}  # fmt: skip


def built(config: Any, kind: Any) -> int:
    with torch.device("meta"):
        return sum(each.numel() for each in kind(config).parameters())


@pytest.mark.parametrize("name", TINY)
def test_a_config_is_counted_as_transformers_builds_it(name: str) -> None:
    config, kind = TINY[name]
    assert parameters(config) == built(config, kind)


def test_the_published_ones() -> None:
    """Of T5 1.1's kind transformers ties a head that the released weights have apart: a table more."""
    found = {name: each for name, each in PUBLISHED.items() if each.shape != "decoder-only"}
    assert {each.exact for each in found.values() if each.exact} >= {109_482_240, 222_903_552, 406_291_456}
    for each in found.values():
        assert each.exact in (None, parameters(each.read())), each.name
    flan = PUBLISHED["Flan-T5-base"]
    assert parameters(flan.read()) == built(flan.hf(), hf.T5ForConditionalGeneration) + 32128 * 768
    assert parameters(hf.BartConfig()) == PUBLISHED["BART-large"].exact  # the class's defaults are that model
    assert parameters(hf.BertConfig()) == PUBLISHED["BERT-base"].exact


def test_others_are_refused() -> None:
    with pytest.raises(NotApplicableError, match="llama"):
        parameters(hf.LlamaConfig())
    with pytest.raises(LookupError, match="grok"):
        PUBLISHED["Grok-1"].hf()
