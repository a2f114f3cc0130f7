"""How ggml looks for the scale of a group: every candidate tried, the one with the least weighted error kept.

Rounding to the widest range wastes levels on one large weight. ggml tries ranges a little narrower and wider, for each
fits scale (and lowest value) to the codes by least squares, and keeps the best::

    symmetric    x ~ s l,         s = sum(w x l) / sum(w l^2)                        (ggml's make_qx_quants)
    coordinates  x ~ s l,         one code changed at a time while the fit improves  (make_q3_quants)
    affine       x ~ s l + m,     s, m by weighted regression of x on l, m <= 0      (make_qkx2_quants and 3)
    positive     x ~ s l, x >= 0  the scales of a super-block themselves             (make_qp_quants)

The sums are made in float32, weight after weight, as the C code makes them: a tie falls as it falls there, and the
bytes are the same. All groups are searched at once: a group is a column. Source: ggml, `ggml-quants.c` (Kawrakow 2023,
llama.cpp's pull request 1684; there is no paper).

Worked example: -1, 0.5, 0.24 and 1.1 with the levels -4 to 3. The largest weight takes level -4, and -1 would need a 4,
which there is not: the scale that is found gives way a little.

>>> x = torch.tensor([[-1.0], [0.5], [0.24], [1.1]])
>>> codes, scale = symmetric(x, 4, torch.ones(4, 1))
>>> codes.flatten().tolist(), round(float(scale), 4)
([7.0, 2.0, 3.0, 0.0], -0.288)
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

#: A group whose largest weight is smaller counts as zeros.
NOTHING = 1e-15
#: 1.5 * 2^23: a float32 near it has no digits after the point.
WHOLE = 12582912.0
TRIES = 5


def nearest(x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """The nearest whole number, ties to even, of |x| < 2^22; beyond, what the same bits give in C."""
    return (x + WHOLE).view(torch.int32).bitwise_and_(0x7FFFFF).sub_(0x400000).float()


def over(number: float | int, x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """number / x as C divides; torch's own number / x multiplies by a reciprocal, which rounds twice."""
    return torch.tensor(number, dtype=torch.float32) / x


