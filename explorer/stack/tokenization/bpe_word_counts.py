"""The different pieces of a text and how often each occurs: what a training of BPE reads instead of the text.

>>> tokens, ends, counts = counted(b"low lower low", np.array([0, 3, 9, 13]))
>>> bytes(tokens.astype(np.uint8)), ends.tolist(), counts.tolist()
(b'low lower low', [3, 9, 13], [1, 1, 1])
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Int

from explorer.stack.compiled import compiled


@compiled
def count(data: Any, cuts: Any, slots: Any, first: Any, counts: Any, at: Any, found: Any) -> Any:
    """Count pieces from `at` on, until all are counted or the table is half full. `slots` holds piece + 1; of each
    piece `first` says the cut before its first occurrence. Returns the next piece and how many differ."""
    mask = np.uint64(len(slots) - 1)
    while at < len(cuts) - 1 and 2 * found < len(slots):
        begin, end = cuts[at], cuts[at + 1]
        slot = hashed(data, begin, end) & mask
        while slots[slot] and not same(data, begin, end, cuts[first[slots[slot] - 1]], cuts[first[slots[slot] - 1] + 1]):
            slot = (slot + np.uint64(1)) & mask
        if not slots[slot]:
            slots[slot], first[found], counts[found] = found + 1, at, 0
            found += 1
        counts[slots[slot] - 1] += 1
        at += 1
    return at, found


@compiled
def hashed(data: Any, begin: Any, end: Any) -> Any:
    """Fowler, Noll and Vo's hash (FNV-1a), its upper bits mixed into the lower."""
    mixed = np.uint64(14695981039346656037)
    for i in range(begin, end):
        mixed = (mixed ^ np.uint64(data[i])) * np.uint64(1099511628211)
    return mixed ^ (mixed >> np.uint64(29))


@compiled
def same(data: Any, begin: Any, end: Any, other: Any, other_end: Any) -> Any:
    """Whether two stretches hold the same bytes."""
    if end - begin != other_end - other:
        return False
    for i in range(end - begin):
        if data[begin + i] != data[other + i]:
            return False
    return True


@compiled
def refill(data: Any, cuts: Any, slots: Any, first: Any, found: Any) -> None:
    """Enter the pieces found into an empty table."""
    mask = np.uint64(len(slots) - 1)
    for piece in range(found):
        slot = hashed(data, cuts[first[piece]], cuts[first[piece] + 1]) & mask
        while slots[slot]:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = piece + 1


@compiled
def copy(data: Any, cuts: Any, first: Any, ends: Any, tokens: Any) -> None:
    """Write the pieces end to end."""
    begin = 0
    for piece in range(len(first)):
        at = cuts[first[piece]]
        for i in range(ends[piece] - begin):
            tokens[begin + i] = data[at + i]
        begin = ends[piece]


def counted(
    data: bytes, cuts: Int[np.ndarray, " cut"]
) -> tuple[Int[np.ndarray, " token"], Int[np.ndarray, " word"], Int[np.ndarray, " word"]]:
    """The bytes of the different pieces, end to end in the order in which they first occur; where each ends; how often
    each occurs."""
    letters, cuts = np.frombuffer(data, np.uint8), np.asarray(cuts, np.int64)
    size = 1 << 12
    slots, first, counts = np.zeros(size, np.int32), np.zeros(size, np.int64), np.zeros(size, np.int64)
    at = found = 0
    while True:
        at, found = count(letters, cuts, slots, first, counts, at, found)
        if at >= len(cuts) - 1:
            break
        size *= 4
        slots, first, counts = np.zeros(size, np.int32), _longer(first, size), _longer(counts, size)
        refill(letters, cuts, slots, first, found)
    first, counts = first[:found], counts[:found]
    ends = np.cumsum(cuts[first + 1] - cuts[first], dtype=np.int64) if found else np.zeros(0, np.int64)
    tokens = np.zeros(int(ends[-1]) if found else 0, np.int32)
    copy(letters, cuts, first, ends, tokens)
    return tokens, ends, counts


def _longer(row: Int[np.ndarray, " old"], size: int) -> Int[np.ndarray, " new"]:
    return np.concatenate([row, np.zeros(size - len(row), row.dtype)])
