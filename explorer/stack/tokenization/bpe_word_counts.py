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
def count(data: Any, cuts: Any, keys: Any, slots: Any, first: Any, counts: Any, at: Any, found: Any) -> Any:
    """Count pieces from `at` on, until all are counted or the table is half full. `slots` holds piece + 1, `keys` its
    key; of each piece `first` says the cut before its first occurrence. Returns the next piece and how many differ."""
    while at < len(cuts) - 1 and 2 * found < len(slots):
        begin, end = cuts[at], cuts[at + 1]
        key = key_of(data, begin, end)
        slot = place_of(key, slots)
        while slots[slot]:
            there = first[slots[slot] - 1]
            if keys[slot] == key and (end - begin < 8 or same(data, begin, end, cuts[there], cuts[there + 1])):
                break
            slot = (slot + 1) & (len(slots) - 1)
        if not slots[slot]:
            keys[slot], slots[slot], first[found], counts[found] = key, found + 1, at, 0
            found += 1
        counts[slots[slot] - 1] += 1
        at += 1
    return at, found


@compiled
def key_of(data: Any, begin: Any, end: Any) -> Any:
    """A piece of up to 7 bytes is its own key, its length above them; of a longer one, Fowler, Noll and Vo's hash
    (FNV-1a) with the highest bit set: others may have the same."""
    if end - begin < 8:
        key = np.uint64(end - begin) << np.uint64(56)
        for i in range(end - begin):
            key |= np.uint64(data[begin + i]) << np.uint64(8 * i)
        return key
    key = np.uint64(14695981039346656037)
    for i in range(begin, end):
        key = (key ^ np.uint64(data[i])) * np.uint64(1099511628211)
    return key | (np.uint64(1) << np.uint64(63))


@compiled
def place_of(key: Any, slots: Any) -> Any:
    """Where in the table to look first."""
    mixed = (key ^ (key >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(33)) & (len(slots) - 1)


@compiled
def same(data: Any, begin: Any, end: Any, other: Any, other_end: Any) -> Any:
    """Whether two stretches hold the same bytes."""
    if end - begin != other_end - other:
        return False
    for i in range(end - begin):  # noqa: SIM110
        if data[begin + i] != data[other + i]:
            return False
    return True


@compiled
def refill(data: Any, cuts: Any, keys: Any, slots: Any, first: Any, found: Any) -> None:
    """Enter the pieces found into an empty table."""
    for piece in range(found):
        key = key_of(data, cuts[first[piece]], cuts[first[piece] + 1])
        slot = place_of(key, slots)
        while slots[slot]:
            slot = (slot + 1) & (len(slots) - 1)
        keys[slot], slots[slot] = key, piece + 1


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
    first, counts = np.zeros(size, np.int64), np.zeros(size, np.int64)
    keys, slots = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    at = found = 0
    while True:
        at, found = count(letters, cuts, keys, slots, first, counts, at, found)
        if at >= len(cuts) - 1:
            break
        size *= 4
        first, counts = _longer(first, size), _longer(counts, size)
        keys, slots = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        refill(letters, cuts, keys, slots, first, found)
    first, counts = first[:found], counts[:found]
    ends = np.cumsum(cuts[first + 1] - cuts[first], dtype=np.int64) if found else np.zeros(0, np.int64)
    tokens = np.zeros(int(ends[-1]) if found else 0, np.int32)
    copy(letters, cuts, first, ends, tokens)
    return tokens, ends, counts


def _longer(row: Int[np.ndarray, " old"], size: int) -> Int[np.ndarray, " new"]:
    return np.concatenate([row, np.zeros(size - len(row), row.dtype)])
