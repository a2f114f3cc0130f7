"""The selections that are recorded with one: those a reader comes to with a step or two from it, the nearest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from explorer.panels.selection import PAIRS, SELECTION, Scalar

Selection = dict[str, Scalar]
#: likeliest next tokens that are offered as targets
TARGETS = 4


def near(at: Mapping[str, Scalar], sizes: Mapping[str, int], targets: list[int]) -> Iterator[Selection]:
    """Selections by their distance: each field alone, then two together. Another position begins at its own target.

    >>> [each["layer"] for each in near({"position": 0, "layer": 1}, {"layer": 3}, [])]
    [0, 2]
    """
    for name in (each.name for each in SELECTION if each.always):
        for value in _by_distance(at.get(name), sizes.get(name, 0)):
            yield _moved(at, {name: value})
    for target in targets[:TARGETS]:
        yield _moved(at, {"target": target})
    for one, other in PAIRS:
        ways = product(_by_distance(at.get(one), sizes.get(one, 0)), _by_distance(at.get(other), sizes.get(other, 0)))
        here = (int(at.get(one) or 0), int(at.get(other) or 0))
        for pair in sorted(ways, key=lambda way: abs(way[0] - here[0]) + abs(way[1] - here[1])):
            yield _moved(at, dict(zip((one, other), pair, strict=True)))


def _moved(at: Mapping[str, Scalar], change: Selection) -> Selection:
    return {**at, **({"target": None} if "position" in change else {}), **change}


def _by_distance(here: Scalar, size: int) -> list[int]:
    middle = int(here or 0)
    return sorted((value for value in range(size) if value != middle), key=lambda value: abs(value - middle))
