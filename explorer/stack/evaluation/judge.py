"""A model as judge: asked in both orders, it prefers an answer only where it does so in both.

With l1 the log-odds that the judge names the place of x when x stands first, and l2 when x stands second, both read as
"for the first place" (Zheng et al. 2023, arXiv 2306.05685)::

    preference = (l1 - l2) / 2        position bias = (l1 + l2) / 2

The preference is what changes sign with the order, the bias is what does not. Where l1 and l2 have one sign the judge
names one place whatever stands there: a tie. A judge that always says "first" ties everywhere, and gets half of all.

Worked example: a judge with a bias of 2 for the first place and a preference of 0.5 for x says "first" both times.

>>> found = verdict(2.5, 1.5)
>>> found.preference, found.bias, found.winner
(0.5, 2.0, 'tie')
>>> verdict(1.0, -0.2).winner, score([verdict(5.0, 5.0)] * 4)
('x', 0.5)

Which mark of a written judgement counts? The first was taken by FastChat; the last is what the judge ends with.

>>> text = "One might say [[5]] at first, but the sum is wrong. Rating: [[2]]"
>>> first_mark(text), last_mark(text)
('5', '2')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Winner = Literal["x", "y", "tie"]
MARK = re.compile(r"\[\[([^\[\]]{1,12})\]\]")


@dataclass(frozen=True)
class Verdict:
    """One pair, read in both orders; in nats."""

    x_first: float
    """Log-odds for the first place when x stands there."""
    y_first: float
    """The same when y does."""

    @property
    def preference(self) -> float:
        """For x over y."""
        return (self.x_first - self.y_first) / 2

    @property
    def bias(self) -> float:
        """For the first place."""
        return (self.x_first + self.y_first) / 2

    @property
    def winner(self) -> Winner:
        if self.x_first > 0 > self.y_first:
            return "x"
        return "y" if self.x_first < 0 < self.y_first else "tie"


def verdict(x_first: float, y_first: float) -> Verdict:
    return Verdict(x_first, y_first)


def score(verdicts: Sequence[Verdict]) -> float:
    """The part that x gets: a tie is half."""
    return sum({"x": 1.0, "tie": 0.5, "y": 0.0}[each.winner] for each in verdicts) / len(verdicts)


def first_mark(text: str) -> str | None:
    """What stands in the first [[...]]."""
    found = MARK.search(text)
    return found[1] if found else None


def last_mark(text: str) -> str | None:
    """What stands in the last [[...]]."""
    found = MARK.findall(text)
    return found[-1] if found else None
