"""Experts: many small feed-forward networks, of which each token visits a few.

    y[t] = sum over the k chosen experts e of  w[t, e] E_e(x[t]),    E(x) = (silu(x W_gate) * (x W_in)) W_out

Four ways to compute it, equal to each other. `loop` asks every expert for its tokens. `grouped` sorts the (token,
slot) pairs by expert, so that each expert's tokens lie side by side (dispatch), multiplies group by group, and sums
each token's slots back (combine). `dense` runs all experts on all tokens and weights those not chosen by nothing:
k/n of its work is used. A few rows, as in decoding for several texts, reach most experts with a row or two each: then
`together` reads every expert once, in two batched products. No expert has a capacity here, so that no token is ever
dropped (`capacity.py` has those).
Under expert choice every expert has equally many tokens, and one batched product does for all (`chosen_by_experts`).

Shazeer et al. 2017 (arXiv 1701.06538); grouped products: Gale et al. 2022, MegaBlocks (2211.15841).

Two tokens, two experts, each token to one of them; E_0 doubles and E_1 negates:

>>> import torch
>>> x = torch.tensor([[1.0], [2.0]])
>>> plan = dispatch(torch.tensor([[1], [0]]), n_experts=2)
>>> plan.token.tolist(), plan.counts.tolist()
([1, 0], [1, 1])
>>> y_sorted = torch.cat([2 * x[plan.token][:1], -x[plan.token][1:]])
>>> combine(y_sorted, plan, torch.ones(2, 1)).tolist()
[[-1.0], [4.0]]
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from explorer.stack.transformer.router import ExpertChoice

BLOCK = 64
"""Rows that an expert's run is padded to in 16 bits. oneDNN writes a kernel for every new shape that it meets, which
takes longer than the product itself: with runs of any length eight times as long, with multiples of 64 there are few
shapes. float32 products have their kernels ready and are not padded."""


@dataclass(frozen=True)
class Dispatch:
    """The (token, slot) pairs sorted by expert; pairs of one expert keep the order of the tokens."""

    token: Int[Tensor, " row"]
    """Which token each sorted row holds; a row of padding holds token 0 and is read by nobody."""
    place: Int[Tensor, "token slot"]
    """The sorted row of each pair."""
    counts: Int[Tensor, " expert"]
    """How many pairs each expert has."""
    spans: tuple[tuple[int, int], ...]
    """The rows of each expert, padding included."""


def dispatch(indices: Int[Tensor, "token slot"], n_experts: int, block: int = 1) -> Dispatch:
    """Sort the chosen (token, slot) pairs by expert; each expert's run is padded to a multiple of `block` rows."""
    k = indices.shape[1]
    flat = indices.reshape(-1)  # [pair]
    order = torch.argsort(flat, stable=True)
    counts = torch.bincount(flat, minlength=n_experts)
    padded = (counts + block - 1) // block * block
    ends = padded.cumsum(0)
    # A sorted pair's row: where its expert's run begins, and how far the pair is into that run.
    shift = (ends - padded) - (counts.cumsum(0) - counts)  # [expert]
    row = torch.arange(len(flat), device=flat.device) + shift[flat[order]]
    token = order.new_zeros(int(ends[-1]))
    token[row] = order // k
    place = torch.empty_like(order)
    place[order] = row
    bounds = [0, *ends.tolist()]
    return Dispatch(token, place.view_as(indices), counts, tuple(itertools.pairwise(bounds)))


def combine(
    y_sorted: Float[Tensor, "row d_model"], plan: Dispatch, weights: Float[Tensor, "token slot"]
) -> Float[Tensor, "token d_model"]:
    """Each token's slots summed by its weights: a gather, no scatter."""
    return (y_sorted[plan.place] * weights.to(y_sorted.dtype).unsqueeze(-1)).sum(1)


