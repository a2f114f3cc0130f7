"""What a training costs: torch's own count of a step, sums by hand, and what holds for any fleet."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from explorer.experiments.pretraining.compute import matrix_weights
from explorer.stack.pretraining.compute import Fleet, attention_of_a_token, parts, six_n_d, trained, training
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SIZES: dict[str, Any] = {
    "n_layers": 2, "d_model": 24, "n_heads": 4, "d_head": 6, "d_mlp": 20, "d_vocab": 19, "n_ctx": 64,
}  # fmt: skip
SHAPES = pytest.mark.parametrize(
    "more", [{"n_kv_heads": 4}, {"n_kv_heads": 1, "tied": False}, {"n_kv_heads": 2, "gated": False}]
)


@SHAPES
@pytest.mark.parametrize("length", [1, 13])
def test_a_step_takes_what_torch_counts(more: dict[str, Any], length: int) -> None:
    config = DecoderConfig(**SIZES, **more)
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(True)
    with FlopCounterMode(display=False) as counter:
        decoder(torch.arange(length)[None], kernel="eager").sum().backward()
    assert counter.get_total_flops() == trained(config, length)


@SHAPES
def test_six_a_weight_and_attention(more: dict[str, Any]) -> None:
    config = DecoderConfig(**{**SIZES, "tied": False, **more})
    attention = attention_of_a_token(2, 4, 6, 13)
    assert six_n_d(matrix_weights(config), 13) + 13 * attention == trained(config, 13)


def test_a_step_of_transformers_llama() -> None:
    hf = LlamaConfig(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=20,
        vocab_size=19, max_position_embeddings=64, attn_implementation="eager",
    )  # fmt: skip
    model = LlamaForCausalLM(hf)
    with FlopCounterMode(display=False) as counter:
        model(torch.arange(13)[None]).logits.sum().backward()
    assert counter.get_total_flops() == trained(DecoderConfig.from_hf(hf), 13)


def test_the_parts_of_smollm2() -> None:
    smollm2 = DecoderConfig(30, 576, 9, 3, 64, 1536, 49152, 8192)
    found = {each.name: each.flops for each in parts(smollm2, 2048)}
    assert found["unembedding"] == 2 * 2048 * 576 * 49152
    assert 3 * (found["scores"] + found["mix"]) == 2048 * attention_of_a_token(30, 9, 64, 2048)


@given(
    parameters=st.floats(1e3, 1e14), tokens=st.floats(1e3, 1e15), devices=st.integers(1, 10**6),
    mfu=st.floats(0.001, 1), more=st.integers(2, 50),
)  # fmt: skip
def test_more_devices_take_the_same_hours(
    parameters: float, tokens: float, devices: int, mfu: float, more: int
) -> None:
    one = training(parameters, tokens, Fleet(devices, 1e15, mfu, 700, 2))
    many = training(parameters, tokens, Fleet(devices * more, 1e15, mfu, 700, 2))
    assert many.days == pytest.approx(one.days / more)
    assert many.device_hours == pytest.approx(one.device_hours)
    assert many.price == pytest.approx(one.price)
    assert one.days * 86_400 * devices * 1e15 * mfu == pytest.approx(6 * parameters * tokens)


@pytest.mark.parametrize("wrong", [(0, 1e15, 0.5), (8, 0, 0.5), (8, 1e15, 0)])
def test_a_fleet_that_computes_nothing(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Fleet(*wrong, 700, 2)
