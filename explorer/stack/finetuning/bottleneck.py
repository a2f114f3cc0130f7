"""Bottleneck adapters: behind a sublayer its output passes a narrow layer, and what comes out is added to it.

    h' = h + act(h W_down^T + b_down) W_up^T + b_up          W_down [width d_model], W_up [d_model width]

W_up and b_up begin as noughts: nothing changes at first (the paper begins near it, with N(0, 0.01^2)). There is a
nonlinearity in it, so that no matrix of the model can hold it: it is never merged, and costs two products a sublayer
for good.

Houlsby et al. 2019 (arXiv 1902.00751): behind attention and behind the feed-forward layer, before each is added to the
stream.

>>> import torch
>>> made = Bottleneck.fresh(4, 2, generator=torch.Generator().manual_seed(0))
>>> made.beside(torch.nn.Identity(), torch.ones(1, 4), torch.ones(1, 4)).abs().max().item()
0.0
>>> sum(p.numel() for p in made.parameters())  # 2 x 4 x 2 + 2 + 4
22
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import NotApplicableError
from explorer.stack.finetuning.change import Change, Delta


class Bottleneck(Change):
    """Two narrow matrices with GELU between them."""

    def __init__(
        self,
        down: Float[Tensor, "width d"],
        up: Float[Tensor, "d width"],
        b_down: Float[Tensor, " width"],
        b_up: Float[Tensor, " d"],
    ) -> None:
        super().__init__()
        self.down, self.up = nn.Parameter(down), nn.Parameter(up)
        self.b_down, self.b_up = nn.Parameter(b_down), nn.Parameter(b_up)

    @classmethod
    def fresh(cls, d: int, width: int, generator: torch.Generator | None = None) -> Bottleneck:
        down = torch.empty(width, d).normal_(0, 0.01, generator=generator)
        return cls(down, torch.zeros(d, width), torch.zeros(width), torch.zeros(d))

    def beside(self, layer: nn.Module, x: Tensor, y: Tensor) -> Tensor:  # noqa: ARG002
        return F.linear(F.gelu(F.linear(y, self.down, self.b_down)), self.up, self.b_up)

    def delta(self, layer: nn.Module) -> Delta:  # noqa: ARG002
        raise NotApplicableError(
            "A bottleneck adapter has a nonlinearity: no matrix of the model can hold it.", "Leave it beside the layer."
        )

    def misfit(self, layer: nn.Module) -> str | None:  # noqa: ARG002
        return None
