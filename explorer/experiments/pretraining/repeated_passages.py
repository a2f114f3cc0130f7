"""Passages that a crawl holds more than once, by a suffix array over all its pages."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.corpora import crawl
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.pretraining.data import suffix_array

#: Places of each kind, covered and not, at which the suffix array is held against a search.
SAMPLED = 40


@dataclass(frozen=True, eq=False)
class Repeated:
    """What stands in the pages before."""

    pages: int
    bytes: int
    at_least: int
    copies: list[suffix_array.Copy]
    passages: list[tuple[str, int]]
    """What is cut, and how often, by the bytes that this takes off the crawl."""
    asked: int
    """Places that were looked up by a search."""
    wrong: int
    """Those at which it says something else."""

    @property
    def covered(self) -> int:
        return sum(each.stop - each.start for each in self.copies)


def repeated(documents: int, seed: int, at_least: int, tell: Ticks = unheard) -> Iterator[Repeated]:
    """Of the pages as they are served, with menu and foot: once the crawl is sorted."""
    tell(0, 2)
    pages = crawl.pages(documents, seed)
    text = bytes([suffix_array.SEPARATOR]).join(page.served.encode() for page in pages)
    copies = suffix_array.later_copies(text, at_least)
    tell(1, 2)
    cuts = Counter(text[each.start : each.stop] for each in copies)
    ranked = sorted(cuts.items(), key=lambda each: (-len(each[0]) * each[1], each[0]))
    asked, wrong = _searched(text, copies, at_least, seed)
    tell(2, 2)
    named = [(piece.decode("utf-8", errors="ignore"), count) for piece, count in ranked]
    yield Repeated(documents, len(text), at_least, copies, named, asked, wrong)


def _searched(text: bytes, copies: list[suffix_array.Copy], at_least: int, seed: int) -> tuple[int, int]:
    """Places within copies and outside of them, and at how many a plain search disagrees."""
    draw = random.Random(seed)  # noqa: S311 - places, not secrets
    begins = {each.start for each in copies}
    inside = draw.sample(sorted(begins), min(SAMPLED, len(begins)))
    free = [each.stop for each in copies if each.stop + at_least <= len(text)]
    outside = draw.sample(free, min(SAMPLED, len(free)))
    wrong = 0
    for at in inside + outside:
        piece = text[at : at + at_least]
        before = suffix_array.SEPARATOR not in piece and text.find(piece) < at
        wrong += before != (at in begins)
    return len(inside) + len(outside), wrong
