"""A transcoder: what an MLP writes, from what it reads, as the sum of a few directions out of many.

    pre = x W_enc^T + b_enc                    one number a feature; x is what the MLP reads
    f   = what the kind keeps of pre
    y   = f W_dec + b_dec + x W_skip^T         against what the MLP writes; every row of W_dec has length 1

An autoencoder says what is in the stream; a transcoder says what an MLP computes, so that it can stand in the MLP's
place (Dunefsky et al. 2024, arXiv 2406.11944). The skip connection (Paulo et al. 2025, arXiv 2501.18823) takes what is
linear in the MLP off the features. Nothing but its target differs from a sparse autoencoder: kinds, losses and training
are those of `autoencoder`, `losses` and `training`.

An MLP that doubles its first input, and writes 3 more along the second where the second is above 0:

>>> coder = Transcoder(2, 1, "topk", k=1)
>>> with torch.no_grad():
...     _ = coder.W_skip.copy_(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))
...     _ = coder.W_enc.copy_(torch.tensor([[0.0, 3.0]])), coder.W_dec.copy_(torch.tensor([[0.0, 1.0]]))
>>> coder(torch.tensor([[5.0, 1.0], [5.0, -1.0]])).tolist()
[[10.0, 3.0], [10.0, 0.0]]
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.frontier.sparse_autoencoders.autoencoder import Encoded, Kind, SparseAutoencoder


class Transcoder(SparseAutoencoder):
    """A sparse autoencoder whose target is not what it reads, with a skip connection."""

    def __init__(self, d_model: int, width: int, kind: Kind, k: int = 32) -> None:
        super().__init__(d_model, width, kind, k)
        self.W_skip = nn.Parameter(torch.zeros(d_model, d_model))

    @property
    def centre(self) -> Float[Tensor, " d_model"]:
        """Nothing: b_dec is a mean of what is written, not of what is read."""
        return torch.zeros_like(self.b_dec)

    def rebuilt(self, x: Float[Tensor, "token d_model"], encoded: Encoded) -> Float[Tensor, "token d_model"]:
        return self.decode(encoded) + x @ self.W_skip.T

    @torch.no_grad()
    def rescaled(self, factor: float, read: float = 1.0) -> Transcoder:
        """For what is read `read` times as long, and written `factor` times as long, in place."""
        super().rescaled(factor)
        for each in (self.W_enc, self.W_skip):
            each.mul_(factor / read)
        return self
