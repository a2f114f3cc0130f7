"""NEFTune: noise on the embeddings while a model is fine-tuned, and none afterwards.

    x' = x + e        e ~ U(-a, a),  a = alpha / sqrt(L d)        L tokens of the row, d wide

so that the noise of a row has a length of about alpha / sqrt(3), however long the row is. Padding counts in L.

Jain et al. 2023 (arXiv 2310.05914).

>>> x = torch.zeros(1, 50, 200)
>>> made = noise(x, 5.0, torch.Generator().manual_seed(0))
>>> float(made.abs().max()) <= 0.05, round(float(made.norm()), 1)  # 5 / sqrt(10,000); 5 / sqrt(3)
(True, 2.9)
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.stack.transformer.decoder import Decoder


def noise(
    x: Float[Tensor, "row pos d"], alpha: float | int, generator: torch.Generator | None = None
) -> Float[Tensor, "row pos d"]:
    """What is added."""
    bound = alpha / (x.shape[1] * x.shape[2]) ** 0.5
    return torch.zeros_like(x).uniform_(-bound, bound, generator=generator)


class _Noised(nn.Module):
    def __init__(self, embed: nn.Module, alpha: float | int, generator: torch.Generator | None) -> None:
        super().__init__()
        self.embed, self.alpha, self.generator = embed, alpha, generator

    def forward(self, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos d"]:
        x = self.embed(ids)
        return x + noise(x, self.alpha, self.generator)


def noised(decoder: Decoder, alpha: float | int, generator: torch.Generator | None = None) -> Decoder:
    """The decoder with noise on its embeddings, anew at each pass."""
    return with_parts(decoder, embed=_Noised(decoder.embed, alpha, generator))
