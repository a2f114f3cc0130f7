"""A row's divergence and its gradient as machine code: each logit is read twice, and no table stands in between.

`forward` and `between` turn the student's logits s into d loss / d s, in place, use the teacher's t as room to work in,
and leave the logarithm of the student's sum of exponentials in `sums`. `divergences.logit_gradient` has the formulas.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from explorer.stack.compiled import compiled
from explorer.stack.frontier.state_spaces.scan_loops import as_float, exp

_ZERO, _ONE, _TWO = np.float32(0.0), np.float32(1.0), np.float32(2.0)
_LN_2, _ROOT, _HALF = np.float32(0.6931471805599453), np.float32(1.4142135), np.float32(0.5)
_L3, _L5, _L7, _L9 = (np.float32(1 / each) for each in (3, 5, 7, 9))
_LEAST = np.float32(1.2e-38)


def _as_bits(typing: Any, number: Any) -> Any:  # noqa: ARG001 - numba asks for both
    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ARG001
        return builder.bitcast(given[0], ir.IntType(32))

    return types.int32(types.float32), generate


as_bits: Any = cast("Any", intrinsic(_as_bits))
"""The 32 bits of this float32."""


@compiled
def log(x: Any) -> Any:
    """The logarithm of a positive float32: its exponent, and a series in (m - 1) / (m + 1) of its mantissa m, which
    lies between 1 / sqrt 2 and sqrt 2. Absolute error below 3e-7; of less than 1.2e-38 the logarithm of that."""
    bits = as_bits(max(x, _LEAST))
    m = as_float(np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)))
    power = np.float32((bits >> np.int32(23)) - np.int32(127))
    large = m > _ROOT
    m, power = (m * _HALF if large else m), (power + _ONE if large else power)
    r = (m - _ONE) / (m + _ONE)
    q = r * r
    return power * _LN_2 + _TWO * r * (_ONE + q * (_L3 + q * (_L5 + q * (_L7 + q * _L9))))


@compiled
def forward(s: Any, t: Any, sums: Any) -> float:
    """The sum of KL(T || S) = sum T (t - s) - log Z_t + log Z_s over the rows; s becomes S - T."""
    found = 0.0
    for row in range(s.shape[0]):
        own, theirs = s[row], t[row]
        above_s, above_t = own[0], theirs[0]
        for k in range(own.shape[0]):
            above_s, above_t = max(above_s, own[k]), max(above_t, theirs[k])
        all_s, all_t, apart = _ZERO, _ZERO, _ZERO
        for k in range(own.shape[0]):
            p = exp(theirs[k] - above_t)
            apart += p * (theirs[k] - own[k])
            q = exp(own[k] - above_s)
            own[k], theirs[k] = q, p
            all_s += q
            all_t += p
        share_s, share_t = _ONE / all_s, _ONE / all_t
        for k in range(own.shape[0]):
            own[k] = own[k] * share_s - theirs[k] * share_t
        sums[row] = above_s + log(all_s)
        found += apart * share_t - (above_t + log(all_t)) + sums[row]
    return found


@compiled
def between(s: Any, t: Any, sums: Any, beta: Any) -> float:
    """The sum of JSD_beta over the rows, 0 < beta < 1; s becomes S (g - sum S g) with g = (1 - beta) log(S / M)."""
    found, rest = 0.0, _ONE - beta
    for row in range(s.shape[0]):
        own, theirs = s[row], t[row]
        above_s, above_t = own[0], theirs[0]
        for k in range(own.shape[0]):
            above_s, above_t = max(above_s, own[k]), max(above_t, theirs[k])
        all_s, all_t = _ZERO, _ZERO
        for k in range(own.shape[0]):
            all_s += exp(own[k] - above_s)
            all_t += exp(theirs[k] - above_t)
        above_s, above_t = above_s + log(all_s), above_t + log(all_t)
        sums[row] = above_s
        of_s, of_t = _ZERO, _ZERO
        for k in range(own.shape[0]):
            log_q, log_p = own[k] - above_s, theirs[k] - above_t
            q, p = exp(min(log_q, _ZERO)), exp(min(log_p, _ZERO))
            mixture = log(beta * p + rest * q)
            g = rest * (log_q - mixture)
            of_s += q * g
            of_t += p * (log_p - mixture)
            own[k], theirs[k] = q, g
        for k in range(own.shape[0]):
            own[k] *= theirs[k] - of_s
        found += of_s + beta * of_t
    return found
