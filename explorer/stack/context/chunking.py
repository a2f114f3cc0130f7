"""Chunking: a document in passages of a size that an embedding model reads.

A model such as MiniLM reads 256 word pieces and cuts off the rest without a word. Each way below answers "where may a
passage end?"; all then fill passages up to a size, counted in word pieces:

    tokens      after any piece, in the middle of a sentence or a word
    sentences   after a sentence
    recursive   after the coarsest of: empty line, line, sentence, word, piece, that makes the parts small enough
    headings    as recursive, but never across a Markdown heading; the passage keeps the headings above it

The last pieces of a passage may stand at the beginning of the next as well (overlap), so that a fact across a border
is whole in one of them. With sentences and finer parts, whole parts are repeated.

Worked example: pieces are words here. Of size 4, by tokens the second sentence is torn apart, by sentences it is not.

>>> text = "It rains. The whale swims away. Go."
>>> spans = [match.span() for match in re.finditer(r"\\w+", text)]
>>> [text[each.start : each.end] for each in chunked(text, spans, "tokens", 4)]
['It rains. The whale', 'swims away. Go.']
>>> [text[each.start : each.end] for each in chunked(text, spans, "sentences", 4)]
['It rains.', 'The whale swims away.', 'Go.']
>>> [each.pieces for each in chunked(text, spans, "tokens", 4, overlap=2)]
[4, 4, 3]
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

Way = Literal["tokens", "sentences", "recursive", "headings"]
WAYS: tuple[Way, ...] = get_args(Way)
Span = tuple[int, int]
_HEADING = re.compile(r"^(#{1,6}) +(.+?) *$", re.MULTILINE)
_SENTENCE = r"(?<=[.!?])[\"'’”)]*\s+"
#: From the coarsest: what may stand between two parts.
_BORDERS = (r"\n\s*\n\s*", r"\n\s*", _SENTENCE, r"\s+")


@dataclass(frozen=True)
class Chunk:
    """A passage of a document."""

    start: int
    end: int
    """In characters."""
    pieces: int
    """Of the passage itself."""
    headings: tuple[str, ...] = ()
    """Those above it, the outermost first."""


def chunked(text: str, spans: Sequence[Span], way: Way, size: int, overlap: int = 0) -> list[Chunk]:
    """The document's passages. `spans` are the places of its pieces, in order; `size` and `overlap` count pieces.

    Raises ValueError for an overlap that is no smaller than the size.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"an overlap of {overlap} pieces in passages of {size}")
    if not spans:
        return []
    if way == "tokens":
        return _by_tokens(text, spans, size, overlap)
    if way == "headings":
        return [
            replace(each, headings=above)
            for (start, end), above in sections(text)
            for each in _packed(spans, _parts(text, spans, (start, end), size, _BORDERS), size, overlap)
        ]
    borders = (_SENTENCE,) if way == "sentences" else _BORDERS
    parts = _split(text, (0, len(text)), _SENTENCE) if way == "sentences" else None
    return _packed(spans, parts or _parts(text, spans, (0, len(text)), size, borders), size, overlap)


def sections(text: str) -> list[tuple[Span, tuple[str, ...]]]:
    """Each part of a Markdown text between two headings, with the headings above it.

    >>> sections("a\\n# One\\nb\\n## Two\\nc")
    [((0, 2), ()), ((2, 10), ('One',)), ((10, 18), ('One', 'Two'))]
    """
    found = list(_HEADING.finditer(text))
    starts = [0, *(each.start() for each in found)]
    ends = [*starts[1:], len(text)]
    above: list[tuple[int, str]] = []
    made: list[tuple[Span, tuple[str, ...]]] = [((starts[0], ends[0]), ())]
    for each, start, end in zip(found, starts[1:], ends[1:], strict=True):
        above = [one for one in above if one[0] < len(each[1])] + [(len(each[1]), each[2])]
        made.append(((start, end), tuple(name for _, name in above)))
    return [each for each in made if each[0][0] < each[0][1]]


def torn(text: str, chunks: Sequence[Chunk]) -> int:
    """How many passages end where no sentence ends."""
    ends = [text[: each.end].rstrip("\"'’”) \n")[-1:] for each in chunks if text[each.end :].strip()]
    return sum(end not in ".!?" or not end for end in ends)


def _count(spans: Sequence[Span], start: int, end: int) -> int:
    return max(bisect_right(spans, end, key=lambda each: each[1]) - bisect_left(spans, start, key=lambda e: e[0]), 0)


def _by_tokens(text: str, spans: Sequence[Span], size: int, overlap: int) -> list[Chunk]:
    made = []
    for first in range(0, max(len(spans) - overlap, 1), size - overlap):
        last = min(first + size, len(spans))
        end = spans[last][0] if last < len(spans) else len(text)
        start = spans[first][0]
        made.append(Chunk(start, start + len(text[start:end].rstrip()), last - first))
    return made


def _split(text: str, span: Span, border: str) -> list[Span]:
    """The parts between borders, without the white space between them."""
    start, end = span
    cuts = [(start + m.start(), start + m.end()) for m in re.finditer(border, text[start:end])]
    edges = [start, *(place for cut in cuts for place in cut), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if text[a:b].strip()]


def _parts(text: str, spans: Sequence[Span], span: Span, size: int, borders: Sequence[str]) -> list[Span]:
    """Parts of at most `size` pieces, each as coarse as that allows."""
    if _count(spans, *span) <= size:
        return [span] if text[slice(*span)].strip() else []
    if not borders:  # one word of many pieces
        inside = spans[
            bisect_left(spans, span[0], key=lambda e: e[0]) : bisect_right(spans, span[1], key=lambda e: e[1])
        ]
        return list(inside)
    return [part for one in _split(text, span, borders[0]) for part in _parts(text, spans, one, size, borders[1:])]


def _packed(spans: Sequence[Span], parts: Sequence[Span], size: int, overlap: int) -> list[Chunk]:
    """Neighbouring parts together, as many as fit; the last ones again at the beginning of the next passage."""
    made: list[Chunk] = []
    first = 0
    while first < len(parts):
        last = first + 1
        while last < len(parts) and _count(spans, parts[first][0], parts[last][1]) <= size:
            last += 1
        start, end = parts[first][0], parts[last - 1][1]
        made.append(Chunk(start, end, _count(spans, start, end)))
        if last == len(parts):
            break
        again = last
        while again - 1 > first and _count(spans, parts[again - 1][0], end) <= overlap:
            again -= 1
        first = again
    return made
