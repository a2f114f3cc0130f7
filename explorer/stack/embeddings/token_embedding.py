"""Token embedding: a token's id chooses a row of a table; that row is what enters the first block.

``x = scale * W_E[id]``. The scale is 1 in most models; Gemma (2024, arXiv 2403.08295) multiplies by sqrt(d_model), as
Vaswani et al. (2017, arXiv 1706.03762) did, because the same table serves as unembedding and its rows are small.

Worked example: a table of three tokens, scaled by 2.

>>> embed = TokenEmbedding(3, 2, scale=2.0)
>>> _ = embed.weight.data.copy_(torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
>>> embed(torch.tensor([2, 0])).tolist()
[[8.0, 10.0], [0.0, 2.0]]
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class TokenEmbedding(nn.Module):
    """The table W_E, one row a token."""

    def __init__(
        self, d_vocab: int, d_model: int, scale: float | int = 1.0, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.scale = scale
        self.weight = nn.Parameter(torch.randn(d_vocab, d_model, generator=generator) * 0.02)

    def forward(self, ids: Int[Tensor, "*batch pos"]) -> Float[Tensor, "*batch pos d_model"]:
        rows = nn.functional.embedding(ids, self.weight)
        if self.scale == 1:
            return rows
        # The scale in the table's own dtype, as checkpoints were trained (bfloat16 rounds Gemma's 33.94 to 34).
        return rows * torch.tensor(self.scale, dtype=rows.dtype, device=rows.device)
