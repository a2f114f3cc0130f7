"""The formula's tensors against those that torch's hooks see, for any shape; and by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining.saved_tensors import apart, watched
from explorer.stack.pretraining.checkpointing import POLICIES
from explorer.stack.pretraining.saved_tensors import Step, saved
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SIZES: dict[str, Any] = {
    "n_layers": 2, "d_model": 24, "n_heads": 4, "n_kv_heads": 2, "d_head": 6, "d_mlp": 20, "d_vocab": 19, "n_ctx": 64,
}  # fmt: skip
CONFIGS = st.fixed_dictionaries(
    {
        "n_kv_heads": st.sampled_from([1, 2, 4]),
        "d_head": st.sampled_from([4, 6]),
        "norm": st.sampled_from(["rms", "layer"]),
        "positions": st.sampled_from(["rope", "learned", "none"]),
        "activation": st.sampled_from(["silu", "gelu", "gelu_tanh"]),
        "gated": st.booleans(),
        "attention_bias": st.booleans(),
        "mlp_bias": st.booleans(),
        "tied": st.booleans(),
    }
)
STEPS = st.fixed_dictionaries(
    {
        "batch": st.integers(1, 3),
        "length": st.integers(9, 40),
        "item": st.sampled_from([4, 2]),
        "kernel": st.sampled_from(["sdpa", "eager"]),
        "policy": st.sampled_from(POLICIES),
    }
)


def _apart(config: DecoderConfig, step: Step) -> int:
    decoder = Decoder(config, torch.bfloat16 if step.item == 2 else None)
    decoder.initialise(torch.Generator().manual_seed(0))
    windows = (torch.arange(step.batch * (step.length + 1)) % config.d_vocab).view(step.batch, -1)
    return apart(saved(config, step), watched(decoder, windows, step))


@settings(deadline=None)
@given(CONFIGS, STEPS)
def test_not_a_byte_apart(config: dict[str, Any], step: dict[str, Any]) -> None:
    assert _apart(DecoderConfig(**(SIZES | config)), Step(**step)) == 0


def test_what_16_bits_and_grouped_queries_take() -> None:
    config = DecoderConfig(**SIZES)
    sums = {
        name: sum(each.bytes for each in saved(config, step) if each.module.startswith("blocks.1.attn"))
        for name, step in {"full": Step(2, 10), "half": Step(2, 10, item=2)}.items()
    }
    n = 2 * 10
    rows = 24 + 4 * 6 + 2 * 6 + 2 * 6 + 4 * 6  # what is read, q, k, v, z
    assert sums["full"] == 4 * n * rows + 4 * n * 4
    copies = 2 * (24 * 24 + 2 * 12 * 24 + 24 * 24)
    turned = 4 * n * 6 * 2
    assert sums["half"] == 2 * n * rows + 4 * n * 4 + copies + turned


def test_scores_grow_with_the_square() -> None:
    config = DecoderConfig(**SIZES)
    sizes = [
        sum(each.bytes for each in saved(config, Step(1, length, kernel="eager")) if each.name == "softmax")
        for length in (16, 32)
    ]
    assert sizes == [2 * 4 * 16**2 * 4, 2 * 4 * 32**2 * 4]
    assert not [each for each in saved(config, Step(1, 16)) if each.name == "softmax"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_keeps_no_more(policy: Any) -> None:
    config, step = DecoderConfig(**SIZES), Step(2, 16, kernel="eager")
    whole, less = (sum(each.bytes for each in saved(config, each)) for each in (step, replace(step, policy=policy)))
    assert less <= whole


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"n_experts": 4, "k": 2}, "experts"),
        ({"placement": "sandwich"}, "norm after"),
        ({"qk_norm": True}, "QK-norm"),
        ({"windows": (4, None)}, "window"),
        ({"logit_cap": 30.0}, "capped"),
        ({"positions": "alibi"}, "alibi"),
        ({"activation": "relu"}, "ReLU"),
    ],
)
def test_another_decoder_says_what_it_has(more: dict[str, Any], says: str) -> None:
    with pytest.raises(NotApplicableError, match=says):
        saved(DecoderConfig(**{**SIZES, **more}), Step(1, 10))