class _Grouped(torch.autograd.Function):
    """Dispatch, every expert's feed-forward on its run of rows, combine; forward and backward written out.

    Each product writes into its slice of one tensor, and every rearrangement is a gather, because a pair's row is known
    both ways. An expert is done with while its rows are still in the processor's cache. Autograd's own graph would
    concatenate the pieces, make a full-size gradient for every expert's slice and scatter with atomic additions.
    """

    @staticmethod
    def forward(ctx, x, weights, gate_in, out, plan):
        x_sorted = x[plan.token]  # [row d_model]
        pre = x.new_empty(len(x_sorted), gate_in.shape[1])  # [row 2*d_expert]
        hidden = x.new_empty(len(x_sorted), out.shape[2])  # [row d_expert]
        y = torch.empty_like(x_sorted)
        for e, (a, b) in enumerate(plan.spans):
            if b > a:
                gate, up = torch.mm(x_sorted[a:b], gate_in[e].T, out=pre[a:b]).chunk(2, dim=-1)
                torch.mul(F.silu(gate), up, out=hidden[a:b])
                torch.mm(hidden[a:b], out[e].T, out=y[a:b])
        own = y[plan.place]  # [token slot d_model]
        ctx.weights_dtype = weights.dtype
        weights = weights.to(x.dtype)
        ctx.save_for_backward(x_sorted, weights, gate_in, out, pre, hidden, own)
        ctx.plan = plan
        return torch.bmm(weights.unsqueeze(1), own).squeeze(1)

    @staticmethod
    @once_differentiable
    def backward(ctx, dy):  # pyright: ignore[reportIncompatibleMethodOverride]
        x_sorted, weights, gate_in, out, pre, hidden, own = ctx.saved_tensors
        plan = ctx.plan
        d_weights = torch.bmm(own, dy.unsqueeze(-1)).squeeze(-1).to(ctx.weights_dtype)  # [token slot]
        # Rows of padding keep the zero: they held a real token's vector, and must teach nothing.
        d_own = torch.zeros_like(x_sorted)
        d_own[plan.place.reshape(-1)] = (dy.unsqueeze(1) * weights.unsqueeze(-1)).flatten(0, 1)
        d_sorted, d_gate_in, d_out = torch.empty_like(x_sorted), torch.zeros_like(gate_in), torch.zeros_like(out)
        longest = max((b - a for a, b in plan.spans), default=0)
        d_pre_of, d_hidden_of = pre.new_empty(longest, pre.shape[1]), hidden.new_empty(longest, hidden.shape[1])
        for e, (a, b) in enumerate(plan.spans):
            if b > a:
                gate, up = pre[a:b].chunk(2, dim=-1)
                d_pre = d_pre_of[: b - a]
                d_gate, d_up = d_pre.chunk(2, dim=-1)
                torch.mm(d_own[a:b].T, hidden[a:b], out=d_out[e])
                d_hidden = torch.mm(d_own[a:b], out[e], out=d_hidden_of[: b - a])
                torch.mul(d_hidden, F.silu(gate), out=d_up)
                torch.ops.aten.silu_backward.grad_input(d_hidden.mul_(up), gate, grad_input=d_gate)
                torch.mm(d_pre.T, x_sorted[a:b], out=d_gate_in[e])
                torch.mm(d_pre, gate_in[e], out=d_sorted[a:b])
        return d_sorted[plan.place].sum(1), d_weights, d_gate_in, d_out, None


def grouped(
    x: Float[Tensor, "token d_model"],
    weights: Float[Tensor, "token slot"],
    gate_in: Float[Tensor, "expert two_d_expert d_model"],
    out: Float[Tensor, "expert d_model d_expert"],
    plan: Dispatch,
) -> Float[Tensor, "token d_model"]:
    """The experts' weighted sum; `gate_in` holds W_gate above W_in, as [out in]."""
    if torch.is_grad_enabled() and any(each.requires_grad for each in (x, weights, gate_in, out)):
        return _Grouped.apply(x, weights, gate_in, out, plan)
    return _accumulated(x, weights, gate_in, out, plan)


def _accumulated(x: Tensor, weights: Tensor, gate_in: Tensor, out: Tensor, plan: Dispatch) -> Tensor:
    """The same where nothing is kept for a backward: no tensor as long as all pairs but one number for each of them."""
    scale = weights.new_zeros(len(plan.token)).scatter(0, plan.place.flatten(), weights.flatten())  # [row]
    y = x.new_zeros(x.shape, dtype=torch.promote_types(x.dtype, weights.dtype))
    for e, ((a, b), n) in enumerate(zip(plan.spans, plan.counts.tolist(), strict=True)):
        if n:
            gate, up = torch.mm(x[plan.token[a:b]], gate_in[e].T).chunk(2, dim=-1)
            own = torch.mm(F.silu(gate) * up, out[e].T)[:n]
            y.index_add_(0, plan.token[a : a + n], (own * scale[a : a + n, None]).to(y.dtype))
    return y.to(x.dtype)


FEW = 16
"""Rows that are computed together at most: more of them would multiply by too many experts that they did not choose."""


