"""RoPE equals transformers' rotary modules, and its properties hold."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.embeddings.rope import Layout, RopeConfig, inv_freq, rotate, rotation, to_halves, to_interleaved
from explorer.stack.embeddings.rope_scaling import YaRN

LAYOUTS: tuple[Layout, ...] = ("halves", "interleaved")


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def score(config: RopeConfig, q: Tensor, k: Tensor, m: int, n: int) -> float:
    """q.k in float32 with q at position m and k at n; both [1 1 d_head]."""
    turned = [rotate(x, *rotation(config, torch.tensor([at])), config.layout) for x, at in ((q, m), (k, n))]
    return float((turned[0] * turned[1]).sum())


def test_pair_turned_by_hand() -> None:
    """d = 2 has one pair with speed 1: [3, 4] at position 2 is turned by 2 radians."""
    config = RopeConfig(theta=50.0, d_head=2)
    x, y = rotate(torch.tensor([[[3.0, 4.0]]]), *rotation(config, torch.tensor([2]))).flatten().tolist()
    assert x == pytest.approx(3 * math.cos(2) - 4 * math.sin(2), abs=1e-6)
    assert y == pytest.approx(3 * math.sin(2) + 4 * math.cos(2), abs=1e-6)


def test_halves_equal_llama() -> None:
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    hf = LlamaConfig(hidden_size=64, num_attention_heads=2, rope_parameters={"rope_type": "default", "rope_theta": 5e4})
    config, positions = RopeConfig.from_hf(hf), torch.tensor([[0, 1, 7, 500, 8191], [3, 2, 1, 0, 4]])
    q, k = random(2, 2, 5, 32), random(2, 1, 5, 32, seed=1)
    cos, sin = rotation(config, positions)
    their_cos, their_sin = LlamaRotaryEmbedding(hf)(q, positions)
    assert torch.equal(cos, their_cos)
    assert torch.equal(sin, their_sin)
    their_q, their_k = apply_rotary_pos_emb(q, k, their_cos, their_sin)
    assert torch.allclose(rotate(q, cos, sin), their_q, atol=1e-6)
    assert torch.allclose(rotate(k, cos, sin), their_k, atol=1e-6)


def test_interleaved_equals_cohere() -> None:
    from transformers import CohereConfig
    from transformers.models.cohere.modeling_cohere import CohereRotaryEmbedding, apply_rotary_pos_emb

    hf = CohereConfig(hidden_size=64, num_attention_heads=2, num_key_value_heads=2)
    config = RopeConfig(RopeConfig.from_hf(hf).theta, 32, "interleaved")
    positions, q = torch.tensor([[0, 5, 900]]), random(1, 2, 3, 32)
    cos, sin = rotation(config, positions)
    their_q, _ = apply_rotary_pos_emb(q, q, *CohereRotaryEmbedding(hf)(q, positions))
    torch.testing.assert_close(rotate(q, cos, sin, "interleaved"), their_q, rtol=0, atol=1e-6)


def test_partial_rotation_equals_phi() -> None:
    """Phi turns the first part of each head only."""
    from transformers import PhiConfig
    from transformers.models.phi.modeling_phi import PhiRotaryEmbedding, apply_rotary_pos_emb

    parameters = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
    hf = PhiConfig(hidden_size=64, num_attention_heads=2, rope_parameters=parameters)
    config, positions = RopeConfig.from_hf(hf), torch.tensor([[0, 5, 900]])
    assert config.d_rotary == 16
    q = random(1, 2, 3, 32)
    ours = rotate(q, *rotation(config, positions))
    theirs, _ = apply_rotary_pos_emb(q[..., :16], q[..., :16], *PhiRotaryEmbedding(hf)(q, positions))
    torch.testing.assert_close(ours, torch.cat([theirs, q[..., 16:]], -1))


def test_gemma_has_a_rotation_for_each_layer_type() -> None:
    from transformers import Gemma3TextConfig

    hf = Gemma3TextConfig(head_dim=32)
    whole, window = RopeConfig.from_hf(hf, "full_attention"), RopeConfig.from_hf(hf, "sliding_attention")
    assert (whole.theta, window.theta, whole.d_head) == (1e6, 1e4, 32)
    with pytest.raises(ValueError, match="say which"):
        RopeConfig.from_hf(hf)


def test_older_configs_are_read() -> None:
    from types import SimpleNamespace

    scaling = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
    old: Any = SimpleNamespace(hidden_size=64, num_attention_heads=2, rope_theta=2e4, rope_scaling=scaling)
    assert RopeConfig.from_hf(old) == RopeConfig(2e4, 32, scaling=YaRN(4.0, 64))


def test_rotation_equals_the_bridge_of_the_real_model(model) -> None:
    """The run's own rotated queries and keys, from those before rotation."""
    from explorer.tracing import TraceKey, capture

    trace = capture(model, TraceKey(model.name, "The capital of France is Paris"))
    config = RopeConfig.from_hf(model.hf.config)
    cos, sin = rotation(config, torch.arange(len(trace)))
    torch.testing.assert_close(cos, trace.cos)
    again = rotate(trace.q.transpose(1, 2), cos, sin).transpose(1, 2)
    torch.testing.assert_close(again, trace.rot_q, rtol=0, atol=1e-4)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(m=st.integers(0, 500), n=st.integers(0, 500), shift=st.integers(0, 4000), seed=st.integers(0, 99))
