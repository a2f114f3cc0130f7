"""What a block multiplies, by formula, against torch's own counter on the block as it runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.stack.transformer.block_work import block_work, overtakes
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SIZES: dict[str, Any] = {
    "n_layers": 1,
    "d_model": 24,
    "n_heads": 4,
    "d_head": 8,
    "d_mlp": 20,
    "d_vocab": 9,
    "n_ctx": 64,
}


@pytest.mark.parametrize(
    "more",
    [
        {"n_kv_heads": 4},
        {"n_kv_heads": 1},
        {"n_kv_heads": 2, "gated": False},
        {"n_kv_heads": 2, "n_experts": 4, "k": 2},
        {"n_kv_heads": 2, "n_experts": 4, "k": 2, "n_shared": 1},
    ],
)
@pytest.mark.parametrize("n", [1, 7, 40])
def test_formula_equals_torchs_count(more: dict[str, Any], n: int) -> None:
    config = DecoderConfig(**SIZES, **more)
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0))
    x, at = decoder.entered(torch.arange(n)[None] % 9, kernel="eager")
    with FlopCounterMode(display=False) as counter:  # with gradients: of experts only the chosen ones are multiplied
        decoder.blocks[0](x, at)
    work = block_work(config, n)
    assert counter.get_total_flops() == work.projections + work.attention + work.feed_forward + combined(config, n)


def combined(config: DecoderConfig, n: int) -> int:
    """With gradients a mixture adds its experts up by a product, [1 k] with [k d]."""
    return 2 * n * config.k * config.d_model


def test_known_sizes() -> None:
    smollm2 = DecoderConfig(30, 576, 9, 3, 64, 1536, 49152, 8192)
    assert overtakes(smollm2) == 2304
    work = block_work(smollm2, 2304)
    assert work.attention == work.feed_forward
    heads = DecoderConfig(1, 64, 4, 4, 16, 256, 9, 64, gated=False)
    assert block_work(heads, 10).projections == 8 * 10 * 64**2
    assert block_work(heads, 10).attention == 4 * 10**2 * 64
    assert overtakes(heads) == 4 * 64
