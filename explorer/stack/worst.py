"""The largest of some errors."""

from __future__ import annotations

import math
from collections.abc import Iterable


def worst(first: float | Iterable[float], *more: float) -> float:
    """The largest, and NaN where one is: Python's `max` passes over a NaN that does not come first.

    >>> worst(1.0, math.nan), worst([0.1, 0.3])
    (nan, 0.3)
    """
    errors = [first, *more] if isinstance(first, float | int) else list(first)
    return math.nan if any(map(math.isnan, errors)) else max(errors)
