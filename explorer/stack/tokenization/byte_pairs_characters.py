"""The compiled part of SentencePiece's BPE: cut a text where nothing merges, encode each piece as byte pairs are, from
characters instead of bytes, and write what is no token as its bytes.

It is named for the code that it is compiled with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.byte_pairs_encoding import BLOCK, encode_piece
from explorer.stack.tokenization.byte_pairs_tables import NONE, add_pair, find_pair

REMEMBERED = 64
"""Bytes of the longest piece whose tokens serve its repetitions."""


@compiled
def character_at(data: Any, at: Any, end: Any) -> Any:
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
def enter_neighbours(before: Any, after: Any, near: Any, far: Any) -> None:
    """Note which characters stand side by side in some token: of ASCII in a matrix, of others in a table by hash."""
    for i in range(len(before)):
        if before[i] < 128 and after[i] < 128:
            near[before[i], after[i]] = True
        else:
            add_pair(far, before[i], after[i], 0)


@compiled
def _next_end(data: Any, begin: Any, end: Any, tables: Any) -> Any:
    """Where the piece that begins here ends, before two characters that no token holds side by side; its hash and how
    many characters it has."""
    before, width = character_at(data, begin, end)
    at, count, mixed = begin + width, 1, before
    while at < end:
        after, width = character_at(data, at, end)
        if before < 128 and after < 128:
            if not tables.near[before, after]:
                break
        elif find_pair(tables.far, before, after) == NONE:
            break
        mixed = (mixed ^ (mixed >> 31)) * 0x100000001B3 + after
        before = after
        at, count = at + width, count + 1
    return at, mixed, count


@compiled
def _remembered(data: Any, begin: Any, length: Any, seen: Any) -> Any:
    """Whether this piece is the one that is noted."""
    if seen[1] != length:
        return False
    i = 0
    while i < length and data[seen[0] + i] == data[begin + i]:
        i += 1
    return i == length


@compiled
def _write_unknown(
    data: Any, begin: Any, end: Any, byte_ids: Any, unknown: Any, total: Any, ids: Any, starts: Any, ends: Any
) -> Any:
    """Write a character that is no token; returns how many tokens there are then."""
    for at in range(begin, end if len(byte_ids) else begin):
        ids[total], starts[total], ends[total] = byte_ids[data[at]], at, at + 1
        total += 1
    if not len(byte_ids) and unknown >= 0:
        ids[total], starts[total], ends[total] = unknown, begin, end
        total += 1
    return total


@compiled
def encode_characters(
    data: Any, cuts: Any, v: Any, tables: Any, byte_ids: Any, unknown: Any, block: Any, spare: Any, memory: Any,
    ids: Any, starts: Any, ends: Any,
) -> Any:  # fmt: skip
    """Fill `ids`, `starts` and `ends`; returns how many tokens.

    `memory` keeps, of pieces of this text, where they lie, their length, and where their tokens begin and end; a later
    piece may take an earlier one's place.
    """
    total, room = 0, 256
    letters, places = np.empty(room, np.int32), np.empty(room + 1, np.int64)
    numbers, closed = np.empty(room + 1, np.int64), np.empty(room + 1, np.bool_)
    for piece in range(len(cuts) - 1):
        begin, last = cuts[piece], cuts[piece + 1]
        while begin < last:
            end, mixed, count = _next_end(data, begin, last, tables)
            if count == 1:
                letter = tables.letters[mixed]  # of one character, the hash is the character
                if letter >= 0:
                    ids[total], starts[total], ends[total] = v.tokens[letter, 0], begin, end
                    total += 1
                else:
                    total = _write_unknown(data, begin, end, byte_ids, unknown, total, ids, starts, ends)
                begin = end
                continue
            mixed = (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B
            seen = memory[(mixed ^ mixed >> 32) & (len(memory) - 1)]
            if _remembered(data, begin, end - begin, seen):
                shift = begin - seen[0]
                for i in range(seen[2], seen[3]):
                    ids[total], starts[total], ends[total] = ids[i], starts[i] + shift, ends[i] + shift
                    total += 1
                begin = end
                continue
            if count > room:
                room = 2 * count
                letters, places = np.empty(room, np.int32), np.empty(room + 1, np.int64)
                numbers, closed = np.empty(room + 1, np.int64), np.empty(room + 1, np.bool_)
            at = begin
            for i in range(count):
                code, width = character_at(data, at, end)
                letters[i], places[i] = tables.letters[code], at
                at += width
            places[count] = end
            found = encode_piece(letters, 0, count, v, BLOCK, block, spare, numbers, closed)
            top, at = total, 0
            for i in range(found):
                number = numbers[i]
                ids[total], starts[total] = v.tokens[number, 0], places[at]
                at += v.tokens[number, 1]
                ends[total] = places[at]
                total += 1
            if end - begin <= REMEMBERED:
                seen[0], seen[1], seen[2], seen[3] = begin, end - begin, top, total
            begin = end
    return total


@compiled
def fused(ids: Any, starts: Any, ends: Any, total: Any, unknown: Any) -> Any:
    """Unknown tokens side by side made one; how many tokens are left."""
    kept = 0
    for i in range(total):
        if kept and ids[i] == unknown and ids[kept - 1] == unknown and ends[kept - 1] == starts[i]:
            ends[kept - 1] = ends[i]
        else:
            ids[kept], starts[kept], ends[kept] = ids[i], starts[i], ends[i]
            kept += 1
    return kept
