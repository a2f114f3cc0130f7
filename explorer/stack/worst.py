"""The largest of some errors."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

#: Whole numbers stay whole.
Number = TypeVar("Number", int, float)


def worst(first: Number | Iterable[Number], *more: Number) -> Number:
    """The largest, and NaN where one is: Python's `max` passes over a NaN that does not come first.

    >>> worst(1.0, math.nan), worst([0.1, 0.3]), worst(range(3))
    (nan, 0.3, 2)
    """
    errors = list(first) if isinstance(first, Iterable) else [first, *more]
    return next(filter(math.isnan, errors), max(errors))
