"""Packing: documents of all lengths into rows of T tokens.

    greedy crop     each row takes documents in their order; the one that does not fit is cut, its rest is lost
    best-fit crop   each row takes the longest document that fits; where none fits, the shortest is cut to fit
    greedy pad      each row takes documents in their order; where the next does not fit, the row is padded
    stream          all documents are one stream, cut every T tokens: nothing is lost, and documents are broken

A document longer than a row is cut to T tokens by the first three. `blocks` says what a mask between documents leaves
of causal attention: nothing reads over a border (nanochat measured no gain by that at its size).

>>> lengths = [6, 5, 3, 2]
>>> [(how.__name__, made.kept, made.cropped, made.padded)
...  for how in (greedy_crop, best_fit_crop, greedy_pad, stream) for made in [how(lengths, 8)]]
[('greedy_crop', 13, 3, 3), ('best_fit_crop', 16, 0, 0), ('greedy_pad', 16, 0, 8), ('stream', 16, 0, 0)]
>>> best_fit_crop(lengths, 8).rows
((Piece(document=0, start=0, stop=6), Piece(document=3, start=0, stop=2)),
 (Piece(document=1, start=0, stop=5), Piece(document=2, start=0, stop=3)))
>>> blocks(best_fit_crop(lengths, 8).rows[0]), 8 * 9 // 2  # pairs of attention with a mask and without
(24, 36)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """Tokens of one document in a row."""

    document: int
    start: int
    stop: int

    @property
    def tokens(self) -> int:
        return self.stop - self.start


Row = tuple[Piece, ...]


@dataclass(frozen=True)
class Packed:
    """Rows of `length` tokens, and what it took."""

    length: int
    rows: tuple[Row, ...]
    given: int
    """Tokens of all documents."""

    @property
    def kept(self) -> int:
        return sum(piece.tokens for row in self.rows for piece in row)

    @property
    def cropped(self) -> int:
        return self.given - self.kept

    @property
    def padded(self) -> int:
        return len(self.rows) * self.length - self.kept

    @property
    def broken(self) -> int:
        """Pieces that do not begin where their document begins."""
        return sum(piece.start > 0 for row in self.rows for piece in row)


def greedy_crop(lengths: Sequence[int], length: int) -> Packed:
    rows: list[Row] = []
    row: list[Piece] = []
    free = length
    for document, tokens in enumerate(lengths):
        taken = min(tokens, free)
        row.append(Piece(document, 0, taken))
        free -= taken
        if not free:
            rows.append(tuple(row))
            row, free = [], length
    return Packed(length, (*rows, tuple(row)) if row else tuple(rows), sum(lengths))


def best_fit_crop(lengths: Sequence[int], length: int, buffer: int = 1000) -> Packed:
    """`buffer` documents are looked at, as a loader holds them; the next ones follow as they are taken."""
    waiting, coming = list(enumerate(lengths[:buffer])), iter(list(enumerate(lengths))[buffer:])
    rows: list[Row] = []
    while waiting:
        row: list[Piece] = []
        free = length
        while waiting and free:
            fitting = [each for each in waiting if each[1] <= free]
            chosen = max(fitting, key=_tokens) if fitting else min(waiting, key=_tokens)
            waiting.remove(chosen)
            waiting += [each for each in [next(coming, None)] if each]
            row.append(Piece(chosen[0], 0, min(chosen[1], free)))
            free -= row[-1].tokens
        rows.append(tuple(row))
    return Packed(length, tuple(rows), sum(lengths))


def greedy_pad(lengths: Sequence[int], length: int) -> Packed:
    rows: list[Row] = []
    row: list[Piece] = []
    for document, tokens in enumerate(lengths):
        taken = min(tokens, length)
        if row and sum(piece.tokens for piece in row) + taken > length:
            rows.append(tuple(row))
            row = []
        row.append(Piece(document, 0, taken))
    return Packed(length, (*rows, tuple(row)) if row else tuple(rows), sum(lengths))


def stream(lengths: Sequence[int], length: int) -> Packed:
    rows: list[Row] = []
    row: list[Piece] = []
    free = length
    for document, tokens in enumerate(lengths):
        at = 0
        while at < tokens:
            taken = min(tokens - at, free)
            row.append(Piece(document, at, at + taken))
            at, free = at + taken, free - taken
            if not free:
                rows.append(tuple(row))
                row, free = [], length
    return Packed(length, (*rows, tuple(row)) if row else tuple(rows), sum(lengths))


def blocks(row: Row) -> int:
    """Pairs of query and key within documents: what a mask leaves of T (T + 1) / 2."""
    return sum(piece.tokens * (piece.tokens + 1) // 2 for piece in row)


def _tokens(each: tuple[int, int]) -> int:
    return each[1]
