"""The compiled part of SentencePiece's BPE: tables by hash, a heap, and merging within a piece."""

from __future__ import annotations

import numpy as np

from explorer.stack.compiled import compiled

SHORT = 24
"""Characters: the best pair of so few is found fastest by looking at all of them."""
NONE = 1 << 40
"""A rank beyond all."""


@compiled
def slot_of(key, size):  # pragma: no cover - compiled
    """Where in a table of 2**n slots the search for a key begins."""
    mixed = key * 0x9E3779B97F4A7C1
    mixed ^= mixed >> 29
    mixed *= 0xBF58476D1CE4E5B
    mixed ^= mixed >> 32
    return mixed & (size - 1)


@compiled
def pair_table(merges, ranks):  # pragma: no cover - compiled
    """Pairs of tokens by hash, a row a slot: the two (-1 where empty), and rank and what they become in one number, so
    that both lie in one line of the processor's cache."""
    size = 16
    while size < 2 * len(merges):
        size *= 2
    pairs = np.full((size, 2), -1, np.int64)
    for i in range(len(merges)):
        key = merges[i, 0] << 32 | merges[i, 1]
        value = ranks[i] << 32 | merges[i, 2]
        at = slot_of(key, size)
        while pairs[at, 0] >= 0 and pairs[at, 0] != key:
            at = (at + 1) & (size - 1)
        if pairs[at, 0] < 0 or value < pairs[at, 1]:
            pairs[at, 0], pairs[at, 1] = key, value
    return pairs


@compiled
def character_at(data, at, end):  # pragma: no cover - compiled
    """The character that begins at a byte of whole UTF-8, and how many bytes it has."""
    first = np.int64(data[at])
    if first < 0x80 or at + 1 >= end:
        return first, 1
    second = data[at + 1] & 0x3F
    if first < 0xE0 or at + 2 >= end:
        return (first & 0x1F) << 6 | second, 2
    third = data[at + 2] & 0x3F
    if first < 0xF0 or at + 3 >= end:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | data[at + 3] & 0x3F, 4


@compiled
def adjacency(blob, lengths):  # pragma: no cover - compiled
    """Which characters stand side by side in some token: of ASCII a matrix, of others a set by hash."""
    size = 16
    while size < len(blob):
        size *= 2
    near = np.zeros((128, 128), np.bool_)
    far = np.full(size, -1, np.int64)
    begin = 0
    for length in lengths:
        end = begin + length
        before, width = character_at(blob, begin, end)
        at = begin + width
        while at < end:
            after, width = character_at(blob, at, end)
            at += width
            if before < 128 and after < 128:
                near[before, after] = True
            else:
                key = before << 32 | after
                slot = slot_of(key, size)
                while far[slot] >= 0 and far[slot] != key:
                    slot = (slot + 1) & (size - 1)
                far[slot] = key
            before = after
        begin = end
    return near, far


@compiled
def _merges_with(before, after, tables):  # pragma: no cover - compiled
    """Whether a token may hold the two characters side by side."""
    if before < 128 and after < 128:
        return tables.ascii_inside[before, after]
    size = len(tables.inside)
    key = before << 32 | after
    slot = slot_of(key, size)
    while tables.inside[slot] >= 0:
        if tables.inside[slot] == key:
            return True
        slot = (slot + 1) & (size - 1)
    return False


@compiled
def _pair(left, right, tables):  # pragma: no cover - compiled
    """Rank of two neighbours, and what they become."""
    if left < 0 or right < 0:
        return NONE, -1
    pairs = tables.pairs
    size = len(pairs)
    key = np.int64(left) << 32 | np.int64(right)
    at = slot_of(key, size)
    while pairs[at, 0] >= 0:
        if pairs[at, 0] == key:
            return pairs[at, 1] >> 32, pairs[at, 1] & 0xFFFFFFFF
        at = (at + 1) & (size - 1)
    return NONE, -1


@compiled
def _merge_short(symbols, starts, count, ranks, made, tables):  # pragma: no cover - compiled
    """Merge within a short piece; `starts` has one entry more than there are symbols. How many are left."""
    for i in range(count - 1):
        ranks[i], made[i] = _pair(symbols[i], symbols[i + 1], tables)
    while count > 1:
        best = 0
        for i in range(1, count - 1):
            if ranks[i] < ranks[best]:
                best = i
        if ranks[best] >= NONE:
            break
        symbols[best] = made[best]
        count -= 1
        for i in range(best + 1, count):
            symbols[i], ranks[i], made[i] = symbols[i + 1], ranks[i + 1], made[i + 1]
        for i in range(best + 1, count + 1):
            starts[i] = starts[i + 1]
        if best + 1 < count:
            ranks[best], made[best] = _pair(symbols[best], symbols[best + 1], tables)
        if best:
            ranks[best - 1], made[best - 1] = _pair(symbols[best - 1], symbols[best], tables)
    return count


@compiled
def _push(heap, count, key):  # pragma: no cover - compiled
    at = count
    while at > 0 and heap[(at - 1) >> 1] > key:
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap[at] = key
    return count + 1


@compiled
def _pop(heap, count):  # pragma: no cover - compiled
    """Takes the smallest off; the heap has one entry less."""
    count -= 1
    key, at = heap[count], 0
    while 2 * at + 1 < count:
        child = 2 * at + 1
        if child + 1 < count and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = key
    return count


