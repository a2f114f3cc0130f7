"""The search for the nearest size vector of the E8 codebook, for millions of vectors: every size and both shifts.

A vector's sign bits decide most of it (see `lattice`): what is left is the vector of sizes s with the least ::

    |s|^2 - 2 |x - shift| . s + (4 min_i |x_i - shift| s_i  where the number of minus signs has the wrong parity)

256 sizes side by side fill the processor's registers, so that a vector takes a third of a microsecond.

>>> import numpy as np
>>> sizes = np.full((8, 256), 3.5, np.float32)
>>> sizes[:, 7] = 0.5
>>> out = np.zeros(1, np.int32)
>>> search(np.full((1, 8), 0.6, np.float32), sizes, np.zeros(256, np.float32), out)
>>> out.tolist()  # the size 7, all signs plus, the shift +1/4 that leads to .75
[32775]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.compiled import compiled

SIZES, WIDTH = 256, 8
float32, int32 = np.float32, np.int32


@compiled
def search(x: Any, sizes: Any, odd: Any, out: Any) -> None:
    """Codes of the nearest points. x: [n 8] float32; sizes: [8 256]; odd: 1 for sizes whose sum is odd; out: [n]."""
    length = np.zeros(SIZES, float32)
    for i in range(WIDTH):
        for s in range(SIZES):
            length[s] += sizes[i, s] * sizes[i, s]
    apart, cost = np.empty(SIZES, float32), np.empty(SIZES, float32)
    size = np.empty(WIDTH, float32)
    for n in range(x.shape[0]):
        best = float32(3e38)
        for bit in range(2):
            shift = float32(0.25) if bit else float32(-0.25)
            squares, minus, signs = float32(0), 0, 0
            for i in range(WIDTH):
                moved = x[n, i] - shift
                size[i] = abs(moved)
                squares += moved * moved
                if moved < 0:
                    minus += 1
                    signs |= 1 << i
            one = size[0]
            for s in range(SIZES):
                cost[s] = one * sizes[0, s]
                apart[s] = length[s] - float32(2) * cost[s]
            for i in range(1, WIDTH):
                one = size[i]
                for s in range(SIZES):
                    product = one * sizes[i, s]
                    cost[s] = min(cost[s], product)
                    apart[s] -= float32(2) * product
            parity = float32(minus % 2)
            least, at = float32(3e38), 0
            for s in range(SIZES):
                apart[s] += float32(4) * cost[s] * abs(parity - odd[s])
            for s in range(SIZES):
                if apart[s] < least:
                    least, at = apart[s], s
            if least + squares < best:
                best = least + squares
                if minus % 2 != int(odd[at]):  # the sign whose change costs least
                    turned = 0
                    for i in range(1, WIDTH):
                        if size[i] * sizes[i, at] < size[turned] * sizes[turned, at]:
                            turned = i
                    signs ^= 1 << turned
                out[n] = int32(bit << 15 | (signs & 127) << 8 | at)
