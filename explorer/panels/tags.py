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
    Tag("MEASURED", "Read from this run, or from what the sentence names"),
    Tag("DERIVED", "Calculated from what was measured"),
    Tag("FORMULA", "From a named formula, inputs shown"),
    Tag("QUOTED", "As a paper or a model card states it; not measured here"),
    Tag("RECORDED", "A stored real run: nothing is computed again here"),
)
