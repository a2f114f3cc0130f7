"""DoRA: the length of each row of W is trained by itself, its direction by LoRA.

    V = W + s B A        n = ||V||, row by row        W' = (m / n) V        m begins as ||W||

In the layer's output, with y0 = x W^T::

    y = (m/n) (y0 + s (x A^T) B^T) + b

n follows V but gets no gradient: it counts as a constant (section 4.3 of the paper), which makes the backward pass
cheaper and gives other gradients than the formula's own. What is merged holds m, not n: W cannot be had back from W'.

Liu et al. 2024, DoRA (arXiv 2402.09353).

Worked example. One row (3, 4) of length 5; B A turns it to (0, 4), and m = 10 stretches that to (0, 10):

>>> import torch
>>> layer = nn.Linear(2, 1, bias=False)
>>> layer.weight.data = torch.tensor([[3.0, 4.0]])
>>> made = DoRA(torch.tensor([[1.0, 0.0]]), torch.tensor([[-3.0]]), 1.0, torch.tensor([10.0]))
>>> (layer.weight + made.delta(layer)[0]).tolist()
[[0.0, 10.0]]
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.finetuning.change import Change, Delta, sizes_of, weight_of, without_bias
from explorer.stack.finetuning.lora import begun, beside, misfit, scale


class DoRA(Change):
    """A pair of narrow matrices and a length for each row."""

    def __init__(
        self, A: Float[Tensor, "r d_in"], B: Float[Tensor, "d_out r"], by: float, m: Float[Tensor, " d_out"]
    ) -> None:
        super().__init__()
        self.A, self.B, self.m, self.scale = nn.Parameter(A), nn.Parameter(B), nn.Parameter(m), by

    @classmethod
    def fresh(
        cls,
        weight: Float[Tensor, "out in"],
        r: int = 8,
        alpha: float | int = 8,
        *,
        stabilised: bool = False,
        generator: torch.Generator | None = None,
    ) -> DoRA:
        """It changes nothing yet: m is W's own lengths."""
        d_out, d_in = weight.shape
        lengths = weight.detach().float().norm(dim=1)
        return cls(begun(r, d_in, generator=generator), torch.zeros(d_out, r), scale(alpha, r, stabilised), lengths)

    def factor(self, layer: nn.Module) -> Float[Tensor, " d_out"]:
        """m / n; n is detached."""
        V = weight_of(layer).detach().float() + self.scale * (self.B.detach() @ self.A.detach())
        return self.m / V.norm(dim=1)

    def beside(self, layer: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        factor = self.factor(layer)
        return (factor - 1) * without_bias(layer, y) + factor * beside(x, self.A, self.B, self.scale)

    def delta(self, layer: nn.Module) -> Delta:
        with torch.no_grad():
            weight = weight_of(layer).float()
            V = weight + self.scale * (self.B @ self.A)
            return self.factor(layer)[:, None] * V - weight, None

    def misfit(self, layer: nn.Module) -> str | None:
        wrong = super().misfit(layer) or misfit(self.A, self.B, sizes_of(layer))
        if wrong is None and len(self.m) != sizes_of(layer)[1]:
            return f"it has {len(self.m)} lengths for {sizes_of(layer)[1]} rows"
        return wrong
