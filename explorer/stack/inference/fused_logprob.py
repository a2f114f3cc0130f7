"""The logarithm of one token's probability, from a row of logits, in one pass over them and no memory of its own.

By torch or numpy each operation writes a row of the vocabulary's size, in memory that comes from the system page by
page: three times as long.

>>> round(logprob(np.log(np.array([1, 2, 5], np.float32)), 2), 6), round(float(np.log(5 / 8)), 6)
(-0.470004, -0.470004)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.inference.fused_step import exp
from explorer.stack.inference.fused_team import compiled

float32 = np.float32
#: Numbers whose sum is taken in float32; the sums are added in float64.
BLOCK = 1024


@compiled
def logprob(row: Any, token: Any) -> Any:
    """log softmax at the token; row: [d_vocab] in float32, finite."""
    most = row[0]
    for c in range(row.shape[0]):
        most = max(most, row[c])
    total = 0.0
    for first in range(0, row.shape[0], BLOCK):
        part = float32(0)
        for c in range(first, min(first + BLOCK, row.shape[0])):
            part += exp(row[c] - most)
        total += part
    return np.float64(row[token] - most) - np.log(total)
