"""Byte-pair encoding as it is defined: of all neighbours that merge, those of the lowest rank, and of these the
leftmost, until none are left. With a heap of the pairs it takes n log n steps for n bytes.

It is what a vocabulary's tables are made by (each token's own bytes are merged, to see which two parts it is made of),
and what checks two long tokens side by side.
"""

from __future__ import annotations

from typing import Any

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.byte_pairs_tables import NONE, find_pair


@compiled
def _push(heap: Any, size: Any, entry: Any) -> Any:
    at = size
    while at and heap[(at - 1) >> 1] > entry:
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap[at] = entry
    return size + 1


@compiled
def _pop(heap: Any, size: Any) -> Any:
    """Take the least entry away; it is at heap[size - 1] afterwards."""
    least, last = heap[0], heap[size - 1]
    at = 0
    while 2 * at + 1 < size - 1:
        child = 2 * at + 1
        if child + 1 < size - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = last
    heap[size - 1] = least
    return size - 1


@compiled
def merged(symbols: Any, size: Any, pairs: Any, made: Any, order: Any, behind: Any, before: Any, heap: Any) -> Any:
    """Merge the first `size` symbols in place; returns how many are left. `pairs` has the merges' numbers, `made` what
    the pair of each becomes, `order` its rank. `behind`, `before` and `heap` (three times as long) are written over.

    The last merge is left in heap[0] to heap[2]: left, right and rank.
    """
    entries = 0
    for i in range(size):
        before[i], behind[i] = i - 1, i + 1
    for i in range(size - 1):
        value = find_pair(pairs, symbols[i], symbols[i + 1])
        if value != NONE:
            entries = _push(heap, entries, order[value] << 32 | i)
    left, right, rank = -1, -1, -1
    while entries:
        entries = _pop(heap, entries)
        at, wanted = heap[entries] & 0xFFFFFFFF, heap[entries] >> 32
        follower = behind[at]
        if symbols[at] < 0 or follower >= size:
            continue  # merged away since
        value = find_pair(pairs, symbols[at], symbols[follower])
        if value == NONE or order[value] != wanted:
            continue
        left, right, rank = symbols[at], symbols[follower], wanted
        symbols[at] = made[value]
        symbols[follower] = -1
        behind[at] = behind[follower]
        if behind[at] < size:
            before[behind[at]] = at
            value = find_pair(pairs, symbols[at], symbols[behind[at]])
            if value != NONE:
                entries = _push(heap, entries, order[value] << 32 | at)
        if before[at] >= 0:
            value = find_pair(pairs, symbols[before[at]], symbols[at])
            if value != NONE:
                entries = _push(heap, entries, order[value] << 32 | before[at])
    count = 0
    at = 0
    while at < size:
        symbols[count] = symbols[at]
        count += 1
        at = behind[at]
    heap[0], heap[1], heap[2] = left, right, rank
    return count
