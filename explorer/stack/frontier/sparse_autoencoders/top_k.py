"""TopK's encoder with a backward pass that touches what was kept alone.

Of 2,048 features a token keeps 32: the slope in all others is 0, and so are 63 of 64 products of a dense backward pass.
With G the slope in what was kept, at most k numbers a token:

    dW_enc = G^T (x - b_dec)      db_enc = sum over tokens of G      db_dec = -db_enc W_enc      dx = G W_enc

>>> x, W = torch.tensor([[0.5, 2.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], requires_grad=True)
>>> pre, kept, indices = top_k(x, W, torch.zeros(3), torch.zeros(2), 1)
>>> pre.tolist(), kept.tolist(), indices.tolist()
([[0.5, 2.0, -0.5]], [[2.0]], [[1]])
>>> kept.sum().backward()
>>> W.grad.tolist()
[[0.0, 0.0], [0.5, 2.0], [0.0, 0.0]]
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def top_k(
    x: Float[Tensor, "token d_model"],
    W_enc: Float[Tensor, "feature d_model"],
    b_enc: Float[Tensor, " feature"],
    b_dec: Float[Tensor, " d_model"],
    k: int,
) -> tuple[Float[Tensor, "token feature"], Float[Tensor, "token k"], Int[Tensor, "token k"]]:
    """Every pre-activation; the k largest of each token, those below 0 as 0; and which they are."""
    return _TopK.apply(x, W_enc, b_enc, b_dec, k)  # pyright: ignore[reportReturnType]


class _TopK(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, W_enc: Tensor, b_enc: Tensor, b_dec: Tensor, k: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        centred = x - b_dec
        pre = torch.addmm(b_enc, centred, W_enc.T)  # token feature
        values, indices = pre.topk(k, dim=-1, sorted=False)
        kept = values.relu()
        ctx.save_for_backward(centred, W_enc, kept, indices)
        ctx.mark_non_differentiable(indices)
        ctx.set_materialize_grads(False)
        return pre, kept, indices

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        dense, given, _ = grads
        centred, W_enc, kept, indices = ctx.saved_tensors
        G = torch.zeros_like(kept) if given is None else given * (kept > 0)  # token k
        dW, db = _transposed(G, indices, len(W_enc)) @ centred, _summed(G, indices, len(W_enc))
        dx = F.embedding_bag(indices, W_enc, per_sample_weights=G, mode="sum") if ctx.needs_input_grad[0] else None
        if dense is not None:  # AuxK reads pre-activations that were not kept
            dW, db = dW + dense.T @ centred, db + dense.sum(0)
            dx = None if dx is None else dx + dense @ W_enc
        return dx, dW, db, -(db @ W_enc), None


def _transposed(G: Tensor, indices: Tensor, features: int) -> Tensor:
    """G^T as a sparse matrix, feature by token."""
    tokens = torch.arange(len(G)).repeat_interleave(G.shape[1])
    order = indices.flatten().argsort(stable=True)
    places = torch.stack([indices.flatten()[order], tokens[order]])
    return torch.sparse_coo_tensor(
        places, G.flatten()[order], (features, len(G)), is_coalesced=True, check_invariants=False
    )


def _summed(G: Tensor, indices: Tensor, features: int) -> Tensor:
    return G.new_zeros(features).index_add(0, indices.flatten(), G.flatten())
