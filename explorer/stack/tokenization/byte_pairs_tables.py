"""The hash tables of a byte-level vocabulary, by open addressing: a piece's token, and what two neighbours become.

All are arrays of int64, of a power of two of slots, less than half of them taken; -1 marks a free one. A piece is read
eight bytes at a time, so `words` is an array whose entry i holds the bytes i to i + 7 (entries overlap).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Int64

from explorer.stack.compiled import compiled

_MIX = 0x1E3779B97F4A7C15
BITS = 21
"""A pair's two numbers and what is entered for it share a slot, of so many bits each."""
NONE = (1 << BITS) - 1
"""What two neighbours become that do not merge: later than every token."""


def words_of(data: bytes) -> Int64[np.ndarray, " word"]:
    """At every byte, and one more for the end: the eight bytes that begin there (of a longer text that ends in 0s)."""
    return np.ndarray((len(data) + 9,), np.dtype("<i8"), data + bytes(16), strides=(1,))


def free(entries: int, width: int = 1) -> Int64[np.ndarray, " slot"]:
    """A table for so many entries."""
    return np.full(width << max(entries * 2, 2).bit_length(), -1, np.int64)


@compiled
def _word(words: Any, at: Any, length: Any) -> Any:
    """The first eight bytes of a piece, or as many as it has."""
    others = 64 - 8 * length
    return words[at] if others <= 0 else words[at] << others >> others if length > 0 else 0


@compiled
def _mixed(words: Any, at: Any, length: Any, first: Any, second: Any) -> Any:
    """A number that differs for most pieces."""
    mixed = (first ^ length) * _MIX
    mixed ^= mixed >> 32
    if length > 8:
        mixed = (mixed ^ second) * _MIX
        mixed ^= mixed >> 32
        for i in range(16, length, 8):
            mixed = (mixed ^ _word(words, at + i, length - i)) * _MIX
            mixed ^= mixed >> 32
    return mixed


@compiled
def find_token(table: Any, token_words: Any, words: Any, at: Any, length: Any) -> Any:
    """The id of the piece that begins at `at`, or -1. A slot holds a token's first and second eight bytes, its id and
    length, and where it lies among all tokens' bytes."""
    mask = len(table) // 4 - 1
    first, second = _word(words, at, length), _word(words, at + 8, length - 8)
    slot = _mixed(words, at, length, first, second) & mask
    while table[4 * slot + 2] >= 0:
        found = table[4 * slot + 2]
        if table[4 * slot] == first and table[4 * slot + 1] == second and found & 0xFFFFFFFF == length:
            same = True
            begin = table[4 * slot + 3]
            for i in range(16, length, 8):
                same &= _word(words, at + i, length - i) == _word(token_words, begin + i, length - i)
            if same:
                return found >> 32
        slot = (slot + 1) & mask
    return -1


@compiled
def add_tokens(table: Any, token_words: Any, begins: Any, wanted: Any) -> None:
    """Enter the tokens that are wanted; of equal ones the first. Those of no bytes are left out."""
    mask = len(table) // 4 - 1
    for token in range(len(begins) - 1):
        begin, length = begins[token], begins[token + 1] - begins[token]
        if wanted[token] and length and find_token(table, token_words, token_words, begin, length) < 0:
            first, second = _word(token_words, begin, length), _word(token_words, begin + 8, length - 8)
            slot = _mixed(token_words, begin, length, first, second) & mask
            while table[4 * slot + 2] >= 0:
                slot = (slot + 1) & mask
            table[4 * slot], table[4 * slot + 1] = first, second
            table[4 * slot + 2] = token << 32 | length
            table[4 * slot + 3] = begin


@compiled
def find_pair(table: Any, left: Any, right: Any) -> Any:
    """What was entered for a pair of numbers; NONE where nothing was. A slot holds all three."""
    mask = len(table) - 1
    key = left << BITS | right
    mixed = key * _MIX
    slot = (mixed ^ mixed >> 32) & mask
    while table[slot] >= 0:
        if table[slot] >> BITS == key:
            return table[slot] & NONE
        slot = (slot + 1) & mask
    return NONE


@compiled
def fill_filter(table: Any, bits: Any) -> None:
    """Note every pair of a table by one bit of many."""
    for entry in table:
        if entry >= 0:
            mixed = (entry >> BITS) * _MIX
            bit = (mixed ^ mixed >> 32) & (64 * len(bits) - 1)
            bits[bit >> 6] |= 1 << (bit & 63)


@compiled
def find_likely(table: Any, bits: Any, left: Any, right: Any) -> Any:
    """As `find_pair`, where most pairs are none: the bits, which are few enough to stay near the processor, say no to
    nearly all of these."""
    mixed = (left << BITS | right) * _MIX
    bit = (mixed ^ mixed >> 32) & (64 * len(bits) - 1)
    return find_pair(table, left, right) if bits[bit >> 6] >> (bit & 63) & 1 else NONE


@compiled
def add_pair(table: Any, left: Any, right: Any, value: Any) -> None:
    """Enter a pair, in the place of an equal one."""
    mask = len(table) - 1
    key = left << BITS | right
    mixed = key * _MIX
    slot = (mixed ^ mixed >> 32) & mask
    while table[slot] >= 0 and table[slot] >> BITS != key:
        slot = (slot + 1) & mask
    table[slot] = key << BITS | value