@compiled
def _merge_long(symbols, starts, count, tables):  # pragma: no cover - compiled
    """The same from a heap of rank and place; symbols that are gone are skipped by links to both neighbours."""
    after = np.arange(1, count + 1)
    before = np.arange(-1, count - 1)
    ranks = np.full(count, NONE, np.int64)
    made = np.zeros(count, np.int64)
    heap = np.empty(3 * count, np.int64)  # each merge takes one pair off and puts up to two on
    size = 0
    for i in range(count - 1):
        ranks[i], made[i] = _pair(symbols[i], symbols[i + 1], tables)
        if ranks[i] < NONE:
            size = _push(heap, size, ranks[i] << 32 | i)
    while size:
        rank, at = heap[0] >> 32, heap[0] & 0xFFFFFFFF
        size = _pop(heap, size)
        if ranks[at] != rank:
            continue  # the pair that stood there is gone
        gone = after[at]
        symbols[at] = made[at]
        after[at] = after[gone]
        ranks[gone] = NONE
        if after[at] < count:
            before[after[at]] = at
        for left in (before[at], at):
            if left < 0 or after[left] >= count:
                if left >= 0:
                    ranks[left] = NONE
                continue
            ranks[left], made[left] = _pair(symbols[left], symbols[after[left]], tables)
            if ranks[left] < NONE:
                size = _push(heap, size, ranks[left] << 32 | left)
    kept, at, end = 0, 0, starts[count]
    while at < count:
        symbols[kept], starts[kept] = symbols[at], starts[at]
        kept, at = kept + 1, after[at]
    starts[kept] = end
    return kept


@compiled
def _same(data, one, other, length):  # pragma: no cover - compiled
    i = 0
    while i < length and data[one + i] == data[other + i]:
        i += 1
    return i == length


@compiled
def _next_end(data, begin, end, tables):  # pragma: no cover - compiled
    """Where the piece that begins here ends, before two characters that no token holds side by side; its hash and how
    many characters it has."""
    before, width = character_at(data, begin, end)
    at, count = begin + width, 1
    mixed = before
    while at < end:
        after, width = character_at(data, at, end)
        if not _merges_with(before, after, tables):
            break
        mixed = (mixed ^ (mixed >> 31)) * 0x100000001B3 + after
        before = after
        at, count = at + width, count + 1
    return at, mixed, count


@compiled
def merged(data, cuts, tables, byte_ids, unknown, fuses):  # pragma: no cover - compiled
    """The tokens of all pieces: ids, and where they begin and end."""
    room = len(data)
    ids = np.empty(room, np.int64)
    starts, ends = np.empty(room, np.int64), np.empty(room, np.int64)
    total = 0
    # Pieces that were seen: where they lie in the text, and their tokens in what was found.
    slots = 64
    while slots < min(room // 2, 1 << 20):
        slots *= 2
    seen = np.full((slots, 4), -1, np.int64)
    n_seen = 0
    symbols, places = np.empty(256, np.int64), np.empty(257, np.int64)
    ranks, made = np.empty(SHORT + 1, np.int64), np.empty(SHORT + 1, np.int64)
    for piece in range(len(cuts) - 1):
        begin, last = cuts[piece], cuts[piece + 1]
        while begin < last:
            end, mixed, count = _next_end(data, begin, last, tables)
            length = end - begin
            slot = -1
            if length <= 64:
                slot = slot_of(mixed, slots)
                while seen[slot, 0] >= 0 and not (
                    seen[slot, 1] == length and _same(data, seen[slot, 0], begin, length)
                ):
                    slot = (slot + 1) & (slots - 1)
                if seen[slot, 0] >= 0:
                    shift = begin - seen[slot, 0]
                    for i in range(seen[slot, 2], seen[slot, 3]):
                        ids[total] = ids[i]
                        starts[total], ends[total] = starts[i] + shift, ends[i] + shift
                        total += 1
                    begin = end
                    continue
            if count > len(symbols):
                symbols, places = np.empty(2 * count, np.int64), np.empty(2 * count + 1, np.int64)
            at = begin
            for i in range(count):
                code, width = character_at(data, at, end)
                symbols[i], places[i] = tables.characters[code], at
                at += width
            places[count] = end
            if count <= SHORT:
                left = _merge_short(symbols, places, count, ranks, made, tables)
            else:
                left = _merge_long(symbols, places, count, tables)
            top = total
            for i in range(left):
                if symbols[i] >= 0:
                    ids[total], starts[total], ends[total] = symbols[i], places[i], places[i + 1]
                    total += 1
                elif len(byte_ids):
                    for at in range(places[i], places[i + 1]):
                        ids[total], starts[total], ends[total] = byte_ids[data[at]], at, at + 1
                        total += 1
                elif unknown >= 0:
                    ids[total], starts[total], ends[total] = unknown, places[i], places[i + 1]
                    total += 1
            if slot >= 0 and 2 * n_seen < slots:
                seen[slot, 0], seen[slot, 1], seen[slot, 2], seen[slot, 3] = begin, length, top, total
                n_seen += 1
            begin = end
    if fuses and unknown >= 0 and not len(byte_ids):
        total = _fused(ids, starts, ends, total, unknown)
    return ids[:total].copy(), starts[:total].copy(), ends[:total].copy()


@compiled
def _fused(ids, starts, ends, total, unknown):  # pragma: no cover - compiled
    """Unknown tokens side by side made one; how many tokens are left."""
    kept = 0
    for i in range(total):
        if kept and ids[i] == unknown and ids[kept - 1] == unknown and ends[kept - 1] == starts[i]:
            ends[kept - 1] = ends[i]
        else:
            ids[kept], starts[kept], ends[kept] = ids[i], starts[i], ends[i]
            kept += 1
    return kept
