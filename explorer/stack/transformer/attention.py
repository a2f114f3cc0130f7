"""Attention: each position gathers what it needs from the positions that it may see.

Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762), for each head::

    scores  = q k^T / sqrt(d_head)         [query key]
    pattern = softmax(scores, over the keys that the query may see)
    z       = pattern v                    [query d_head]

With as many key-value heads as query heads this is multi-head attention; with one, multi-query attention (Shazeer 2019,
arXiv 1911.02150); between, grouped-query attention (Ainslie et al. 2023, arXiv 2305.13245), where query head h reads
key-value head h // group.

What a query may see follows from positions alone (`Visibility`): nothing later than itself in a causal model, nothing
as far back as the window in a sliding-window layer (Beltagy et al. 2020, arXiv 2004.05150), nothing at position -1,
which is padding.

A kernel is a function from q, k, v to an `Attended`: `eager` keeps every stage and lets hooks change them, `sdpa` asks
torch for the result alone. They are equal to rounding. Any other function of that kind may stand in their place: those
that work in tiles are in `stack.systems.attention_kernels`.

Worked example: one head of two dimensions, two positions. The second query scores 1/sqrt(2) and sqrt(2) with the two
keys; their softmax is .330 and .670, which is also the second row of z, since the values are unit vectors.

>>> q = torch.tensor([[[[1.0, 0.0], [1.0, 0.0]]]])
>>> k = torch.tensor([[[[1.0, 0.0], [2.0, 0.0]]]])
>>> v = torch.eye(2)[None, None]
>>> made = eager(q, k, v, Visibility(causal=True), scale=2**-0.5)
>>> [[round(float(p), 3) for p in row] for row in made.pattern[0, 0]]
[[1.0, 0.0], [0.33, 0.67]]
>>> bool((made.z - sdpa(q, k, v, Visibility(causal=True), scale=2**-0.5).z).abs().max() < 1e-6)
True
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.embeddings.alibi import Penalty, at_least_single

KernelName = Literal["eager", "sdpa"]
Bias = Tensor | Penalty
"""Added to the scaled scores, broadcast to [batch head query key]: relative positions, or ALiBi's penalty."""
Hook = Callable[[Tensor], Tensor]


def unchanged(x: Tensor) -> Tensor:
    """The hook that does nothing."""
    return x


@dataclass(frozen=True)
class Visibility:
    """Which keys each query may read. Without a mask: all, or in causal order all up to its own.

    Order and window are named where positions allow it, so that no kernel must be given a square.
    """

    mask: Bool[Tensor, "batch 1 query key"] | None = None
    causal: bool = False
    """The last query is the last key, the one before it the key before, and each sees the keys up to its own. Never
    together with a mask."""
    window: int | None = None
    """With `causal`: a query sees this many keys back, its own counted."""
    _written: dict[tuple[int, int, torch.device], Tensor] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        query: Int[Tensor, "batch query"],
        key: Int[Tensor, "batch key"],
        window: int | None = None,
        causal: bool = True,
    ) -> Visibility:
        """From positions; the mask is made only where one is needed.

        >>> one = Visibility.of(torch.tensor([[5]]), torch.tensor([[3, 4, 5]]))
        >>> one.mask, one.causal
        (None, False)
        >>> Visibility.of(torch.tensor([[5]]), torch.tensor([[-1, 3, 4, 5]]), window=2).mask.tolist()
        [[[[False, False, True, True]]]]
        """
        if not causal:
            real = key >= 0
            return cls() if bool(real.all()) else cls(real[:, None, None].expand(-1, 1, query.shape[1], -1))
        n = query.shape[1]
        limit = None if window is None or window >= key.shape[1] else window
        if 1 < n <= key.shape[1] and torch.equal(query, key[:, -n:]) and int(key.min()) >= 0:
            steps = key[:, 1:] - key[:, :-1]
            if bool((steps > 0 if limit is None else steps == 1).all()):
                return cls(causal=True, window=limit)
        mask = (key[:, None] <= query[..., None]) & (key >= 0)[:, None]  # batch query key
        if window is not None:
            mask &= query[..., None] - key[:, None] < window
        if n == 1 and bool(mask.all()):
            return cls()
        # A padded query has no key: let it see all, so that its softmax is a number; nobody reads it.
        mask |= (query < 0)[..., None]
        return cls(mask[:, None])

    @classmethod
    def in_order(cls, n: int, window: int | None = None) -> Visibility:
        """Of `n` positions that count from 0, each query among its keys.

        >>> Visibility.in_order(4, window=2) == Visibility.of(torch.arange(4)[None], torch.arange(4)[None], window=2)
        True
        """
        return cls(causal=True, window=None if window is None or window >= n else window)

    def dense(
        self, n_query: int, n_key: int, device: torch.device | None = None
    ) -> Bool[Tensor, "batch 1 query key"] | None:
        """The mask written out, once for all layers, or None where all is seen. `device`: None means the CPU."""
        if not self.causal:
            return self.mask
        where = device or torch.device("cpu")
        if (n_query, n_key, where) not in self._written:
            at = torch.arange(n_key, device=where)
            back = at[n_key - n_query :, None] - at  # query key
            seen = back >= 0 if self.window is None else (back >= 0) & (back < self.window)
            self._written[n_query, n_key, where] = seen[None, None]  # 1 1 query key
        return self._written[n_query, n_key, where]


