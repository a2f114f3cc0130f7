"""Several comparisons at once: of twenty tests of equal models one is below 0.05 by chance.

Holm's step-down procedure (Holm 1979, Scand. J. Statist. 6) holds the chance of any false finding at the level. With m
p-values in rising order::

    adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j))

Worked example: three tests with 0.01, 0.04 and 0.03. The smallest counts three times, the next twice, the last once but
never less than the one before it.

>>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
[0.03, 0.06, 0.06]
"""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """The adjusted p-values, each at its own place: below the level where the finding holds beside all others."""
    m, running = len(p_values), 0.0
    adjusted = [0.0] * m
    for rank, at in enumerate(sorted(range(m), key=p_values.__getitem__)):
        running = max(running, min((m - rank) * p_values[at], 1.0))
        adjusted[at] = running
    return adjusted
