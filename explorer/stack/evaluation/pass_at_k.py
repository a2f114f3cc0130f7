"""pass@k: is at least one of k samples right? pass^k: are all k? Estimated from n >= k samples, of which c are right.

Of the C(n, k) ways to choose k of the n samples, C(n - c, k) choose wrong ones only (Chen et al. 2021, arXiv
2107.03374), and C(c, k) right ones only (Yao et al. 2024, arXiv 2406.12045)::

    pass@k = 1 - C(n - c, k) / C(n, k)          pass^k = C(c, k) / C(n, k)

Both are means over all choices, so they are unbiased. The naive 1 - (1 - c/n)^k is not: it draws with replacement from
the n samples that happen to be there, and is too small for k > 1.

Worked example: 10 samples, 3 right. Of two samples one is right with 1 - (7 * 6) / (10 * 9) = 53.3 %.

>>> [round(pass_at_k(10, 3, k), 6) for k in (1, 2, 5, 8)], round(pass_all_k(10, 3, 2), 6)
([0.3, 0.533333, 0.916667, 1.0], 0.066667)
>>> round(naive_pass_at_k(10, 3, 2), 2), pass_at_k(4, 0, 8)  # more than there are: nobody knows
(0.51, nan)
"""

from __future__ import annotations

import math


def pass_at_k(n: int, c: int, k: int) -> float:
    """The part of all choices of k samples with a right one; NaN where there are fewer than k samples."""
    if k > n:
        return math.nan
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def pass_all_k(n: int, c: int, k: int) -> float:
    """The part of all choices of k samples that are all right; NaN where there are fewer than k samples."""
    if k > n:
        return math.nan
    return math.comb(c, k) / math.comb(n, k)


def naive_pass_at_k(n: int, c: int, k: int) -> float:
    """What one gets by taking c / n for the true rate."""
    return 1 - (1 - c / n) ** k
