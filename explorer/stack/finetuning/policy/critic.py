"""A value head: one linear map from the last residual stream to what a state is worth.

    V(s) = w · h(s) + b

PPO trains it with its value loss, by steps. On a frozen policy the head with the smallest squared error to given
returns is known at once, as a ridge regression: (H'H + c I) [w b] = H' returns.

>>> states = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
>>> head = ValueHead.fitted(states, torch.tensor([1.0, 3.0, 4.0]), ridge=1e-9)
>>> [round(v, 3) for v in head(states).tolist()]
[1.0, 3.0, 4.0]
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ValueHead(nn.Module):
    """It says 0 everywhere at first."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.w, self.b = nn.Parameter(torch.zeros(d_model)), nn.Parameter(torch.zeros(()))

    def forward(self, states: Float[Tensor, "*pos d_model"]) -> Float[Tensor, "*pos"]:
        return states @ self.w.to(states.dtype) + self.b.to(states.dtype)

    @classmethod
    def fitted(
        cls, states: Float[Tensor, "pos d_model"], returns: Float[Tensor, " pos"], ridge: float = 1e-2
    ) -> ValueHead:
        """The head of least squared error; `ridge` is per state, so that it means the same for any number of them."""
        H = torch.cat([states.double(), torch.ones(len(states), 1, dtype=torch.float64)], 1)
        hold = ridge * len(states) * torch.eye(H.shape[1], dtype=torch.float64)
        hold[-1, -1] = 0
        found = torch.linalg.lstsq(H.T @ H + hold, H.T @ returns.double()).solution
        head = cls(states.shape[1]).to(states.dtype)
        with torch.no_grad():
            head.w.copy_(found[:-1])
            head.b.copy_(found[-1])
        return head
