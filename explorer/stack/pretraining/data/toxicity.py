r"""Toxicity by a list of words: the share of a text's words that are on it, and what such a rule cannot do.

C4 removes a page for one word of a public list (Raffel et al. 2020, arXiv 1910.10683, section 2.2). The words here are
invented and mild, of a school yard, and the recipe of the crawl plants them; a person's own list is an argument. A page
goes where more than `THRESHOLD` of its words are listed.

A list knows no meaning. It removes a page that quotes a word to explain it. It keeps an insult without a listed word,
or with one that is spelled otherwise. C4's list removed pages by and about minorities far more often than others (Dodge
et al. 2021, arXiv 2104.08758, section 5.3).

>>> read("You mudface! Go home, you snivelpot.").verdict
Verdict(rule='toxicity', value=0.3333333333333333, threshold=0.02, side='at most')
>>> [read(text).verdict.kept for text in ("Nobody wants you here.", "You m.u.d.f.a.c.e!", "A mudface is an insult.")]
[True, True, False]
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import placed

#: Invented for the crawl.
WORDS = frozenset(
    {"mudface", "snivelpot", "grubbock", "dunderfluff", "wobblewit", "snotterkin", "crankleboot", "pigglenose"}
)
#: Of a text's words, at most.
THRESHOLD = 0.02


@dataclass(frozen=True)
class Flagged:
    """A listed word of the text."""

    word: str
    start: int
    stop: int


@dataclass(frozen=True)
class Reading:
    """What the list says of a text."""

    flagged: tuple[Flagged, ...]
    verdict: Verdict


def read(text: str, listed: Collection[str] = WORDS, most: float = THRESHOLD) -> Reading:
    """Listed words in any case; a text without words has a share of 0."""
    found = [(word.lower(), start, stop) for word, start, stop in placed(text) if word[0].isalnum()]
    flagged = tuple(Flagged(*each) for each in found if each[0] in listed)
    return Reading(flagged, Verdict("toxicity", len(flagged) / max(1, len(found)), most, "at most"))