def root(x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """The square root rounded to nearest, as C's is; torch's float32 one is now and then a bit beside it."""
    return x.double().sqrt().float()


def added(terms: Float[Tensor, "in group"]) -> Float[Tensor, " group"]:
    """Their sum, one after the other in float32: so numpy adds along an axis that is not the last."""
    return torch.from_numpy(np.add.reduce(terms.numpy(), axis=0))


def largest(x: Float[Tensor, "in group"]) -> Float[Tensor, " group"]:
    """Of each group the weight of largest size, with its sign; of equals the first."""
    found = torch.zeros_like(x[0])
    for row in x:
        found = torch.where(row.abs() > found.abs(), row, found)
    return found


def least(x: Float[Tensor, "in group"]) -> Float[Tensor, " group"]:
    """The least of each group; of 0 and -0 the first."""
    found = x[0]
    for row in x[1:]:
        found = torch.where(row < found, row, found)
    return found


def stepped(first: float, step: float, count: int) -> list[float]:
    """first + step * i, as float32 adds and multiplies."""
    return (torch.tensor(first) + torch.tensor(step) * torch.arange(count, dtype=torch.float32)).tolist()


def symmetric(
    x: Float[Tensor, "in group"], half: int, weights: Float[Tensor, "in group"]
) -> tuple[Float[Tensor, "in group"], Float[Tensor, " group"]]:
    """Codes 0 to 2 half - 1 of the levels -half to half - 1, and scales. A group of zeros has code 0 and scale 0."""
    most = largest(x)
    empty = most.abs() < NOTHING
    most, weighted = torch.where(empty, 1.0, most), weights * x

    def tried(widest: float) -> tuple[Tensor, Tensor, Tensor]:
        levels = nearest(x * over(-widest, most)).clamp_(-half, half - 1)
        return levels, added(weighted * levels), added(weights * levels * levels)

    levels, along, square = tried(float(half))
    scale = torch.where(square != 0, along / square, 0.0)
    best = scale * along
    for i in (i for i in range(-9, 10) if i):
        now, along, square = tried(stepped(float(half), 0.1 * (1 if i > 0 else -1), abs(i) + 1)[-1])
        better = (square > 0) & (along * along > best * square)
        levels = torch.where(better, now, levels)
        scale = torch.where(better, along / square, scale)
        best = torch.where(better, scale * along, best)
    return torch.where(empty, 0.0, levels + half), torch.where(empty, 0.0, scale)


def coordinates(x: Float[Tensor, "in group"], half: int) -> tuple[Float[Tensor, "in group"], Float[Tensor, " group"]]:
    """The same with x^2 as weights, from the widest range on: one code after the other moves where the fit gains."""
    most = largest(x)
    empty = most.abs() < NOTHING
    levels = nearest(x * over(-half, torch.where(empty, 1.0, most))).clamp_(-half, half - 1)
    weights = x * x
    along, square = added(weights * x * levels), added(weights * levels * levels)
    for _ in range(TRIES):
        for weight, w, level in zip(x, weights, levels, strict=True):
            along, square = _moved(weight, w, level, along, square, -half, half - 1)
    scale = torch.where(square > 0, along / square, 0.0)
    return torch.where(empty, 0.0, levels + half), torch.where(empty, 0.0, scale)


def _moved(
    x: Tensor, w: Tensor, level: Tensor, along: Tensor, square: Tensor, lowest: int | None, highest: int
) -> tuple[Tensor, Tensor]:
    """One weight of every group goes to the level that suits the others, where the fit gains; `level` is changed."""
    rest_along, rest_square = along - w * x * level, square - w * level * level
    moved = nearest(x * rest_square / rest_along).clamp_(lowest, highest)
    new_along, new_square = rest_along + w * x * moved, rest_square + w * moved * moved
    gains = (rest_along > 0) & (moved != level) & (new_along * new_along * square > along * along * new_square)
    gains &= new_square > 0 if lowest is not None else rest_square > 0
    level.copy_(torch.where(gains, moved, level))
    return torch.where(gains, new_along, along), torch.where(gains, new_square, square)


def affine(
    x: Float[Tensor, "in group"],
    highest: int,
    weights: Float[Tensor, "in group"],
    ranges: tuple[float, float, int],
    by_size: bool = False,
) -> tuple[Float[Tensor, "in group"], Float[Tensor, " group"], Float[Tensor, " group"]]:
    """Codes 0 to `highest`, scales, and lowest values with their sign turned (never negative).

    ranges: what is added to `highest` when the range is divided: first, step, and how many steps; by_size: the error
    of a weight is its size, not its square.
    """
    total, weighted = added(weights), added(weights * x)
    low, high = least(x), x.amax(0)
    low = torch.where(low > 0, 0.0, low)
    flat = high == low

    def error(levels: Tensor, scale: Tensor, low: Tensor) -> Tensor:
        apart = (levels * scale).add_(low).sub_(x)
        return added((apart.abs_() if by_size else apart.mul_(apart)).mul_(weights))

    def rounded(inverse: Tensor) -> Tensor:
        return nearest((x - low).mul_(inverse)).clamp_(0, highest)

    inverse = over(highest, high - low)
    scale = 1 / inverse
    levels = rounded(inverse)
    best = error(levels, scale, low)
    first, step, steps = ranges
    for wider in stepped(first, step, steps + 1):
        now = rounded((torch.tensor(wider) + highest) / (high - low))
        at_level = weights * now
        sum_l, sum_l2 = added(at_level), added(at_level * now)
        sum_xl = added(at_level.mul_(x))
        spread = total * sum_l2 - sum_l * sum_l
        now_scale = (total * sum_xl - weighted * sum_l) / spread
        now_low = (sum_l2 * weighted - sum_l * sum_xl) / spread
        above = now_low > 0
        now_scale, now_low = torch.where(above, sum_xl / sum_l2, now_scale), torch.where(above, 0.0, now_low)
        now_error = error(now, now_scale, now_low)
        better = (spread > 0) & (now_error < best)
        levels, best = torch.where(better, now, levels), torch.where(better, now_error, best)
        scale, low = torch.where(better, now_scale, scale), torch.where(better, now_low, low)
    return torch.where(flat, 0.0, levels), torch.where(flat, 0.0, scale), -low


def positive(
    x: Float[Tensor, "in group"], highest: int, weights: Float[Tensor, "in group"]
) -> tuple[Float[Tensor, "in group"], Float[Tensor, " group"]]:
    """Codes 0 to `highest` of numbers that are never negative, and scales."""
    most = x.amax(0).clamp_min(0)
    empty = most < NOTHING
    most = torch.where(empty, 1.0, most)

    def error(inverse: Tensor, bound: int | None) -> Tensor:
        apart = x - 1 / inverse * nearest(inverse * x).clamp_(None, bound or float("inf"))
        return added(weights * apart * apart)

    inverse = over(highest, most)
    best = error(inverse, None)
    for i in (i for i in range(-4, 5) if i):
        now = stepped(0.0, 0.1 * (1 if i > 0 else -1), abs(i) + 1)[-1]
        now_inverse = (torch.tensor(now) + highest) / most
        now_error = error(now_inverse, highest)
        better = now_error < best
        best, inverse = torch.where(better, now_error, best), torch.where(better, now_inverse, inverse)
    levels = nearest(inverse * x).clamp_(None, highest)
    along, square = added(weights * x * levels), added(weights * levels * levels)
    for _ in range(TRIES):
        for weight, w, level in zip(x, weights, levels, strict=True):
            along, square = _moved(weight, w, level, along, square, None, highest)
    scale = torch.where(square > 0, along / square, 0.0)
    return torch.where(empty, 0.0, levels), torch.where(empty, 0.0, scale)
