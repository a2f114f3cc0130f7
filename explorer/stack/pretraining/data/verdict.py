"""What a rule says of a document: its value, the threshold, and by how much the document passes or fails.

>>> short = Verdict("words", 41, 50, "at least")
>>> short.kept, short.margin
(False, -9)
>>> Verdict("hashes a word", 0.1, 0.1, "at most").kept  # the threshold itself passes
True
>>> removed_by((Verdict("words", 60, 50, "at least"), short)).rule
'words'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Side = Literal["at least", "at most"]


@dataclass(frozen=True)
class Verdict:
    """One rule on one document."""

    rule: str
    value: float | int
    threshold: float | int
    side: Side
    """On which side of the threshold a document is kept; the threshold itself passes."""

    @property
    def margin(self) -> float | int:
        """How far inside the kept side the value lies; negative where the rule removes the document."""
        return self.value - self.threshold if self.side == "at least" else self.threshold - self.value

    @property
    def kept(self) -> bool:
        return self.margin >= 0


def removed_by(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The first rule that removes the document, in the order given: what a filter with early returns reports."""
    return next((each for each in verdicts if not each.kept), None)
