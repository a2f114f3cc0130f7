"""BFGS on many small problems at once: each row is a point that goes down its own slope.

Broyden, Fletcher, Goldfarb and Shanno 1970, as in Nocedal and Wright, Numerical Optimization, algorithm 6.1. With the
inverse Hessian's guess H, s the last step and y the change of the gradient:

    p = -H g,   x += t p with t halved until f falls by 1e-4 t g.p (Armijo),
    H = (I - s y' / y's) H (I - y s' / y's) + s s' / y's,   where y's > 0

>>> def bowl(x):  # least at (3, -1)
...     d = x - np.array([3.0, -1.0])
...     return (d**2 * [1, 50]).sum(-1), 2 * d * [1, 50]
>>> x, value = minimise(bowl, np.zeros((2, 2)))
>>> x.round(6).tolist(), bool(value.max() < 1e-12)
([[3.0, -1.0], [3.0, -1.0]], True)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

Points = Float[ndarray, "problem dim"]
Values = Float[ndarray, " problem"]

ROUNDS, HALVINGS = 600, 40
#: A problem is over when no round makes its value less by more than this part of it, so many rounds on end.
FALLS, PATIENCE = 1e-13, 12
ARMIJO = 1e-4
#: No coordinate goes further in a round.
LONGEST = 5.0


def minimise(value_and_slope: Callable[[Points], tuple[Values, Points]], begin: Points) -> tuple[Points, Values]:
    """Where each problem comes to rest, and its value there."""
    x = begin.astype(float).copy()
    value, slope = value_and_slope(x)
    eye = np.eye(x.shape[1])
    inverse = np.repeat(eye[None], len(x), 0)
    still = np.zeros(len(x), int)
    for _ in range(ROUNDS):
        way = -np.einsum("pij,pj->pi", inverse, slope)
        down = (way * slope).sum(-1)
        lost = ~(down < 0)  # no way down any more: begin anew with the slope
        inverse[lost], way[lost] = eye, -slope[lost]
        step, moved = _line(value_and_slope, x, value, way, (way * slope).sum(-1))
        x = x + step
        new, new_slope = value_and_slope(x)
        still = np.where(value - new > FALLS * np.abs(value), 0, still + 1)
        inverse = _updated(inverse, step, new_slope - slope)
        inverse[~moved] = eye
        value, slope = new, new_slope
        if still.min() >= PATIENCE:
            break
    return x, value


def _line(
    value_and_slope: Callable[[Points], tuple[Values, Points]], x: Points, value: Values, way: Points, down: Values
) -> tuple[Points, Bool[ndarray, " problem"]]:
    """Each problem's step along its way, halved until it goes down; nought, and not moved, where nothing does."""
    length = LONGEST / np.maximum(np.abs(way).max(-1), LONGEST)
    moved, step = np.zeros(len(x), bool), np.zeros_like(x)
    for _ in range(HALVINGS):
        tried = value_and_slope(x + length[:, None] * way)[0]
        good = ~moved & (tried <= value + ARMIJO * length * down) & np.isfinite(tried)
        step[good] = (length[:, None] * way)[good]
        moved |= good
        if moved.all():
            break
        length = np.where(moved, length, length / 2)
    return step, moved


def _updated(inverse: Float[ndarray, "problem dim dim"], s: Points, y: Points) -> Float[ndarray, "problem dim dim"]:
    along = (s * y).sum(-1)
    good = along > 1e-300
    rho = np.where(good, 1 / np.where(good, along, 1), 0)[:, None, None]
    left = np.eye(s.shape[1]) - rho * s[:, :, None] * y[:, None, :]
    new = left @ inverse @ left.transpose(0, 2, 1) + rho * s[:, :, None] * s[:, None, :]
    return np.where(good[:, None, None], new, inverse)
