"""One token through a whole Mamba layer, as machine code: what generation at batch 1 spends its time in."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.compiled import compiled
from explorer.stack.frontier.state_spaces.scan_loops import LANES, exp

_ZERO, _ONE, _TWO = np.float32(0.0), np.float32(1.0), np.float32(2.0)
_L3, _L5, _L7, _L9, _L11, _L13 = (np.float32(1 / each) for each in (3, 5, 7, 9, 11, 13))


@compiled
def sigmoid(x: Any) -> Any:
    """1 / (1 + e to the -x)."""
    e = exp(-abs(x))
    return (_ONE if x >= _ZERO else e) / (_ONE + e)


@compiled
def softplus(x: Any) -> Any:
    """log(1 + e to the x): the logarithm by its series in s = e / (2 + e), which is at most a third."""
    e = exp(-abs(x))
    s = e / (_TWO + e)
    q = s * s
    series = _ONE + q * (_L3 + q * (_L5 + q * (_L7 + q * (_L9 + q * (_L11 + q * _L13)))))
    return max(x, _ZERO) + _TWO * s * series


@compiled
def product(W: Any, x: Any, into: Any) -> None:
    """W x, row by row."""
    for i in range(W.shape[0]):
        row, total = W[i], _ZERO
        for k in range(W.shape[1]):
            total += row[k] * x[k]
        into[i] = total


@compiled
def one_token(
    u: Any, W_in: Any, conv: Any, conv_bias: Any, W_x: Any, W_dt: Any, dt_bias: Any, A: Any, D: Any, W_out: Any,
    window: Any, h: Any, both: Any, x: Any, read: Any, dt: Any, BC: Any, out: Any,
) -> None:  # fmt: skip
    """out [batch d_model] of u; window [batch lag channel] and h [batch channel part lane] move on by one token.

    conv is [lag channel], the oldest first. both, x, read, dt and BC [2 part lane] are room to work in.
    """
    channels, rank, parts = x.shape[0], W_dt.shape[1], A.shape[1]
    states = (W_x.shape[0] - rank) // 2
    lags = conv.shape[0] - 1
    for b in range(u.shape[0]):
        product(W_in, u[b], both)
        for d in range(channels):
            x[d] = conv_bias[d] + conv[lags, d] * both[d]
        for lag in range(lags):
            weight, seen = conv[lag], window[b, lag]
            for d in range(channels):
                x[d] += weight[d] * seen[d]
        for lag in range(lags - 1):
            window[b, lag] = window[b, lag + 1]
        for d in range(channels):
            window[b, lags - 1, d] = both[d]
            x[d] *= sigmoid(x[d])
        product(W_x, x, read)
        for n in range(states):
            BC[0, n // LANES, n % LANES] = read[rank + n]
            BC[1, n // LANES, n % LANES] = read[rank + states + n]
        product(W_dt, read[:rank], dt)
        for d in range(channels):
            dt[d] = softplus(dt[d] + dt_bias[d])
        for d in range(channels):
            step, total = dt[d], _ZERO
            added = step * x[d]
            for n in range(parts):
                a, state, write, taken = A[d, n], h[b, d, n], BC[0, n], BC[1, n]
                for k in range(LANES):
                    new = exp(step * a[k]) * state[k] + added * write[k]
                    state[k] = new
                    total += new * taken[k]
            x[d] = total + D[d] * x[d]
        for d in range(channels):
            gate = both[channels + d]
            x[d] *= gate * sigmoid(gate)
        product(W_out, x, out[b])
