"""Shared and fine-grained experts, DeepSeek's two changes to the layer.

    y = sum over shared experts of E_s(x)  +  sum over the k routed ones of w_e E_e(x)

A shared expert sees every token, so that what all tokens need is not learned by every routed expert again. It is
one feed-forward, `n_shared` times as wide. Fine-grained experts are narrower ones, and more of them: cut each of n
into m and choose m k instead of k, and the parameters and the work are the same while the combinations grow (8
choose 2 is 28, 64 choose 16 is 4.9e14).

Dai et al. 2024, DeepSeekMoE (arXiv 2401.06066).

>>> import math
>>> math.comb(8, 2), f"{math.comb(64, 16):.1e}"
(28, '4.9e+14')
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.transformer.experts import Experts
from explorer.stack.transformer.router import sigmoid_bias


class SharedExpertsLayer(nn.Module):
    """DeepSeek-V3's layer: sigmoid router with a bias, routed experts, shared experts beside them."""

    def __init__(
        self, d_model: int, d_expert: int, n_experts: int, k: int, n_shared: int = 1, scale: float = 1.0,
        n_groups: int = 1, k_groups: int = 1,
    ) -> None:  # fmt: skip
        super().__init__()
        self.k, self.scale, self.n_groups, self.k_groups = k, scale, n_groups, k_groups
        self.router = nn.Parameter(torch.empty(n_experts, d_model))
        self.bias = nn.Buffer(torch.zeros(n_experts))
        self.routed = Experts(n_experts, d_model, d_expert)
        self.shared = Experts(1, d_model, n_shared * d_expert)

    def forward(self, x: Float[Tensor, "token d_model"]) -> Float[Tensor, "token d_model"]:
        routing = sigmoid_bias(
            F.linear(x.float(), self.router.float()), self.k, self.bias,
            n_groups=self.n_groups, k_groups=self.k_groups, scale=self.scale,
        )  # fmt: skip
        return self.routed(x, routing.indices, routing.weights) + self.shared.one(0, x)


def fine_grained(
    gate_in: Float[Tensor, "expert two_d_expert d_model"], out: Float[Tensor, "expert d_model d_expert"], m: int
) -> tuple[Float[Tensor, "fine two_d_fine d_model"], Float[Tensor, "fine d_model d_fine"]]:
    """Cut each expert into `m` narrower ones along its hidden width; the m together compute what the one did."""
    n, d_model, d_expert = out.shape
    if d_expert % m:
        raise ValueError(f"a width of {d_expert} cannot be cut into {m}")
    gate, up = gate_in.chunk(2, dim=1)
    cut = [part.reshape(n * m, d_expert // m, d_model) for part in (gate, up)]
    narrow = out.reshape(n, d_model, m, d_expert // m).transpose(1, 2).reshape(n * m, d_model, d_expert // m)
    return torch.cat(cut, 1), narrow
