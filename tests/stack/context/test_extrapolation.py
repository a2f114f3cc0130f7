"""A passage read twice: the shared first reading changes nothing, and distance is all that counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.stack.context.extrapolation import frozen, read_twice, token_losses
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.embeddings.rope_scaling import NTK, DynamicNTK, Linear
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

N = 7
IDS = torch.tensor([3, 1, 4, 1, 5, 9, 2])


@pytest.fixture(scope="module")
def small() -> Decoder:
    config = DecoderConfig(
        n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=24, d_vocab=11, n_ctx=32,
        rope=RopeConfig(100.0, 4),
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Decoder(config).eval().requires_grad_(False)


def losses_of_one_pass(decoder: Decoder, distance: int) -> torch.Tensor:
    """Both readings in one forward pass without a cache: the second reading's losses."""
    at = torch.arange(N)
    logits = decoder(torch.cat([IDS, IDS])[None], torch.cat([at, at + distance])[None])[0]
    return token_losses(logits[N:], IDS)


def test_shared_first_reading_equals_one_pass(small: Decoder) -> None:
    distances = [N, 20, 1000]
    twice = read_twice(small, IDS, distances)
    for row, distance in zip(twice.second, distances, strict=True):
        torch.testing.assert_close(row, losses_of_one_pass(small, distance), rtol=0, atol=1e-5)
    torch.testing.assert_close(twice.first, token_losses(small(IDS[None])[0], IDS))


def test_moving_everything_changes_nothing_and_interpolation_undoes_a_stretch(small: Decoder) -> None:
    at = torch.arange(N)
    plain = small(IDS[None], at[None])
    torch.testing.assert_close(small(IDS[None], at[None] + 500), plain, rtol=0, atol=1e-3)
    assert small.config.rope is not None
    slower = small.with_rope(replace(small.config.rope, scaling=Linear(4.0)))
    assert torch.equal(slower(IDS[None], at[None] * 4), plain)
    assert float((small(IDS[None], at[None] * 4) - plain).abs().max()) > 1e-3


def test_dynamic_is_frozen_at_its_length() -> None:
    rope = RopeConfig(scaling=DynamicNTK(2.0, 32))
    assert frozen(rope, 32).scaling is None
    assert frozen(rope, 64).scaling == NTK(3.0)
    assert frozen(RopeConfig(scaling=Linear(2.0)), 64).scaling == Linear(2.0)


def test_a_reading_cannot_start_within_the_first(small: Decoder) -> None:
    with pytest.raises(ValueError, match="first of 7"):
        read_twice(small, IDS, [N - 1])
