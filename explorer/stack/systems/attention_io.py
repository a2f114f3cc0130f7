r"""How much each attention algorithm moves: closed forms of what the meter counts, and how they grow.

A device reads and writes its slow memory in blocks; how often depends on the order of the loops and on how large a
tile fits its fast memory of M numbers (Dao et al. 2022, arXiv 2205.14135, theorem 2 and proposition 3)::

    standard          Theta(N d + N^2)
    FlashAttention    Theta(N^2 d^2 / M)       for d <= M <= N d

A common summary says O(N^2 d / M). It cannot be: a tile's side is proportional to M / d, since its keys are d numbers
each, so N^2 d / M rows pass in all, and each row brings d numbers: d appears twice. Double d
at the same M, and the traffic is four times as much (`power` fits it to counts). The paper's block sizes are
B_c = ceil(M / 4d) for the block that stays, and B_r = min(B_c, d) for those that pass (`paper_tile`).

Exact, for one head of N queries and N keys, tiles of R rows and C columns that divide each other and N, B = max(R, C),
e bytes a number and w bytes a number of the accumulator (the meter's conventions: `memory_meter`)::

    crossings       X(R) = N^2 / R,  causal N (N + B) / 2R       keys that pass all blocks of R queries; X(C) likewise
    standard        read    N d e + 2 (N^2 / R) d e + 2 N^2 w            written  N d e + 2 N^2 w
    FlashAttention-1  read  2 N d e + X(C) (2 d e + 2 w) - N (d e + 2 w) written  X(C) (d e + 2 w)
    FlashAttention-2  read  N d e + 2 X(R) d e                           written  N d e + N w
    its backward    read    4 N d e + X(C) (2 d e + 2 w + d w) - N d w   written  N w + 2 N d e + X(C) d w

Where the last tiles are cut short, X is the sum over blocks instead. FLOPs as the meter counts them.

Worked example: 64 tokens of 64 dimensions, causal, tiles of 16, float32: 10 of 16 tiles are seen, X = 160.

>>> shape = Shape(n=64, d=64, rows=16, columns=16, causal=True)
>>> [(each.read, each.written, each.extra) for each in (standard(shape), flash_1(shape), flash_2(shape))]
[(180224, 49152, 32768), (99072, 42240, 512), (98304, 16640, 256)]

The power of d, at N = 4,096 and a fast memory of 16,384 numbers: near 2, not 1.

>>> dims = (16, 32, 64, 128)
>>> moved = [flash_1(Shape(4096, d, *paper_tile(16384, d))).bytes for d in dims]
>>> round(power(dims, moved), 2), round(power(dims, [by_reference(4096, d, 16384) for d in dims]), 2)
(1.96, 1.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from explorer.stack.systems.flash_attention import SOFTMAX_FLOPS
from explorer.stack.systems.tile_mask import blocks


@dataclass(frozen=True)
class Shape:
    """One head's attention and its tiles."""

    n: int
    """Queries, and keys."""
    d: int
    rows: int
    columns: int
    causal: bool = False
    bytes_each: int = 4
    """Of a number of Q, K, V and O."""
    wide_bytes: int = 4
    """Of a number of the accumulator: scores, weights, m, l, L, D and dQ."""

    def __post_init__(self) -> None:
        if min(self.n, self.d, self.rows, self.columns) < 1:
            raise ValueError("a length, a dimension and a tile are at least 1")


@dataclass(frozen=True)
class Accesses:
    """What crosses, in bytes, and what is computed."""

    read: int
    written: int
    extra: int
    """Bytes in slow memory beside inputs and output."""
    flops: int

    @property
    def bytes(self) -> int:
        return self.read + self.written

    @property
    def intensity(self) -> float:
        """FLOPs a byte."""
        return self.flops / self.bytes


