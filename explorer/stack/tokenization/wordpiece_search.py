"""WordPiece's greedy search, told try by try, and the cut of fewest tokens that it may miss.

At each place the longest rest of the word is tried first, then one character less, until one is in the vocabulary. What
is taken is never given back: a longer first token may cost more tokens later, or leave a rest that nothing fits, and
then the whole word is [UNK] though it could be written. The fewest tokens are found place by place from the right.

Worked example: "abcd" begins with abc, and no token goes on with d; ab ##cd would do.

>>> model = WordPiece((b"[UNK]", b"abc", b"ab", b"##cd", b"##c"), unknown=0)
>>> found = greedy(model, "abcd")
>>> [(step.tried, step.token) for step in found.steps], found.why
([(('abcd', 'abc'), 1), (('##d',), -1)], 'rest')
>>> fewest(model, "abcd")
(2, 3)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.stack.tokenization.trie import Trie
from explorer.stack.tokenization.wordpiece import WordPiece

Why = Literal["", "long", "character", "rest"]
"""Why a word is unknown: too long to be tried, it holds a character that no token goes on with, or greed."""


@dataclass(frozen=True)
class Step:
    """One place of the word."""

    start: int
    """In characters."""
    tried: tuple[str, ...]
    """The longest first, as the vocabulary writes them; the last was found, if any was."""
    token: int
    """-1 where none was."""


@dataclass(frozen=True)
class Greedy:
    steps: tuple[Step, ...]
    why: Why

    @property
    def ids(self) -> tuple[int, ...]:
        """What was found at each place, given back or not."""
        return tuple(step.token for step in self.steps if step.token >= 0)


def greedy(model: WordPiece, word: str) -> Greedy:
    """The search as `WordPiece.encode` makes it, with every candidate that it looks up."""
    if len(word) > model.max_characters:
        return Greedy((), "long")
    steps: list[Step] = []
    at = 0
    prefix = model.prefix.decode()
    while at < len(word):
        known = dict(_fits(model, word, at))
        found = max(known, default=0)
        sizes = range(len(word) - at, max(found, 1) - 1, -1)
        tried = tuple((prefix if at else "") + word[at : at + size] for size in sizes)
        steps.append(Step(at, tried, known.get(found, -1)))
        if not found:
            return Greedy(tuple(steps), "character" if missing(model, word) else "rest")
        at += found
    return Greedy(tuple(steps), "")


def fewest(model: WordPiece, word: str) -> tuple[int, ...] | None:
    """The fewest tokens that write the word; None where none do. Of equally few, the longest first."""
    if len(word) > model.max_characters:
        return None
    best: list[tuple[int, ...] | None] = [*[None] * len(word), ()]
    for at in range(len(word) - 1, -1, -1):
        for size, token in sorted(_fits(model, word, at), reverse=True):
            rest, here = best[at + size], best[at]
            if rest is not None and (here is None or len(rest) + 1 < len(here)):
                best[at] = (token, *rest)
    return best[0]


def missing(model: WordPiece, word: str) -> str:
    """The word's first character that no token holds where it stands, alone or with others; "" where there is none."""
    for place, character in enumerate(word):
        begins = range(place + 1)
        if not any(size > place - at for at in begins for size, _ in _fits(model, word, at)):
            return character
    return ""


def _fits(model: WordPiece, word: str, at: int) -> list[tuple[int, int]]:
    """The tokens that fit at a place: characters and id."""
    trie: Trie = model.continuations if at else model.beginnings
    rest = word[at:].encode()
    return [(len(rest[:size].decode("utf-8", "replace")), token) for size, token in trie.prefixes(rest)]
