"""What tiled attention reads and writes, by formula: exact for any length, ragged tiles and sliding windows included.

A query block of r rows and a key block of c columns; n positions, d dimensions, R = ceil(n / r) blocks of queries.
Block i of the queries sees a run of key blocks, from the window's reach to the causal end; v_i is how many those are
and k_i how many keys they hold. In numbers, not bytes (Dao et al. 2022, arXiv 2205.14135, theorem 2; Dao 2023, arXiv
2307.08691)::

    standard   read  n d + 2 R n d + 2 n^2             written  n d + 2 n^2
    FA-1       read  2 n d + sum v_i r_i d + sum (v_i - 1) r_i (d + 2)      written  sum v_i r_i (d + 2)
    FA-2       read  n d + 2 d sum k_i                 written  n d + n

The sums are quadratic in n as the squares are: without a mask FA-2 reads n d + 2 n^2 d / r numbers. What larger tiles
buy is the divisor, and r is bounded by the fast memory M, r <= M / (4 d) or so: Theta(n^2 d^2 / M).

Worked example: 64 tokens of 64 dimensions, causal, tiles of 16. FA-2's four query blocks read 16, 32, 48 and 64 keys:
64 x 64 + 2 x 64 x 160 numbers of 4 bytes. Exactly what the loops count (`flash_attention`).

>>> tiles = Tiles(64, 64, rows=16, columns=16)
>>> tiles.flash_attention_2, tiles.flash_attention_1, tiles.standard
(Traffic(read=98304, written=16640), Traffic(read=99072, written=42240), Traffic(read=180224, written=49152))
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Traffic:
    """Bytes between slow and fast memory."""

    read: int
    written: int

    @property
    def moved(self) -> int:
        return self.read + self.written


@dataclass(frozen=True)
class Tiles:
    """Self-attention of one head over n positions, cut into tiles."""

    n: int
    d: int
    rows: int
    columns: int
    causal: bool = True
    window: int | None = None
    """A query sees this many positions back, itself counted."""
    word: int = 4
    """Bytes of a number of Q, K, V and O."""
    wide: int = 4
    """Bytes of a number of S, P, m, l and L."""

    @property
    def below(self) -> list[int]:
        """Rows of each block of queries."""
        return [min(self.rows, self.n - at) for at in range(0, self.n, self.rows)]

    @property
    def seen(self) -> list[tuple[int, int]]:
        """The key blocks that each block of queries sees: the first, and the one after the last."""
        found = []
        for at, height in zip(range(0, self.n, self.rows), self.below, strict=True):
            end = at + height if self.causal else self.n
            start = 0 if self.window is None else max(0, at - self.window + 1)
            found.append((start // self.columns, ceil(end / self.columns)))
        return found

    @property
    def count(self) -> int:
        """Tiles that are not skipped."""
        return sum(end - start for start, end in self.seen)

    @property
    def keys(self) -> list[int]:
        """How many keys each block of queries reads."""
        return [min(end * self.columns, self.n) - start * self.columns for start, end in self.seen]

    @property
    def standard(self) -> Traffic:
        once, square = self.n * self.d * self.word, self.n * self.n * self.wide
        return Traffic(once + 2 * len(self.below) * once + 2 * square, once + 2 * square)

    @property
    def flash_attention_1(self) -> Traffic:
        """Every key block is seen by some query: its own position's."""
        visits = list(zip(self.below, self.seen, strict=True))
        row, sums = self.d * self.word, 2 * self.wide
        queries = sum(height * (end - start) * row for height, (start, end) in visits)
        again = sum(height * (end - start - 1) * (row + sums) for height, (start, end) in visits)
        written = sum(height * (end - start) * (row + sums) for height, (start, end) in visits)
        return Traffic(2 * self.n * row + queries + again, written)

    @property
    def flash_attention_2(self) -> Traffic:
        row = self.d * self.word
        return Traffic(self.n * row + 2 * sum(self.keys) * row, self.n * (row + self.wide))

    @property
    def again(self) -> int:
        """Bytes of K and V that FlashAttention-2 reads: the part that is quadratic in n."""
        return 2 * sum(self.keys) * self.d * self.word

    @property
    def fast(self) -> int:
        """Bytes of fast memory that a tile needs at once: Q, K, V, the scores, O, m and l."""
        rows, columns = min(self.rows, self.n), min(self.columns, self.n)
        held = rows * (self.d * self.word + self.d * self.wide + 2 * self.wide)
        return held + 2 * columns * self.d * self.word + rows * columns * self.wide
