"""llama.cpp's mixes: its rules by hand, and names that there are not."""

from __future__ import annotations

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices, quantized
from explorer.stack.systems.quantization.mix import MIXES, Place, chosen, fallback, in_words, mix, plan
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


def test_values_and_the_way_down_of_32_blocks() -> None:
    """The blocks that Q4_K_M favours in a model of 32: the first four, the last four, every third between."""
    favoured = {0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31}
    for kind in ("attn_v", "ffn_down"):
        taken = {i for i in range(32) if chosen(mix("q4_k_m"), Place(kind, i, 32, 4096)) == "q6_k"}
        assert taken == favoured
    assert chosen(mix("q4_k_m"), Place("attn_q", 0, 32, 4096)) == "q4_k"
    assert chosen(mix("q4_k_m"), Place("output", 0, 32, 4096)) == "q6_k"
    assert chosen(mix("q4_k_m"), Place("output", 0, 32, 576)) == "q8_0"


def test_eight_experts_keep_more_of_attention() -> None:
    at = {kind: Place(kind, 5, 32, 4096, experts=8) for kind in ("attn_v", "attn_k", "attn_output", "ffn_down")}
    assert [chosen(mix("q4_k_m"), at[kind]) for kind in at] == ["q8_0", "q8_0", "q5_k", "q4_k"]


def test_rows_that_fit_nothing_stay_16_bits() -> None:
    assert fallback("q4_k", 50) == fallback("q8_0", 50) == "f16"
    assert fallback("f32", 50) == "f32"


def test_a_name_that_there_is_not() -> None:
    assert mix("Q4_K_M") is MIXES["q4_k_m"]
    with pytest.raises(BadRequestError, match="no kind of file “iq9”"):
        mix("iq9")


def test_a_plan_is_what_a_decoder_is_quantized_by() -> None:
    config = DecoderConfig(n_layers=2, d_model=64, n_heads=2, n_kv_heads=1, d_head=32, d_mlp=256, d_vocab=50, n_ctx=8)
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
    known = matrices(decoder)
    planned = plan(mix("q4_k_m"), known, 2)
    assert planned["blocks.0.attn.W_Q"] == "q5_0"
    assert planned["blocks.1.mlp.W_out"] == "q6_k"
    assert planned["unembed"] == "q8_0"
    small = quantized(decoder, {each.name: FORMATS[planned[each.name]].quantize(each.weight) for each in known})
    ids = torch.arange(8)[None]
    assert 0 < float((small(ids) - decoder(ids)).abs().max()) < 0.1
    assert in_words(mix("q4_k_m"), known) == (
        "11 in Q5_0, 2 in Q8_0, 1 in Q4_K, 1 in Q6_K; 13 fall back, because their rows of 64 are no multiple of 256."
    )
