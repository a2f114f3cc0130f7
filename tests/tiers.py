"""Of many cases alike, some are run each time, and all by `make test-all`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

#: Whether all tests run; set when pytest starts.
thorough = False


def often(at: int, each: int) -> bool:
    """Whether the case of that number is asked in full: one of so many each time, all by `make test-all`."""
    return thorough or at % each == 0


def spread(cases: Iterable[Any], count: int) -> list[Any]:
    """The cases for `parametrize`: `count` of them, evenly spread and the first among them; the others are thorough.

    >>> [getattr(each, "values", each) for each in spread("abcd", 2)], spread("ab", 5)
    (['a', ('b',), 'c', ('d',)], ['a', 'b'])
    """
    cases = list(cases)
    often = {at * len(cases) // count for at in range(min(count, len(cases)))} if count < len(cases) else None
    return [
        case if often is None or at in often else pytest.param(*_values(case), marks=pytest.mark.thorough)
        for at, case in enumerate(cases)
    ]


def _values(case: Any) -> tuple[Any, ...]:
    """A tuple is one value for each of several arguments."""
    return case if isinstance(case, tuple) else (case,)
