"""How near a direction lies to the nearest of n random ones, by chance.

The cosine t of two random directions of d dimensions has (t + 1) / 2 from a Beta((d-1)/2, (d-1)/2), with distribution
function F; the greatest of n independent ones has F^n, so that its mean is

    E max = 1 - integral from -1 to 1 of F(t)^n dt

>>> [round(expected_best_cosine(d, n), 2) for d, n in ((3, 1), (64, 256), (576, 2048))]
[0.0, 0.35, 0.14]
"""

from __future__ import annotations

import numpy as np


def expected_best_cosine(d: int, n: int) -> float:
    """Of one direction with the nearest of n. Raises ValueError below two dimensions."""
    from scipy.stats import beta

    if d < 2:
        raise ValueError("directions of one dimension are all the same")
    t = np.linspace(-1, 1, 20_001)
    below = beta.cdf((t + 1) / 2, (d - 1) / 2, (d - 1) / 2)
    return float(1 - np.trapezoid(below**n, t))
