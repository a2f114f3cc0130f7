"""Writing by unmasking: the holes of a text are filled over several steps, the surest tokens first.

At each step the model says a token for every hole, from all that stands there, on both sides. Some are kept; the others
are holes again ("remasked"), and are said anew when more is known (Nie et al. 2025, LLaDA, arXiv 2502.09992, algorithm
5):

    x_i  = argmax( logits_i + T g_i ),  g_i ~ Gumbel: -ln(-ln u)         a draw from softmax(logits / T)
    c_i  = softmax(logits)_i[x_i]                                        how sure the model is of it
    keep the m holes whose c is greatest ("confident"), m drawn by chance ("random"), or the first m ("left")

m is the number of holes by the number of steps, rounded so that all are filled at the end. In blocks, the holes of a
block are filled before those behind it are kept: between left to right and any order. What is kept never changes again.

"bound" keeps, at each step, the holes of least entropy H as long as H_1 + .. + H_k - H_k <= gamma (Ben-Hamu et al.
2025, arXiv 2505.24857): then those tokens know little of one another. It needs as many steps as the text asks for.

Tokens that are kept at one step do not see one another: they are drawn as if independent. With one hole a step, the
model writes a text with the probability of a chain in that order.

u has few values in a small format, so that g has a largest value, -ln(-ln(1 - 2^-b)) with b the bits of its grid.
Tokens far below the best can then not be drawn at all: samples look better and vary less (Zheng et al. 2024, arXiv
2409.02908).

>>> [round(largest_gumbel(each), 2) for each in ("float64", "float32", "bfloat16")]
[36.74, 16.64, 5.54]
>>> kept_each_step(10, 4)
[3, 3, 2, 2]
>>> entropies = torch.tensor([0.1, 0.2, 0.6, 0.05])
>>> within_bound(entropies, 0.2).tolist()  # 0.05, 0.1 and 0.2 are kept: 0.35 - 0.2 <= 0.2; with 0.6: 0.95 - 0.6 > 0.2
[True, True, False, True]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Order = Literal["confident", "random", "left", "bound"]
Format = Literal["float64", "float32", "bfloat16"]
#: Bits of the grid on which torch draws u.
BITS: dict[Format, int] = {"float64": 53, "float32": 24, "bfloat16": 8}
#: The logits of all tokens but [MASK], at the places that are asked for: row by row, from left to right.
Says = Callable[[Int[Tensor, "row pos"], Bool[Tensor, "row pos"]], Float[Tensor, "hole answer"]]


@dataclass(frozen=True)
class Unmasking:
    """How holes are filled."""

    steps: int
    """Of "bound", at most."""
    order: Order = "confident"
    blocks: int = 1
    temperature: float = 0.0
    """0: the likeliest token."""
    gamma: float = 0.5
    """Of "bound", in nats."""
    numbers: Format = "float64"
    """The format of the draws."""

    def __post_init__(self) -> None:
        if min(self.steps, self.blocks) < 1 or self.temperature < 0 or self.gamma < 0:
            raise ValueError("steps and blocks are at least 1, temperature and gamma at least 0")


@dataclass(frozen=True, eq=False)
class Step:
    """One reading of the text, and what was kept of it."""

    ids: Int[Tensor, "row pos"]
    """What was read."""
    said: Int[Tensor, "row pos"]
    """A token for every hole; elsewhere what stands there."""
    confidence: Float[Tensor, "row pos"]
    """The probability of the token that was said, at temperature 1; elsewhere 1."""
    entropy: Float[Tensor, "row pos"]
    """Of what could be said, in nats; elsewhere 0."""
    holes: Bool[Tensor, "row pos"]
    kept: Bool[Tensor, "row pos"]

    @property
    def after(self) -> Int[Tensor, "row pos"]:
        return self.said.where(self.kept, self.ids)


def largest_gumbel(numbers: Format) -> float:
    """The greatest g that can be drawn. -ln(-ln(1 - d)) is nearly -ln d."""
    return -math.log(-math.log1p(-(2.0 ** -BITS[numbers])))


def gumbel(shape: torch.Size, numbers: Format, generator: torch.Generator | None = None) -> Tensor:
    """g, drawn in that format; u = 0, which has no logarithm, is half of the least other value."""
    least = 2.0 ** -BITS[numbers]
    u = torch.rand(shape, dtype=getattr(torch, numbers), generator=generator).double().clamp(min=least / 2)
    return -(-u.log()).log()


def kept_each_step(holes: int, steps: int) -> list[int]:
    """How many holes are filled at each step; no more steps than holes."""
    steps = min(steps, holes)
    each, more = divmod(holes, steps) if steps else (0, 0)
    return [each + (at < more) for at in range(steps)]


def within_bound(entropy: Float[Tensor, " hole"], gamma: float) -> Bool[Tensor, " hole"]:
    """The holes of least entropy whose sum, without the greatest, is within gamma: always one."""
    least, order = entropy.sort()
    kept = least.cumsum(0) - least <= gamma
    return torch.zeros_like(kept).scatter(0, order, kept)


def unmask(
    says: Says,
    ids: Int[Tensor, "row pos"],
    mask: int,
    how: Unmasking,
    generator: torch.Generator | None = None,
) -> Iterator[Step]:
    """Fill all holes of the rows, which have their holes at the same places; what each step did."""
    holes = ids[0] == mask
    places = holes.nonzero().flatten()
    for block in places.tensor_split(min(how.blocks, max(len(places), 1))):
        mine = torch.zeros_like(holes)
        mine[block] = True
        steps = kept_each_step(len(block), -(-how.steps // how.blocks))
        at = 0
        while bool((left := (ids == mask) & mine).any()):
            step = _step(says, ids, left, mask, how, steps[at] if at < len(steps) else len(block), generator)
            at += 1
            if how.order == "bound" and at >= len(steps):  # steps are spent: all that is left is kept
                step = Step(step.ids, step.said, step.confidence, step.entropy, step.holes, left)
            ids = step.after
            yield step


def _step(
    says: Says, ids: Tensor, left: Tensor, mask: int, how: Unmasking, count: int, generator: torch.Generator | None
) -> Step:
    holes = ids == mask
    logits = says(ids, holes).double()  # hole answer
    logp = logits.log_softmax(-1)
    drawn = logits
    if how.temperature:
        drawn = logits + how.temperature * gumbel(logits.shape, how.numbers, generator)
    told = drawn.argmax(-1)
    said, confidence, entropy = ids.clone(), torch.ones(ids.shape).double(), torch.zeros(ids.shape).double()
    said[holes] = told
    confidence[holes] = logp.gather(-1, told[:, None])[:, 0].exp()
    entropy[holes] = -(logp.exp() * logp).sum(-1)
    if how.order == "bound":
        kept = torch.stack([_bounded(each, some, how.gamma) for each, some in zip(entropy, left, strict=True)])
    else:
        ranks = {
            "confident": confidence,
            "random": torch.rand(ids.shape, dtype=torch.float64, generator=generator),
            "left": -torch.arange(ids.shape[1], dtype=torch.float64).expand(ids.shape),
        }[how.order].masked_fill(~left, -torch.inf)
        first = ranks.topk(count, dim=-1).indices
        kept = torch.zeros_like(left).scatter(-1, first, True) & left
    return Step(ids, said, confidence, entropy, holes, kept)


def _bounded(entropy: Tensor, left: Tensor, gamma: float) -> Tensor:
    kept = torch.zeros_like(left)
    kept[left] = within_bound(entropy[left], gamma)
    return kept
