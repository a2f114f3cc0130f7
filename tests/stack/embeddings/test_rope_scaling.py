"""RoPE scaling equals transformers' ROPE_INIT_FUNCTIONS, scheme for scheme."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from explorer.errors import UnsupportedModelError
from explorer.stack.embeddings.rope import RopeConfig, attention_factor, inv_freq, rotation
from explorer.stack.embeddings.rope_scaling import NTK, DynamicNTK, Linear, Llama3, YaRN, frequencies, from_hf

N_CTX = 4096
SCHEMES: list[dict[str, Any]] = [
    {"rope_type": "linear", "factor": 4.0},
    {"rope_type": "dynamic", "factor": 4.0},
    {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": N_CTX},
    {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 1024, "beta_fast": 16.0, "beta_slow": 2.0},
    {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": N_CTX, "attention_factor": 1.5},
    {"rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 4096, "mscale": 1, "mscale_all_dim": 0.7},
    {"rope_type": "yarn", "factor": 32.0, "original_max_position_embeddings": 4096, "truncate": False},
    {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4},  # every pair interpolated
    {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 2048,
    },
]  # fmt: skip


def hf_config(scheme: dict[str, Any], theta: float = 1e4, d_head: int = 128) -> LlamaConfig:
    return LlamaConfig(
        hidden_size=2 * d_head,
        num_attention_heads=2,
        max_position_embeddings=N_CTX,
        rope_parameters={"rope_theta": theta, **scheme},
    )


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: f"{s['rope_type']}-{s['factor']:g}")
@pytest.mark.parametrize("length", [100, N_CTX, 2 * N_CTX, 20_000])
def test_frequencies_equal_transformers(scheme: dict[str, Any], length: int) -> None:
    hf = hf_config(scheme)
    theirs, factor = ROPE_INIT_FUNCTIONS[scheme["rope_type"]](hf, torch.device("cpu"), seq_len=length)
    config = RopeConfig.from_hf(hf)
    torch.testing.assert_close(inv_freq(config, length), theirs, rtol=1e-6, atol=0)
    assert attention_factor(config) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: f"{s['rope_type']}-{s['factor']:g}")
def test_rotation_equals_the_rotary_module(scheme: dict[str, Any]) -> None:
    """cos and sin with the attention factor in them; dynamic NTK takes the length from the positions."""
    hf, positions = hf_config(scheme, d_head=32), torch.tensor([[0, 3, 900, 6000]])
    cos, sin = rotation(RopeConfig.from_hf(hf), positions)
    their_cos, their_sin = LlamaRotaryEmbedding(hf)(torch.zeros(1), positions)
    # A frequency's last bit is worth 6,000 * 6e-8 radians at the last position.
    torch.testing.assert_close(cos, their_cos, rtol=0, atol=2e-3)
    torch.testing.assert_close(sin, their_sin, rtol=0, atol=2e-3)


def test_known_answers() -> None:
    assert float(frequencies(1e4, 128)[63]) == pytest.approx(1.15478e-4, rel=1e-5)
    assert float(Linear(4.0).inv_freq(1e4, 128)[63]) == pytest.approx(2.88695e-5, rel=1e-5)
    assert float(YaRN(4.0, 4096).inv_freq(1e4, 128)[31]) == pytest.approx(0.00788361, rel=1e-6)
    assert YaRN(4.0, 4096).amplitude == pytest.approx(1.138629, rel=1e-6)
    assert float(DynamicNTK(4.0, 4096).inv_freq(1e4, 128, 8192)[63]) == pytest.approx(2.30956e-5, rel=1e-5)


@given(factor=st.floats(1, 64), theta=st.floats(100, 1e6), half=st.integers(2, 64))
def test_ntk_keeps_the_fastest_and_divides_the_slowest(factor: float, theta: float, half: int) -> None:
    kept, slower = frequencies(theta, 2 * half), NTK(factor).inv_freq(theta, 2 * half)
    assert float(slower[0]) == 1
    assert float(kept[-1] / slower[-1]) == pytest.approx(factor, rel=1e-4)


@given(factor=st.floats(1, 64), theta=st.floats(100, 1e6), half=st.integers(2, 64), original=st.integers(64, 10_000))
def test_every_speed_lies_between_plain_and_interpolated(factor: float, theta: float, half: int, original: int) -> None:
    kept = frequencies(theta, 2 * half)
    for scheme in (Linear(factor), NTK(factor), YaRN(factor, original), Llama3(factor, 1, 4, original)):
        slower = scheme.inv_freq(theta, 2 * half)
        assert bool((slower <= kept * (1 + 1e-5)).all())
        assert bool((slower >= kept / factor * (1 - 1e-4)).all())


@given(length=st.integers(1, N_CTX))
def test_dynamic_changes_nothing_within_the_trained_length(length: int) -> None:
    assert torch.equal(DynamicNTK(8.0, N_CTX).inv_freq(1e4, 64, length), frequencies(1e4, 64))


def test_a_factor_of_one_changes_nothing() -> None:
    for scheme in (Linear(1.0), NTK(1.0), YaRN(1.0, 64), Llama3(1.0, 1, 4, 64)):
        torch.testing.assert_close(scheme.inv_freq(1e4, 64, 1000), frequencies(1e4, 64), rtol=1e-6, atol=0)
        assert scheme.amplitude == 1


def test_dynamic_with_factor_one_follows_the_length() -> None:
    """emozilla's own form: the base grows by the length over the trained length."""
    torch.testing.assert_close(DynamicNTK(1.0, 64).inv_freq(1e4, 32, 256), NTK(4.0).inv_freq(1e4, 32))


def test_yarn_turns_its_ramp_by_turns() -> None:
    """Pairs with more than 32 turns in the trained length are kept, with less than one are divided."""
    turns = N_CTX * frequencies(1e4, 128) / (2 * math.pi)
    ratio = frequencies(1e4, 128) / YaRN(4.0, N_CTX).inv_freq(1e4, 128)
    assert bool((ratio[turns > 40] == 1).all())
    torch.testing.assert_close(ratio[turns < 0.7], torch.full((int((turns < 0.7).sum()),), 4.0))


def test_what_is_not_written_is_named() -> None:
    with pytest.raises(UnsupportedModelError, match="longrope"):
        from_hf({"rope_type": "longrope", "factor": 4.0})
    with pytest.raises(ValueError, match="not 1 or more"):
        Linear(0.5)
    with pytest.raises(ValueError, match="low < high"):
        Llama3(2.0, 4, 1, 64)


def test_a_factor_left_out_is_the_ratio_of_the_lengths() -> None:
    found = from_hf({"rope_type": "yarn", "factor": None, "original_max_position_embeddings": 1024}, 4096)
    assert found == YaRN(4.0, 1024)
    assert from_hf(None) is None
