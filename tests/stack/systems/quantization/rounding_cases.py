"""A small decoder with uneven norms, a text, and inputs whose channels move together."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

PLAIN = {"n_layers": 2, "d_model": 64, "n_heads": 4, "n_kv_heads": 2, "d_head": 16, "d_mlp": 96, "d_vocab": 90}


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def decoder_of(**changes: object) -> Decoder:
    made = Decoder(DecoderConfig(**{**PLAIN, "n_ctx": 64, **changes})).initialise(drawn())  # pyright: ignore
    for name, parameter in made.named_parameters():
        if "ln" in name:
            parameter.data += 0.3 * torch.randn(parameter.shape, generator=drawn(len(name)))
    return made.eval().requires_grad_(False)


def text(windows: int = 3) -> list[Tensor]:
    return list(torch.randint(90, (2 * windows, 40), generator=drawn(1)).split(2))


def correlated(n: int, width: int, seed: int = 2) -> Tensor:
    """Inputs as real ones are: few directions carry most, some channels are loud."""
    mixed = torch.randn(n, width // 4, generator=drawn(seed)) @ torch.randn(
        width // 4, width, generator=drawn(seed + 1)
    )
    return (mixed + 0.3 * torch.randn(n, width, generator=drawn(seed + 2))) * (1 + 20 * (torch.arange(width) % 29 == 3))
