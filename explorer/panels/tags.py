"""Where a view's numbers come from: the tags above it, in one table that views, page and glossary read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Provenance = Literal["MEASURED", "DERIVED", "FORMULA", "QUOTED", "RECORDED"]


@dataclass(frozen=True)
class Tag:
    """A kind of source."""

    name: Provenance
    meaning: str


TAGS = (
    Tag("MEASURED", "Read from this run or from the data that the sentence names"),
    Tag("DERIVED", "Calculated from measured numbers"),
    Tag("FORMULA", "From a named formula whose inputs are shown"),
    Tag("QUOTED", "Quoted from a paper or a model card, not measured here"),
    Tag("RECORDED", "Stored from a real run, not measured again"),
)
