"""Ids for marks that no text has: they follow a vocabulary of words.

>>> marks = MarkIds(d_vocab=50, sentinels=2)
>>> marks.names
('[MASK]', '<PRE>', '<SUF>', '<MID>', '<start>', '<end>', '<extra_id_0>', '<extra_id_1>')
>>> marks.id("<PRE>"), marks.extra, marks.total
(51, (56, 57), 58)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from explorer.stack.pretraining.objectives.infilling import Marks


@dataclass(frozen=True)
class MarkIds:
    """The marks of all objectives."""

    d_vocab: int
    """Of the words."""
    sentinels: int

    @property
    def names(self) -> tuple[str, ...]:
        extra = (f"<extra_id_{each}>" for each in range(self.sentinels))
        return ("[MASK]", "<PRE>", "<SUF>", "<MID>", "<start>", "<end>", *extra)

    @property
    def total(self) -> int:
        """Words and marks."""
        return self.d_vocab + len(self.names)

    def id(self, name: str) -> int:
        return self.d_vocab + self.names.index(name)

    @cached_property
    def fim(self) -> Marks:
        return Marks(self.id("<PRE>"), self.id("<SUF>"), self.id("<MID>"))

    @cached_property
    def extra(self) -> tuple[int, ...]:
        return tuple(self.id(f"<extra_id_{each}>") for each in range(self.sentinels))
