"""A block's feed-forward layer as a mixture of experts: a router, and the few experts that it chooses.

    y = sum over the chosen e of  w_e E_e(x),    w = softmax_top_k(x W_r^T)

With shared experts (Dai et al. 2024, DeepSeekMoE, arXiv 2401.06066) a feed-forward that every token passes is added.

It stands where a dense block has its `FeedForward`, so that a decoder of mixtures runs with every cache, kernel and
lab of the dense one. Hook points bear the names of the trace: `hook_router_logits`, `hook_expert_weights` (zero where
an expert is not used; what a hook puts there is what is computed).

Jiang et al. 2024, Mixtral of Experts (arXiv 2401.04088).

Two experts of one neuron; the router's logits (ln 3, 0) are probabilities 3/4 and 1/4, and k = 1 keeps the first alone:

>>> layer = SparseFeedForward(d_model=1, d_expert=1, n_experts=2, k=1)
>>> layer.experts.gate_in.data, layer.experts.out.data = torch.ones(2, 2, 1), torch.tensor([[[1.0]], [[-1.0]]])
>>> layer.router.data = torch.tensor([[3.0], [1.0]]).log()
>>> round(layer(torch.tensor([[1.0]])).item(), 4)  # silu(1) * 1
0.7311
>>> layer.k = 2
>>> round(layer(torch.tensor([[1.0]])).item(), 4)  # (3/4 - 1/4) of it
0.3655
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.transformer.experts import Experts
from explorer.stack.transformer.hook_points import HookPoint
from explorer.stack.transformer.router import Routing, softmax_top_k


class SparseFeedForward(nn.Module):
    """Mixtral's layer: softmax over all experts, the k greatest, their weights summing to 1 again."""

    def __init__(self, d_model: int, d_expert: int, n_experts: int, k: int, n_shared: int = 0) -> None:
        """`n_shared` experts that all tokens visit are one feed-forward of that many times the width."""
        super().__init__()
        self.n_experts, self.k = n_experts, k
        self.router = nn.Parameter(torch.empty(n_experts, d_model))
        self.experts = Experts(n_experts, d_model, d_expert)
        self.shared = Experts(1, d_model, n_shared * d_expert) if n_shared else None
        self.hook_router_logits = HookPoint()  # token expert, the batch's rows one after another
        self.hook_expert_weights = HookPoint()  # token expert, likewise

    def forward(
        self,
        x: Float[Tensor, "*rows d_model"],
        compute: torch.dtype | None = None,
        routings: list[Routing] | None = None,
    ) -> Float[Tensor, "*rows d_model"]:
        """`compute` is the type of the experts' products, x's own if None; what the router decided joins `routings`.

        The router always works in the type of x: a rounded logit may choose another expert.
        """
        tokens = x.reshape(-1, x.shape[-1])  # token d_model
        routing = softmax_top_k(self.hook_router_logits(F.linear(tokens, self.router)), self.k)
        if routings is not None:
            routings.append(routing)
        indices, weights = routing.indices, routing.weights  # token slot
        if self.hook_expert_weights.fwd_hooks:
            spread = torch.zeros_like(routing.scores).scatter(-1, indices, weights)  # token expert
            spread = self.hook_expert_weights(spread)
            used = max(1, int((spread != 0).sum(-1).max()))
            weights, indices = spread.topk(used, dim=-1)
        rows = tokens.to(compute or x.dtype)  # token d_model
        y = self.experts(rows, indices, weights)
        if self.shared is not None:
            y = y + self.shared.one(0, rows)
        return y.view_as(x)
