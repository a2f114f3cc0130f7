"""How much a text repeats itself: rep-n, and the diversity that contrastive search was judged by.

    rep-n     = 1 - |unique n-grams| / |n-grams|           (Welleck et al. 2019, arXiv 1908.04319)
    diversity = (1 - rep-2) (1 - rep-3) (1 - rep-4)        (Su et al. 2022, arXiv 2202.06417)

A text that never says an n-gram twice has rep-n 0; diversity is 1 for a text without repeated pairs and near 0 for one
that goes round in circles. Both depend on length: compare texts of one length only.

Worked example: in "a b a b a b" stand five pairs, of which two differ: rep-2 = 1 - 2/5 = .6.

>>> round(repetition([1, 2, 1, 2, 1, 2], 2), 2)
0.6
>>> round(diversity([1, 2, 1, 2, 1, 2]), 3), diversity([1, 2, 3, 4, 5])
(0.133, 1.0)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

#: n of the n-grams in the product.
ORDERS = (2, 3, 4)


def repetition(ids: Sequence[int], n: int) -> float:
    """rep-n as a share of 1; 0 for a text of fewer than n tokens, which has nothing to repeat."""
    grams = [tuple(ids[at : at + n]) for at in range(len(ids) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def diversity(ids: Sequence[int]) -> float:
    """The product over pairs, triples and quadruples of the share that is new."""
    return math.prod(1 - repetition(ids, n) for n in ORDERS)
