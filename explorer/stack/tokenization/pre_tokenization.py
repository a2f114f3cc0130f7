"""Pre-tokenization: text is cut into pieces before any merge, and nothing merges across a cut.

>>> from explorer.stack.tokenization.patterns import GPT_2
>>> Split(GPT_2).cuts(b"two  words").tolist()
[0, 3, 4, 10]
>>> InTurn((Digits(), Split(GPT_2))).cuts(b"in 2026").tolist()
[0, 2, 3, 4, 5, 6, 7]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int

from explorer.stack.tokenization.automaton import automaton
from explorer.stack.tokenization.automaton_reading import BEGIN, END, JOINED, cut

Behaviour = Literal["isolated", "merged_with_previous", "merged_with_next", "contiguous"]
"""What becomes of a match, in Hugging Face's words: a piece of its own; the end of the piece before; the beginning of
the piece after; one piece together with the matches that follow at once."""
_CUTS: dict[Behaviour, int] = {
    "isolated": BEGIN | END,
    "merged_with_previous": END,
    "merged_with_next": BEGIN,
    "contiguous": BEGIN | JOINED,
}


class Step(ABC):
    """Cuts a text, or the pieces that an earlier step left."""

    def cuts(self, data: bytes) -> Int[np.ndarray, " cut"]:
        """Where pieces begin, ascending from 0, and the text's length."""
        return self.within(data, np.array([0, len(data)] if data else [0]))

    @abstractmethod
    def within(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Int[np.ndarray, " finer"]:
        """The cuts, and new ones between them; each piece is read as if it were the whole text."""


@dataclass(frozen=True)
class Whole(Step):
    """No cut at all: SentencePiece's BPE, which marks spaces instead."""

    def within(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Int[np.ndarray, " finer"]:  # noqa: ARG002
        return cuts


@dataclass(frozen=True)
class Split(Step):
    """Cuts by a pattern's matches; what lies between two matches is a piece too.

    >>> Split("▁", "merged_with_next").cuts("a▁b▁▁c".encode()).tolist()
    [0, 1, 5, 8, 12]
    """

    pattern: str
    behaviour: Behaviour = "isolated"

    def within(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Int[np.ndarray, " finer"]:
        made = automaton(self.pattern)
        found = np.empty(len(data) + 1, np.int64)
        arrays = made.pages, made.page_classes, made.table
        count = cut(np.frombuffer(data, np.uint8), cuts, *arrays, made.width, _CUTS[self.behaviour], found)
        return found[:count]


@dataclass(frozen=True)
class Digits(Step):
    """Every digit (Unicode's N, as in Hugging Face's) a piece of its own, or every run of digits."""

    individual: bool = True

    def within(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Int[np.ndarray, " finer"]:
        return Split(r"\p{N}" if self.individual else r"\p{N}+").within(data, cuts)


@dataclass(frozen=True)
class InTurn(Step):
    """Several steps; each cuts the pieces that the steps before it left."""

    steps: tuple[Step, ...]

    def within(self, data: bytes, cuts: Int[np.ndarray, " cut"]) -> Int[np.ndarray, " finer"]:
        for step in self.steps:
            cuts = step.within(data, cuts)
        return cuts
