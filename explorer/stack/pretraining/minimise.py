"""BFGS on many small problems at once: each row is a point that goes down its own slope.

Broyden, Fletcher, Goldfarb and Shanno 1970, as in Nocedal and Wright, Numerical Optimization, algorithm 6.1. With the
inverse Hessian's guess H, s the last step and y the change of the gradient:

    p = -H g,   x += t p with t halved until f falls by 1e-4 t g.p (Armijo),
    H = (I - s y' / y's) H (I - y s' / y's) + s s' / y's,   where y's > 0

>>> def bowl(x, which):  # least at (3, -1)
...     d = x - np.array([3.0, -1.0])
...     return (d**2 * [1, 50]).sum(-1), 2 * d * [1, 50]
>>> x, value = minimise(bowl, np.zeros((2, 2)))
>>> x.round(6).tolist(), bool(value.max() < 1e-12)
([[3.0, -1.0], [3.0, -1.0]], True)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

Points = Float[ndarray, "problem dim"]
Values = Float[ndarray, " problem"]

ROUNDS, HALVINGS = 300, 30
#: A problem is over when no round makes its value less by more than this part of it, so many rounds on end.
FALLS, PATIENCE = 1e-12, 8
ARMIJO = 1e-4
#: No coordinate goes further in a round.
LONGEST = 5.0


#: Values and slopes at some points, and of which problems they are.
Slope = Callable[[Points, Int[ndarray, " problem"]], tuple[Values, Points]]


def minimise(value_and_slope: Slope, begin: Points) -> tuple[Points, Values]:
    """Where each problem comes to rest, and its value there. Those at rest are asked no more."""
    x = begin.astype(float).copy()
    which = np.arange(len(x))
    value, slope = value_and_slope(x, which)
    eye = np.eye(x.shape[1])
    inverse = np.repeat(eye[None], len(x), 0)
    still = np.zeros(len(x), int)
    for _ in range(ROUNDS):
        go = which[still < PATIENCE]
        if not len(go):
            break
        way = -np.einsum("pij,pj->pi", inverse[go], slope[go])
        down = (way * slope[go]).sum(-1)
        lost = ~(down < 0)  # no way down any more: begin anew with the slope
        inverse[go[lost]], way[lost] = eye, -slope[go[lost]]
        step = _line(value_and_slope, go, x[go], value[go], way, (way * slope[go]).sum(-1))
        x[go] += step
        new, new_slope = value_and_slope(x[go], go)
        still[go] = np.where(value[go] - new > FALLS * np.abs(value[go]), 0, still[go] + 1)
        inverse[go] = _updated(inverse[go], step, new_slope - slope[go])
        inverse[go[~step.any(-1)]] = eye
        value[go], slope[go] = new, new_slope
    return x, value


def _line(
    value_and_slope: Slope, which: Int[ndarray, " problem"], x: Points, value: Values, way: Points, down: Values
) -> Points:
    """Each problem's step along its way, halved until it goes down; nought where nothing does."""
    length = LONGEST / np.maximum(np.abs(way).max(-1), LONGEST)
    step, left = np.zeros_like(x), np.arange(len(x))
    for _ in range(HALVINGS):
        tried = length[left, None] * way[left]
        found = value_and_slope(x[left] + tried, which[left])[0]
        good = np.isfinite(found) & (found <= value[left] + ARMIJO * length[left] * down[left])
        step[left[good]] = tried[good]
        left = left[~good]
        if not len(left):
            break
        length[left] /= 2
    return step


def _updated(inverse: Float[ndarray, "problem dim dim"], s: Points, y: Points) -> Float[ndarray, "problem dim dim"]:
    along = (s * y).sum(-1)
    good = along > 1e-300
    rho = np.where(good, 1 / np.where(good, along, 1), 0)[:, None, None]
    left = np.eye(s.shape[1]) - rho * s[:, :, None] * y[:, None, :]
    new = left @ inverse @ left.transpose(0, 2, 1) + rho * s[:, :, None] * s[:, None, :]
    return np.where(good[:, None, None], new, inverse)
