"""A text as a guard may look at it: as a whole, sentence by sentence, and with one word left out.

A guard that reads a long text as one vector sees a mean: a harmful sentence among harmless ones moves it little. Read
sentence by sentence, the text is flagged where any sentence is. More sentences are more chances of a false alarm: where
each harmless sentence is flagged with probability f, a text of k is flagged with 1 - (1 - f)^k.

Which word moves a score is asked by leaving it out: the score of the whole less that of the rest (Li, Monroe & Jurafsky
2016, arXiv 1612.08220). Above 0, the word speaks for a flag.

>>> sentences("Hello there. How are you?")
[(0, 12), (13, 25)]
>>> [(left.word, left.rest) for left in words_left_out("Open the box")]
[('Open', 'the box'), ('the', 'Open box'), ('box', 'Open the')]
>>> round(false_alarm(0.05, 5), 4)
0.2262
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BORDER = re.compile(r"(?<=[.!?。！？؟])[\"'’”)]*\s+|\n+")
_WORD = re.compile(r"\S+")

Span = tuple[int, int]


@dataclass(frozen=True)
class LeftOut:
    """A word, and the text without it."""

    word: str
    span: Span
    rest: str


def sentences(text: str) -> list[Span]:
    """Where each sentence begins and ends, without the space around it; nothing in a text of spaces."""
    ends = [each.start() for each in _BORDER.finditer(text)]
    starts = [0, *(each.end() for each in _BORDER.finditer(text))]
    found = []
    for start, end in zip(starts, [*ends, len(text)], strict=True):
        said = text[start:end]
        if said.strip():
            found.append((start + len(said) - len(said.lstrip()), start + len(said.rstrip())))
    return found


def words_left_out(text: str) -> list[LeftOut]:
    """Each word with what is left of the text without it."""
    found = [each.span() for each in _WORD.finditer(text)]
    words = [text[start:end] for start, end in found]
    return [
        LeftOut(word, span, " ".join(words[:at] + words[at + 1 :]))
        for at, (word, span) in enumerate(zip(words, found, strict=True))
    ]


def false_alarm(each: float, sentences: int) -> float:
    """How probable it is that a harmless text of so many sentences is flagged, where they err independently."""
    return 1 - (1 - each) ** sentences