class Experts(nn.Module):
    """The experts of one layer, their weights stacked. Weights are [expert out in], as in transformers."""

    def __init__(self, n_experts: int, d_model: int, d_expert: int) -> None:
        super().__init__()
        self.n_experts = n_experts
        self.gate_in = nn.Parameter(torch.empty(n_experts, 2 * d_expert, d_model))
        self.out = nn.Parameter(torch.empty(n_experts, d_model, d_expert))

    def forward(
        self,
        x: Float[Tensor, "token d_model"],
        indices: Int[Tensor, "token slot"],
        weights: Float[Tensor, "token slot"],
    ) -> Float[Tensor, "token d_model"]:
        """Dispatch, grouped products, combine. A single token, as in decoding, goes straight to its experts."""
        if len(x) == 1 and not torch.is_grad_enabled():
            chosen = zip(indices[0].tolist(), weights[0].to(x.dtype), strict=True)
            return torch.stack([self.one(expert, x) * weight for expert, weight in chosen]).sum(0)
        if len(x) <= FEW and indices.numel() >= self.n_experts and not torch.is_grad_enabled():
            return self.together(x, indices, weights)
        padded = x.dtype != torch.float32 and len(x) >= 8 * BLOCK
        plan = dispatch(indices, self.n_experts, BLOCK if padded else 1)
        return grouped(x, weights, self.gate_in.to(x.dtype), self.out.to(x.dtype), plan)

    def loop(
        self,
        x: Float[Tensor, "token d_model"],
        indices: Int[Tensor, "token slot"],
        weights: Float[Tensor, "token slot"],
    ) -> Float[Tensor, "token d_model"]:
        """The same, one expert after another: the definition, word for word."""
        y = torch.zeros_like(x)
        for expert in range(self.n_experts):
            token, slot = (indices == expert).nonzero(as_tuple=True)
            y.index_add_(0, token, self.one(expert, x[token]) * weights[token, slot].unsqueeze(-1).to(x.dtype))
        return y

    def dense(
        self,
        x: Float[Tensor, "token d_model"],
        indices: Int[Tensor, "token slot"],
        weights: Float[Tensor, "token slot"],
    ) -> Float[Tensor, "token d_model"]:
        """The same by n/k times the work: all experts on all tokens, those not chosen weighted with 0."""
        everyone = weights.new_zeros(len(x), self.n_experts).scatter(1, indices, weights)  # [token expert]
        y = torch.stack([self.one(expert, x) for expert in range(self.n_experts)], 1)  # [token expert d_model]
        return (everyone.unsqueeze(-1).to(x.dtype) * y).sum(1)

    def together(
        self,
        x: Float[Tensor, "token d_model"],
        indices: Int[Tensor, "token slot"],
        weights: Float[Tensor, "token slot"],
    ) -> Float[Tensor, "token d_model"]:
        """All experts on all tokens in one product, weights put on the neurons, one product back: no gradients."""
        everyone = weights.new_zeros(self.n_experts, len(x), 1)  # expert token 1
        everyone[..., 0].T.scatter_(1, indices, weights)
        gate, up = torch.bmm(x.expand(self.n_experts, *x.shape), self.gate_in.to(x.dtype).mT).chunk(2, dim=-1)
        # In place: memory that is new costs more than the nonlinearity itself.
        hidden = F.silu(gate).mul_(up).mul_(everyone.to(x.dtype))  # expert token d_expert
        return torch.bmm(hidden, self.out.to(x.dtype).mT).sum(0)

    def chosen_by_experts(
        self, x: Float[Tensor, "token d_model"], choice: ExpertChoice
    ) -> Float[Tensor, "token d_model"]:
        """Each expert on the tokens that it took; a token that none took gets zeros."""
        taken = x[choice.tokens]  # [expert slot d_model]
        gate, up = torch.bmm(taken, self.gate_in.to(x.dtype).mT).chunk(2, dim=-1)
        y = torch.bmm(F.silu(gate) * up, self.out.to(x.dtype).mT) * choice.weights.unsqueeze(-1).to(x.dtype)
        return torch.zeros_like(x).index_add(0, choice.tokens.flatten(), y.flatten(0, 1))

    def one(self, expert: int, x: Float[Tensor, "token d_model"]) -> Float[Tensor, "token d_model"]:
        """One expert's feed-forward on all these rows."""
        gate, up = F.linear(x, self.gate_in[expert].to(x.dtype)).chunk(2, dim=-1)
        return F.linear(F.silu(gate) * up, self.out[expert].to(x.dtype))
