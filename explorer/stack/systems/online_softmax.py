"""Online softmax: a softmax whose scores come in blocks, in any order, and are seen once.

A softmax needs its row's maximum before it may raise anything. Where scores come block by block it is done under the
maximum so far, m, and what was summed under a smaller one is multiplied by exp(m_old - m_new) (Milakov & Gimelshein
2018, arXiv 1805.02867)::

    m_new = max(m, max of the block)
    l     = l exp(m - m_new) + sum exp(s - m_new)          the denominator, under the maximum so far
    O     = O exp(m - m_new) + exp(s - m_new) V            the numerator, if values are weighted
    softmax = exp(s - m) / l,   attention = O / l          at the end

What a set of keys gives is known by two things: its output, and L = m + ln l, the log of the sum of its exponentials
(log-sum-exp). Two disjoint sets merge by them alone, whatever made them: a tile, a split of a long cache, another
machine (Rabe & Staats 2021, arXiv 2112.05682)::

    L   = ln(exp(L_a) + exp(L_b))
    out = out_a exp(L_a - L) + out_b exp(L_b - L)

A set without a visible key has L = -inf and the output 0, and changes nothing.

Worked example: scores 1, 2 and then 3, 0. Under the second block's maximum the first block's sum, exp(-1) + 1 = 1.368,
is worth exp(2 - 3) = .368 of itself.

>>> row = online_softmax(torch.tensor([1.0, 2.0, 3.0, 0.0]), block=2)
>>> [[round(float(x), 3) for x in numbers] for numbers in (row.m, row.l, row.factor)]
[[2.0, 3.0], [1.368, 1.553], [0.0, 0.368]]
>>> [round(float(p), 3) for p in row.softmax]
[0.087, 0.237, 0.644, 0.032]
>>> reverse = online_softmax(torch.tensor([1.0, 2.0, 3.0, 0.0]), block=2, order=(1, 0))
>>> bool((reverse.softmax - row.softmax).abs().max() < 1e-7), [float(x) for x in reverse.factor]
(True, [0.0, 1.0])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Partial:
    """Attention over some of the keys: enough to be merged with attention over others."""

    out: Float[Tensor, "*batch query d_head"]
    """Weighted values, already divided: 0 where no key is visible."""
    lse: Float[Tensor, "*batch query"]
    """L = m + ln l, natural log, of the scaled scores; -inf where no key is visible. float32 or wider."""


def merge(a: Partial, b: Partial) -> Partial:
    """Attention over the keys of both. The keys must be disjoint, or the shared ones count twice.

    >>> nothing = Partial(torch.zeros(1, 2), torch.tensor([-math.inf]))
    >>> seen = Partial(torch.tensor([[1.0, 2.0]]), torch.tensor([0.5]))
    >>> merge(nothing, seen).out.tolist(), merge(nothing, nothing).lse.tolist()
    ([[1.0, 2.0]], [-inf])
    """
    lse = torch.logaddexp(a.lse, b.lse)
    out = sum(share(each.lse, lse)[..., None] * each.out for each in (a, b))
    assert isinstance(out, Tensor)
    return Partial(out.to(a.out.dtype), lse)


def share(part: Float[Tensor, "*#rows"], whole: Float[Tensor, "*#rows"]) -> Float[Tensor, "*#rows"]:
    """exp(part - whole): how much of the whole's sum is the part's; 0 where nothing is visible.

    >>> share(torch.tensor([-math.inf, 0.0]), torch.tensor([-math.inf, math.log(4)])).tolist()
    [0.0, 0.25]
    """
    return torch.exp(part - finite(whole))


def accumulator(dtype: torch.dtype) -> torch.dtype:
    """The type in which sums are kept: float32, or the numbers' own where that is wider.

    >>> accumulator(torch.bfloat16), accumulator(torch.float64)
    (torch.float32, torch.float64)
    """
    return torch.promote_types(dtype, torch.float32)


def finite(maximum: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
    """0 instead of -inf: what a row without a visible key subtracts, so that exp(-inf - m) is 0, not a NaN."""
    return maximum.masked_fill(maximum == -math.inf, 0)


@dataclass(frozen=True, eq=False)
class OnlineSoftmax:
    """One row, block after block, in the order in which they came."""

    order: tuple[int, ...]
    """Which block came at each step."""
    m: Float[Tensor, " step"]
    """The maximum after each step."""
    l: Float[Tensor, " step"]  # noqa: E741  the papers' letter
    """The sum after each step, under that maximum."""
    added: Float[Tensor, " step"]
    """What the step's own block added to it."""
    factor: Float[Tensor, " step"]
    """exp(m before - m after): what all earlier sums were multiplied by; 0 at the first step."""
    came: Float[Tensor, " key"]
    """exp(s - m) of each key when its block came, by place."""
    softmax: Float[Tensor, " key"]
    """By place, whatever the order."""

    @property
    def lse(self) -> float:
        return float(self.m[-1] + self.l[-1].log())


def online_softmax(
    scores: Float[Tensor, " key"], block: int, order: Sequence[int] | Int[Tensor, " block"] | None = None
) -> OnlineSoftmax:
    """Softmax of one row, `block` keys at a time, -inf where a key may not be seen; the last block may be ragged.

    order: the blocks' numbers as they come, each once; by default from the first key to the last.
    Raises ValueError for an order that is no such order, a block without a key, or a row without one.
    """
    if block < 1 or len(scores) == 0:
        raise ValueError("a row has keys, and a block has at least one")
    blocks = scores.split(block)
    order = tuple(range(len(blocks))) if order is None else tuple(int(each) for each in order)
    if sorted(order) != list(range(len(blocks))):
        raise ValueError(f"{order} does not name each of {len(blocks)} blocks once")
    m, sum_ = scores.new_tensor(-math.inf), scores.new_tensor(0.0)
    steps: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
    came = [torch.empty(0)] * len(blocks)
    for at in order:
        top = torch.maximum(m, blocks[at].max())
        factor = share(m, top)
        came[at] = share(blocks[at], top)
        sum_ = sum_ * factor + came[at].sum()
        m = top
        steps.append((m, sum_, came[at].sum(), factor))
    ms, sums, added, factors = (torch.stack(column) for column in zip(*steps, strict=True))
    return OnlineSoftmax(order, ms, sums, added, factors, torch.cat(came), share(scores, m) / sum_)
