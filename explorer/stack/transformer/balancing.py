"""Keeping the experts busy: the load-balancing loss and the router's z-loss.

    L_balance = n * sum over experts of f_i P_i      f_i: pairs sent to expert i, per token;  P_i: its mean probability
    L_z       = mean over tokens of (log sum exp of the router's logits)^2

f counts every slot of a token, so that it sums to k, and a router that treats all alike scores k (2 for top-2 of
8): this is the convention of transformers. Switch's own "1" is top-1's. A router that sends every token to one pair
of experts with certainty reaches n (8). The gradient flows through P alone: f is a count.

**Per layer.** The loss is taken on each layer and averaged. Pooled over the layers, as transformers' own function does
it, one layer's hole is filled by another's heap: a model can read "balanced" while one layer's experts starve.

Fedus, Zoph and Shazeer 2021, Switch Transformer (arXiv 2101.03961); z-loss: Zoph et al. 2022, ST-MoE (2202.08906).

>>> import torch
>>> uniform = torch.full((4, 2), 0.5)
>>> load_balancing(uniform, torch.tensor([[0], [1], [0], [1]])).loss.item()
1.0
>>> load_balancing(torch.tensor([[1.0, 0.0]] * 4), torch.tensor([[0]] * 4)).loss.item()
2.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.router import Routing


@dataclass(frozen=True)
class Balance:
    """The loss of one layer, with what it is made of."""

    f: Float[Tensor, " expert"]
    """Pairs sent to each expert, per token; sums to k."""
    P: Float[Tensor, " expert"]
    """Mean probability of each expert; sums to 1."""
    loss: Float[Tensor, ""]


def load_balancing(probs: Float[Tensor, "token expert"], indices: Int[Tensor, "token slot"]) -> Balance:
    """n * sum(f_i P_i) of one layer's routing."""
    n_experts = probs.shape[1]
    counts = torch.bincount(indices.reshape(-1), minlength=n_experts)
    f = counts.to(probs.dtype) / len(probs)
    P = probs.mean(0)
    return Balance(f, P, n_experts * (f * P).sum())


def z_loss(logits: Float[Tensor, "token expert"]) -> Float[Tensor, ""]:
    """The mean squared log-partition of the router: keeps its logits small, where rounding flips few choices.

    >>> import torch
    >>> round(z_loss(torch.zeros(3, 8)).item(), 4)  # (ln 8)^2
    4.3241
    """
    return torch.logsumexp(logits, -1).square().mean()


@dataclass(frozen=True)
class RouterLosses:
    """Both losses of a decoder's routers: each layer's own, averaged."""

    balance: Float[Tensor, ""]
    z: Float[Tensor, ""]
    load: Float[Tensor, "layer expert"]
    """The share of a layer's pairs that each expert got; a row sums to 1."""


def router_losses(routings: Sequence[Routing]) -> RouterLosses:
    """Of the routers of all layers, on the same tokens."""
    balances = [load_balancing(each.scores, each.indices) for each in routings]
    f = torch.stack([each.f for each in balances]).detach()  # layer expert
    return RouterLosses(
        torch.stack([each.loss for each in balances]).mean(),
        torch.stack([z_loss(each.logits) for each in routings]).mean(),
        f / f.sum(-1, keepdim=True),
    )
