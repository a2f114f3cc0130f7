"""The logarithm of one token's probability, from a row of logits, in two passes over them and no memory of its own.

By torch or numpy each operation writes a row of the vocabulary's size, in memory that comes from the system page by
page: three times as long.

>>> round(logprob(np.log(np.array([1, 2, 5], np.float32)), 2), 6), round(float(np.log(5 / 8)), 6)
(-0.470004, -0.470004)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float32

from explorer.stack.inference.fused.step import exp
from explorer.stack.inference.fused.team import compiled

float32 = np.float32
#: Numbers whose sum is taken in float32; the sums are added in float64.
BLOCK = 1024


def logprob(row: Float32[np.ndarray, " d_vocab"], token: int) -> float:
    """log softmax at the token, of finite logits."""
    most = row.max()  # numpy's goes sixteen by sixteen, a compiled loop's one by one
    return float(row[token] - most) - math.log(total(row, most))


@compiled
def total(row: Any, most: Any) -> Any:
    """The sum of exp(row - most)."""
    found = 0.0
    for first in range(0, row.shape[0], BLOCK):
        block, part = row[first : first + BLOCK], float32(0)
        for c in range(block.shape[0]):
            part += exp(block[c] - most)
        found += part
    return found
