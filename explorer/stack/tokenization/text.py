"""Text as bytes, and bytes that know which bytes of an earlier text they stand for.

>>> utf8("é"), utf8("a\\ud83c")  # a lone surrogate has no UTF-8 form
(b'\\xc3\\xa9', b'a\\xef\\xbf\\xbd')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int


def well_formed(text: str) -> str:
    """The text with surrogate pairs joined and each lone surrogate replaced by U+FFFD, so that it has a UTF-8 form."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def utf8(text: str | bytes) -> bytes:
    """A text's bytes; bytes are taken as they are."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode()
    except UnicodeEncodeError:
        return well_formed(text).encode()


@dataclass(frozen=True)
class Aligned:
    """Bytes, and of each the bytes of the text before normalization that it stands for.

    Worked example: ﬁ (one character of three bytes) was written as f and i; both stand for all three.

    >>> text = Aligned(b"fin", np.array([0, 0, 3]), np.array([3, 3, 4]))
    >>> [each.tolist() for each in text.sources(np.array([0, 1]), np.array([1, 3]))]
    [[0, 0], [3, 4]]
    """

    data: bytes
    begins: Int[np.ndarray, " byte"] | None = None
    """Of each byte, where its source begins; None where the text is as it was."""
    finishes: Int[np.ndarray, " byte"] | None = None
    """Of each byte, where its source ends."""

    def sources(
        self, starts: Int[np.ndarray, " token"], ends: Int[np.ndarray, " token"]
    ) -> tuple[Int[np.ndarray, " token"], Int[np.ndarray, " token"]]:
        """Where stretches of this text lie in the text before; an empty stretch stays empty."""
        if self.begins is None or self.finishes is None or not len(starts):
            return starts, ends
        if not self.data:
            return np.zeros_like(starts), np.zeros_like(ends)
        last = len(self.data) - 1
        begins = np.where(starts > last, self.finishes[last], self.begins[np.minimum(starts, last)])
        return begins, np.where(ends > starts, self.finishes[np.maximum(ends - 1, 0)], begins)

    def cut(self, begin: int, end: int) -> Aligned:
        """The stretch of bytes from `begin` to `end`."""
        begins, finishes = self.placed(0)
        return Aligned(self.data[begin:end], begins[begin:end], finishes[begin:end])

    def placed(self, at: int) -> tuple[Int[np.ndarray, " byte"], Int[np.ndarray, " byte"]]:
        """Begins and finishes in a text that holds this one's source from byte `at`."""
        if self.begins is None or self.finishes is None:
            own = np.arange(at, at + len(self.data))
            return own, own + 1
        return self.begins + at, self.finishes + at


def replaced(text: Aligned, pieces: Sequence[tuple[int, int, bytes]]) -> Aligned:
    """The text with stretches of it replaced: (begin, end, new bytes), in order, none over another.

    All new bytes stand for the whole of what they replace; those that replace nothing, for the place.

    >>> text = replaced(Aligned(b"a--b"), [(0, 0, b"_"), (1, 3, b"+")])
    >>> text.data, text.begins.tolist(), text.finishes.tolist()
    (b'_a+b', [0, 0, 1, 3], [0, 1, 3, 4])
    """
    if not pieces:
        return text
    begins = np.array([begin for begin, _, _ in pieces])
    ends = np.array([end for _, end, _ in pieces])
    sizes = np.array([len(new) for _, _, new in pieces])
    parts, at = [], 0
    for begin, end, new in pieces:
        parts += (text.data[at:begin], new)
        at = end
    parts.append(text.data[at:])
    data = b"".join(parts)
    # Byte by byte: those between the pieces stand for themselves, a piece's for all that it replaces.
    kept = np.ones(len(text.data) + 1, np.int64)
    np.subtract.at(kept, _spans(begins, ends), 1)
    own = np.flatnonzero(kept[:-1])
    shift = np.cumsum(sizes - (ends - begins))
    first_of = np.searchsorted(ends, own, side="right")
    place = own + np.append(0, shift)[first_of]
    first = np.empty(len(data), np.int64)
    last = np.empty(len(data), np.int64)
    first[place], last[place] = own, own + 1
    new_at = _spans(begins + np.append(0, shift[:-1]), begins + np.append(0, shift[:-1]) + sizes)
    first[new_at], last[new_at] = np.repeat(begins, sizes), np.repeat(ends, sizes)
    if text.begins is None or text.finishes is None:
        return Aligned(data, first, last)
    starts, finishes = text.sources(first, last)
    return Aligned(data, starts, finishes)


def _spans(begins: Int[np.ndarray, " piece"], ends: Int[np.ndarray, " piece"]) -> Int[np.ndarray, " byte"]:
    """All places from each begin to its end."""
    sizes = ends - begins
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes - begins, sizes)