def test_a_score_depends_on_the_distance_only(layout: Layout, m: int, n: int, shift: int, seed: int) -> None:
    config = RopeConfig(1e4, 16, layout)
    q, k = random(1, 1, 16, seed=seed), random(1, 1, 16, seed=seed + 100)
    # A float32 angle of 4,500 radians is off by up to 2.4e-4.
    assert score(config, q, k, m, n) == pytest.approx(score(config, q, k, m + shift, n + shift), abs=2e-2)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(position=st.integers(0, 10_000), seed=st.integers(0, 99))
def test_lengths_stay(layout: Layout, position: int, seed: int) -> None:
    config, x = RopeConfig(1e4, 16, layout), random(1, 1, 16, seed=seed)
    turned = rotate(x, *rotation(config, torch.tensor([position])), layout)
    assert float(turned.norm()) == pytest.approx(float(x.norm()), rel=1e-5)


@given(heads=st.integers(1, 4), half=st.integers(1, 8), rest=st.sampled_from([0, 4]), seed=st.integers(0, 99))
def test_layouts_are_convertible(heads: int, half: int, rest: int, seed: int) -> None:
    """The same input through reordered weights gives the same scores, and reordering back gives the same weights."""
    d_rotary, d_head = 2 * half, 2 * half + rest
    W_Q, W_K, x = (random(heads * d_head, 6, seed=seed + i) for i in (0, 1, 2))
    x, scores = x[:3], []
    for layout in LAYOUTS:
        rows = [W if layout == "halves" else to_interleaved(W, d_head, d_rotary) for W in (W_Q, W_K)]
        config = RopeConfig(100.0, d_head, layout, fraction=d_rotary / d_head)
        table = rotation(config, torch.arange(len(x)))
        q, k = ((x @ W.T).unflatten(-1, (heads, d_head)).transpose(0, 1) for W in rows)  # head pos d_head
        scores.append(rotate(q, *table, layout) @ rotate(k, *table, layout).mT)
    torch.testing.assert_close(scores[0], scores[1], rtol=1e-4, atol=1e-4)
    assert torch.equal(to_halves(to_interleaved(W_Q, d_head, d_rotary), d_head, d_rotary), W_Q)


def test_speeds_fall_geometrically() -> None:
    speeds = inv_freq(RopeConfig(1e4, 128))
    assert float(speeds[0]) == 1
    assert float(speeds[63]) == pytest.approx(1.15478e-4, rel=1e-5)


@pytest.mark.parametrize(("theta", "d_head", "fraction"), [(1.0, 8, 1.0), (1e4, 7, 1.0), (1e4, 8, 2.0)])
def test_what_cannot_be_turned_is_refused(theta: float, d_head: int, fraction: float) -> None:
    with pytest.raises(ValueError, match=r"RoPE base|in pairs"):
        RopeConfig(theta, d_head, fraction=fraction)
