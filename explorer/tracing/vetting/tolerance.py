"""How far two ways of one computation may be apart, by the format of the model's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.zoo.placement import RELATIVE, WEIGHT, Dtype

#: Differences below this are rounding, whatever they are measured against.
FLOOR = 1e-4


@dataclass(frozen=True)
class Tolerance:
    """Largest differences that rounding explains."""

    relative: float
    """Of a logit or a stream, of the largest value there."""
    weight: float
    """Of an attention weight."""
    parts: float
    """Of a logit and the sum of its parts, of the parts' sizes together."""
    sums: float
    """Of other sums and what they add up to, of the largest."""
    logs: float
    """Of scores and the logarithm of attention, of their largest spread in a row."""
    clear: float
    """The smallest attention weight whose logarithm is read: below its smallest normal number float16 has few bits."""
    stream: float
    """Of what stands in a stream, of its largest value: what a stored number is rounded by."""


TOLERANCE: Mapping[Dtype, Tolerance] = {
    "float32": Tolerance(RELATIVE["float32"], WEIGHT["float32"], 1e-4, 1e-3, 1e-2, 1e-20, 1e-5),
    "bfloat16": Tolerance(RELATIVE["bfloat16"], WEIGHT["bfloat16"], 1e-2, 6e-2, 1e-1, 1e-20, 2**-8),
    "float16": Tolerance(RELATIVE["float16"], WEIGHT["float16"], 1e-3, 8e-3, 2e-2, 2**-14, 2**-11),
}
