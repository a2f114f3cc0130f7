"""What lies between a tile's products, in one pass over the tile while it is in the cache.

Forward it is the online softmax's step (`online_softmax`), of scores that are exponents of two::

    m_new = max(m, max of the row)
    s     = 2^(s - m_new)
    l     = l 2^(m - m_new) + sum s
    O     = O 2^(m - m_new)

Backward it makes the weights again from the one number that is kept a row, and the gradient of the scores from them::

    p  = 2^(s - L)
    ds = p (dp - delta)

Order and window are two numbers: row r of the tile sees its columns from `first` + r to `last` + r.

Worked example: scores 1 and 2, of which causal order shows the first row the first alone.

>>> s = np.array([[[1, 2], [1, 2]]], np.float32)
>>> m, l, held = np.empty((1, 2), np.float32), np.empty((1, 2), np.float32), np.empty((1, 2, 4), np.float32)
>>> take(s, m, l, held, -2, 0, fresh=True)
>>> s.tolist(), m.tolist(), l.tolist()
([[[1.0, 0.0], [0.5, 1.0]]], [[1.0, 2.0]], [[1.0, 1.5]])
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from explorer.stack.compiled import compiled

float32, int32, uint32 = np.float32, np.int32, np.uint32

#: The maximum before there is one: no infinity, since the compiler is told that there is none.
LOWEST = -1e38
#: The score of a key that is not seen: its weight is 0 under any maximum.
HIDDEN = -3e38


def power(x: Any) -> Any:
    """2^x, for x up to 127."""
    return 2.0**x


def _of_float32(x: Any) -> Any:
    """To 2e-7 of it, sixteen at a time: 2^n by its bits, times a polynomial of the rest; 0 below -127."""
    x = max(x, float32(-127))
    n = np.rint(x)
    r = x - n  # from -1/2 to 1/2
    high = float32(0.0555073358) + r * (float32(0.009671513) + r * float32(0.00132647366))
    whole = float32(1) + r * (float32(0.693147004) + r * (float32(0.240222424) + r * high))
    return whole * uint32(uint32(int32(n) + int32(127)) << uint32(23)).view(float32)


@overload(power, jit_options={"fastmath": True})
def _power(x: Any) -> Any:
    """How compiled code does it. A type checker's import hook may have wrapped the functions."""
    return inspect.unwrap(_of_float32 if x == types.float32 else power)


@intrinsic
def larger(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """For compiled code: the larger number, told so that sixteen are compared at a time, as `max` is not."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ARG001
        more = builder.fcmp_ordered(">", *given, flags=("fast",))
        return builder.select(more, *given, flags=("fast",))

    return a(a, a), generate


@compiled
def seen(first: Any, end: Any, columns: Any) -> Any:
    """From which to before which of the columns."""
    begin = min(max(0, first), columns)
    return begin, max(begin, min(columns, end))


@compiled
def take(s: Any, m: Any, l: Any, held: Any, first: Any, last: Any, fresh: Any) -> None:  # noqa: E741
    """A tile of scores, [head row column], becomes weights under each row's maximum so far; m and l, [head row], and
    what is held of the output, [head row d_head], follow. `fresh`: it is the first, and nothing is held."""
    columns = s.shape[2]
    for h in range(s.shape[0]):
        for r in range(s.shape[1]):
            row, before = s[h, r], s.dtype.type(LOWEST) if fresh else m[h, r]
            begin, end = seen(first + r, last + r + 1, columns)
            some, top, total = row[begin:end], before, row.dtype.type(0)
            for c in range(some.shape[0]):
                top = larger(top, some[c])  # pyright: ignore[reportCallIssue]
            for c in range(some.shape[0]):
                some[c] = power(some[c] - top)
                total += some[c]
            row[:begin] = 0
            row[end:] = 0
            if fresh:
                m[h, r], l[h, r] = top, total
                continue
            if top > before:
                factor = power(before - top)
                m[h, r] = top
                l[h, r] *= factor
                for c in range(held.shape[2]):
                    held[h, r, c] *= factor
            l[h, r] += total


@compiled
def settle(m: Any, l: Any, held: Any) -> None:  # noqa: E741
    """Where the last tile is done: O / l in its place and L, the log-sum-exp in natural logarithms, in that of m."""
    for h in range(m.shape[0]):
        for r in range(m.shape[1]):
            some = l[h, r] > 0
            m[h, r] = (m[h, r] + np.log2(l[h, r])) * math.log(2) if some else -np.inf
            share = 1 / l[h, r] if some else l[h, r]
            for c in range(held.shape[2]):
                held[h, r, c] *= share


@compiled
def weigh(s: Any, dp: Any, lse: Any, delta: Any, first: Any, last: Any) -> None:
    """Scores become weights, the gradient of the weights that of the scores; all [head row column], lse (in powers of
    two) and delta [head row]."""
    columns = s.shape[2]
    for h in range(s.shape[0]):
        for r in range(s.shape[1]):
            row, slope, down, less = s[h, r], dp[h, r], lse[h, r], delta[h, r]
            begin, end = seen(first + r, last + r + 1, columns)
            some, of_some = row[begin:end], slope[begin:end]
            for c in range(some.shape[0]):
                some[c] = power(some[c] - down)
                of_some[c] = some[c] * (of_some[c] - less)
            row[:begin] = 0
            row[end:] = 0
            slope[:begin] = 0
            slope[end:] = 0