def crossings(n: int, stays: int, passes: int, causal: bool) -> int:
    """How many numbers of the passing side meet a block of the staying one, all its blocks together.

    Queries stay and keys pass, or the other way round: the causal triangle looks the same from either side.

    >>> crossings(64, 16, 16, causal=False), crossings(64, 16, 16, causal=True), crossings(10, 4, 3, causal=True)
    (256, 160, 25)
    """
    if not causal:
        return n * -(-n // stays)
    if _even(n, stays, passes):
        return n * (n + max(stays, passes)) // (2 * stays)
    return sum(min(n, passes * -(-block.stop // passes)) for block in blocks(n, stays))


def _even(n: int, a: int, b: int) -> bool:
    return n % max(a, b) == 0 and max(a, b) % min(a, b) == 0


def _of_columns(shape: Shape) -> tuple[int, int]:
    """Rows that pass all blocks of keys, and scores that are computed: causal blocks of keys meet the later rows."""
    n, rows, columns = shape.n, shape.rows, shape.columns
    if not shape.causal:
        return crossings(n, columns, rows, causal=False), n * n
    if _even(n, rows, columns):
        met = crossings(n, columns, rows, causal=True)
        return met, met * columns
    seen = [(n - rows * (block.start // rows), block.stop - block.start) for block in blocks(n, columns)]
    return sum(met for met, _ in seen), sum(met * width for met, width in seen)


def standard(shape: Shape) -> Accesses:
    """Both squares written and read; masked scores are computed and moved like the others."""
    n, d, e, w = shape.n, shape.d, shape.bytes_each, shape.wide_bytes
    passes = -(-n // shape.rows)
    return Accesses(
        read=(n * d + 2 * passes * n * d) * e + 2 * n * n * w,
        written=n * d * e + 2 * n * n * w,
        extra=2 * n * n * w,
        flops=n * n * (4 * d + SOFTMAX_FLOPS),
    )


def flash_1(shape: Shape) -> Accesses:
    """Keys stay, queries pass with their O, m and l."""
    n, d, e, w = shape.n, shape.d, shape.bytes_each, shape.wide_bytes
    met, scores = _of_columns(shape)
    held = d * e + 2 * w  # a row's O, m and l
    return Accesses(
        read=2 * n * d * e + met * d * e + (met - n) * held,
        written=met * held,
        extra=2 * n * w,
        flops=scores * (4 * d + SOFTMAX_FLOPS) + 3 * met * d,
    )


def flash_2(shape: Shape) -> Accesses:
    """Queries stay, keys and values pass; O and L are written once."""
    n, d, e, w = shape.n, shape.d, shape.bytes_each, shape.wide_bytes
    met, scores = _of_columns(shape)
    return Accesses(
        read=n * d * e + 2 * crossings(n, shape.rows, shape.columns, shape.causal) * d * e,
        written=n * d * e + n * w,
        extra=n * w,
        flops=scores * (4 * d + SOFTMAX_FLOPS) + met * d + n * d,
    )


def shared(shape: Shape) -> Accesses:
    """FlashAttention-2 where the blocks of queries of a head run side by side and find its keys and values in a cache
    that all processors share: they come from slow memory once, as if one tile held all queries.

    >>> shape = Shape(n=64, d=64, rows=16, columns=16, causal=True)
    >>> shared(shape).read, flash_2(shape).read, shared(shape).flops == flash_2(shape).flops
    (49152, 98304, True)
    """
    made = flash_2(shape)
    return replace(made, read=flash_2(replace(shape, rows=shape.n)).read)


def side_by_side(shape: Shape, processors: int) -> int:
    """Bytes of keys and values that blocks of queries read at one time, one block a processor, head after head.

    >>> side_by_side(Shape(2048, 64, 128, 128, causal=True, bytes_each=2), processors=132)
    4718592
    """
    heads = -(-processors // -(-shape.n // shape.rows))
    return heads * 2 * shape.n * shape.d * shape.bytes_each


def backward(shape: Shape) -> Accesses:
    """FlashAttention-2's: keys stay with dK and dV, queries pass with dO, L and D, and dQ is added to."""
    n, d, e, w = shape.n, shape.d, shape.bytes_each, shape.wide_bytes
    met, scores = _of_columns(shape)
    return Accesses(
        read=4 * n * d * e + met * (2 * d * e + 2 * w) + (met - n) * d * w,
        written=n * w + 2 * n * d * e + met * d * w,
        extra=n * w,
        flops=scores * (10 * d + SOFTMAX_FLOPS) + 2 * n * d,
    )


def decoding(shape: Shape, splits: int = 8) -> Accesses:
    """One query, the last, against n keys in so many splits (`flash_decoding`): each key is read once, for it alone."""
    n, d, e, w = shape.n, shape.d, shape.bytes_each, shape.wide_bytes
    parts = blocks(n, -(-n // splits))
    tiles = sum(-(-(part.stop - part.start) // shape.columns) for part in parts)
    of_parts = len(parts) * (d * e + w)  # each part's O and L
    return Accesses(
        read=len(parts) * d * e + 2 * n * d * e + of_parts,
        written=of_parts + d * e,
        extra=len(parts) * w,
        flops=n * (4 * d + SOFTMAX_FLOPS) + (tiles + len(parts)) * d,
    )


Kernel = Literal["standard", "flash_1", "flash_2", "backward", "decoding"]
KERNELS: dict[Kernel, Callable[[Shape], Accesses]] = {
    "standard": standard,
    "flash_1": flash_1,
    "flash_2": flash_2,
    "backward": backward,
    "decoding": decoding,
}


# ---- tiles, and growth


def paper_tile(memory: int, d: int, stays: Literal["keys", "queries"] = "keys") -> tuple[int, int]:
    """(rows, columns) of a tile for a fast memory of so many numbers: ceil(M / 4d) of what stays, min(that, d) pass.

    Four blocks share fast memory: of Q, K, V and O. In FlashAttention-1 keys stay, as published; where queries stay,
    as in FlashAttention-2, the two change places.

    >>> paper_tile(16384, 64), paper_tile(65536, 64), paper_tile(65536, 64, "queries")
    ((64, 64), (64, 256), (256, 64))
    """
    staying = math.ceil(memory / (4 * d))
    passing = min(staying, d)
    return (passing, staying) if stays == "keys" else (staying, passing)


def resident(shape: Shape) -> int:
    """Bytes of a tile of FlashAttention-2 in fast memory: Q, K and V; the scores, O, m and l in the accumulator's type.

    >>> resident(Shape(1024, 64, 64, 64)), resident(Shape(1024, 64, 64, 64, bytes_each=2))
    (82432, 57856)
    """
    rows, columns, d = shape.rows, shape.columns, shape.d
    return (rows + 2 * columns) * d * shape.bytes_each + (rows * (d + columns) + 2 * rows) * shape.wide_bytes


def by_paper(n: int, d: int, memory: int) -> float:
    """What grows as FlashAttention's traffic, up to a factor: N^2 d^2 / M."""
    return n**2 * d**2 / memory


def by_reference(n: int, d: int, memory: int) -> float:
    """The summary that lost a d: N^2 d / M."""
    return n**2 * d / memory


def power(sizes: Sequence[float | int], values: Sequence[float | int]) -> float:
    """The exponent p of the values ~ sizes^p that fits best, on logarithmic scales.

    >>> round(power([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