@dataclass(frozen=True, eq=False)
class Attended:
    """One attention, with its stages where the kernel kept them."""

    z: Float[Tensor, "batch head query d_head"]
    scores: Float[Tensor, "batch head query key"] | None = None
    """Scaled and biased, -inf where a key may not be seen."""
    pattern: Float[Tensor, "batch head query key"] | None = None


@runtime_checkable
class Kernel(Protocol):
    """`bias` is added to the scaled scores (ALiBi, relative positions); `cap` bends them: cap * tanh(scores / cap)."""

    def __call__(
        self,
        q: Float[Tensor, "batch head query d_head"],
        k: Float[Tensor, "batch kv_head key d_head"],
        v: Float[Tensor, "batch kv_head key d_head"],
        visible: Visibility,
        scale: float,
        bias: Bias | None = None,
        cap: float | None = None,
        on_scores: Hook = unchanged,
        on_pattern: Hook = unchanged,
    ) -> Attended: ...


def eager(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    visible: Visibility,
    scale: float,
    bias: Bias | None = None,
    cap: float | None = None,
    on_scores: Hook = unchanged,
    on_pattern: Hook = unchanged,
) -> Attended:
    """Stage by stage, as the formula reads."""
    group = q.shape[1] // k.shape[1]
    if group > 1:  # query heads 0..group-1 share key-value head 0, and so on
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)  # batch head key d_head
    scores = q @ k.transpose(-1, -2) * scale
    if cap is not None:
        scores = cap * torch.tanh(scores / cap)
    if bias is not None:
        scores = scores + (bias.written(scores.dtype) if isinstance(bias, Penalty) else bias)
    mask = visible.dense(q.shape[2], k.shape[2], q.device)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    scores = on_scores(scores)
    pattern = on_pattern(scores.softmax(-1, dtype=at_least_single(scores.dtype)).to(q.dtype))
    return Attended(pattern @ v, scores, pattern)


def sdpa(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    visible: Visibility,
    scale: float,
    bias: Bias | None = None,
    cap: float | None = None,
    on_scores: Hook = unchanged,
    on_pattern: Hook = unchanged,
) -> Attended:
    """torch's fused attention: no stage is kept, and no [query key] matrix is made where it need not be."""
    if cap is not None or on_scores is not unchanged or on_pattern is not unchanged:
        return eager(q, k, v, visible, scale, bias, cap, on_scores, on_pattern)
    causal = visible.causal and visible.window is None and bias is None and q.shape[2] == k.shape[2]
    mask = None if causal else visible.dense(q.shape[2], k.shape[2], q.device)
    if bias is not None:  # torch takes one mask, boolean or added, the latter in the type of q
        added = (bias.written(q.dtype) if isinstance(bias, Penalty) else bias).to(q.dtype)
        mask = added if mask is None else added.masked_fill(~mask, -math.inf)
    z = F.scaled_dot_product_attention(
        q, k, v, attn_mask=mask, is_causal=causal, scale=scale, enable_gqa=q.shape[1] != k.shape[1]
    )
    return Attended(z)


KERNELS: dict[KernelName, Kernel] = {"eager": eager, "sdpa": sdpa}


def kernel_of(choice: KernelName | Kernel) -> Kernel:
    """The kernel itself, where it was named."""
    return KERNELS[choice] if isinstance(choice, str) else choice
