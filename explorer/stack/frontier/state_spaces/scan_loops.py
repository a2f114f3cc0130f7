"""The selective scan as machine code: forward, backward and the exponential that both spend their time in.

Channels are taken sixteen at a time, so that what a block reads of one position is a cache line, and its states stay
near the processor. The number of states is a multiple of sixteen (`selective_scan` pads).
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from explorer.stack.compiled import compiled

#: Channels of a block, and states of a step of the inner loop.
LANES = 16
_LOG2_E, _LN_2 = np.float32(1.4426950408889634), np.float32(0.6931471805599453)
_LEAST, _BIAS = np.float32(-87.0), np.int32(127)
_C2, _C3, _C4, _C5, _C6 = (np.float32(1 / each) for each in (2, 6, 24, 120, 720))
_HALF, _ONE, _ZERO = np.float32(0.5), np.float32(1.0), np.float32(0.0)


def _as_float(typing: Any, bits: Any) -> Any:  # noqa: ARG001 - numba asks for both
    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ARG001
        return builder.bitcast(given[0], ir.FloatType())

    return types.float32(types.int32), generate


as_float: Any = cast("Any", intrinsic(_as_float))
"""The float32 that these 32 bits are."""


@compiled
def exp(x: Any) -> Any:
    """e to the x for x of at most 0, in float32: a power of two and a polynomial, both of which the processor takes
    sixteen at a time. Relative error below 3e-7; anything below e**-87 is that."""
    at = max(x, _LEAST)
    whole = np.int32(at * _LOG2_E - _HALF)  # cut towards zero, so rounded; a call of floor would stop the lanes
    r = at - np.float32(whole) * _LN_2
    part = _ONE + r * (_ONE + r * (_C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * _C6)))))
    return part * as_float(np.int32((whole + _BIAS) << np.int32(23)))


@compiled
def forward(x: Any, dt: Any, A: Any, B: Any, C: Any, D: Any, h: Any, y: Any) -> None:
    """y [batch pos channel] of x, and the last state in h [batch channel part lane], which holds the first one."""
    batch, length, channels = x.shape
    parts = A.shape[1]
    for b in range(batch):
        for first in range(0, channels, LANES):
            last = min(first + LANES, channels)
            for at in range(length):
                for d in range(first, last):
                    step = dt[b, at, d]
                    u, total = step * x[b, at, d], _ZERO
                    for n in range(parts):
                        a, state, write, read = A[d, n], h[b, d, n], B[b, at, n], C[b, at, n]
                        for k in range(LANES):
                            new = exp(step * a[k]) * state[k] + u * write[k]
                            state[k] = new
                            total += new * read[k]
                    y[b, at, d] = total + D[d] * x[b, at, d]


@compiled
def backward(
    x: Any, dt: Any, A: Any, B: Any, C: Any, D: Any, dy: Any, dx: Any, ddt: Any, dA: Any, dB: Any, dC: Any, dD: Any
) -> None:
    """Gradients of a scan that began at a state of zeros; dA, dB, dC and dD are added to.

    The states are made again, a block of channels at a time: nothing of size [pos channel state] is kept.
    """
    batch, length, channels = x.shape
    parts = A.shape[1]
    kept = np.empty((length + 1, LANES, parts, LANES), np.float32)
    decay = np.empty((length, LANES, parts, LANES), np.float32)
    flow = np.empty((LANES, parts, LANES), np.float32)
    for b in range(batch):
        for first in range(0, channels, LANES):
            last = min(first + LANES, channels)
            kept[0] = _ZERO
            for at in range(length):
                for d in range(first, last):
                    step = dt[b, at, d]
                    u = step * x[b, at, d]
                    for n in range(parts):
                        a, faded, write = A[d, n], decay[at, d - first, n], B[b, at, n]
                        before, after = kept[at, d - first, n], kept[at + 1, d - first, n]
                        for k in range(LANES):
                            faded[k] = exp(step * a[k])
                            after[k] = faded[k] * before[k] + u * write[k]
            flow[:] = _ZERO
            for at in range(length - 1, -1, -1):
                for d in range(first, last):
                    step, xs, dys = dt[b, at, d], x[b, at, d], dy[b, at, d]
                    u, of_u, of_step = step * xs, _ZERO, _ZERO
                    for n in range(parts):
                        g, a, of_a, faded = flow[d - first, n], A[d, n], dA[d, n], decay[at, d - first, n]
                        before, after = kept[at, d - first, n], kept[at + 1, d - first, n]
                        write, read = B[b, at, n], C[b, at, n]
                        of_write, of_read = dB[b, at, n], dC[b, at, n]
                        for k in range(LANES):
                            of_read[k] += dys * after[k]
                            g[k] += dys * read[k]
                        for k in range(LANES):
                            of_write[k] += g[k] * u
                            of_u += g[k] * write[k]
                        for k in range(LANES):
                            g[k] *= faded[k]
                            through = g[k] * before[k]
                            of_step += through * a[k]
                            of_a[k] += through * step
                    dx[b, at, d] = step * of_u + D[d] * dys
                    ddt[b, at, d] = of_step + xs * of_u
                    dD[d] += dys * xs
