"""Byte-pair encoding in a time that grows with the length of a piece and no faster.

A short piece is merged as the rule says: the pair of the lowest rank first. A long one is merged in blocks, and the
blocks' tokens are put together by this: a row of tokens is the encoding of its bytes if and only if each two neighbours
may stand side by side, which is to say that merging their bytes gives these two again (van Antwerpen and Neubeck 2024,
"So many tokens, so little time", GitHub's blog; their crate bpe). Where two blocks do not fit together, the way on is
searched: the longest token first, shorter ones where it does not fit, and where none does, the last is given back.
Places from which nothing fits are not tried again, so the search too is linear.

Whether two tokens may stand side by side is seen by undoing merges, the latest first: had the parts that met at the
border been a pair of an earlier rank, they would have merged.

Worked example: of a b and b c, ab was learned first. "ab" and "c" may meet. "a" and "bc" may not: undoing bc, which
came second, a and b stand side by side, and they merge first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.byte_pairs_merging import merged
from explorer.stack.tokenization.byte_pairs_tables import NONE, find_likely, find_pair, find_token

BLOCK = 128
"""Bytes that are merged at once at most; what a pair becomes and where it stands share 32 bits."""
_NEVER = (1 << 31) - 1


@compiled
def _merge_block(data: Any, begin: Any, size: Any, v: Any, block: Any) -> None:
    """Merge at most BLOCK bytes. Then block[0] has each token's number at its first byte, and -1 at its others;
    block[1] has where the next token begins, and block[2] the one before."""
    numbers, behind, before, waiting = block[0], block[1], block[2], block[3]
    for i in range(size):
        numbers[i] = v.of_byte[data[begin + i]]
        behind[i], before[i] = i + 1, i - 1
        waiting[i] = _NEVER
    for i in range(size - 1):
        made = v.of_bytes[data[begin + i], data[begin + i + 1]]
        if made != NONE:
            waiting[i] = made * BLOCK + i
    while True:
        best = waiting[0]
        for i in range(1, size):
            best = min(best, waiting[i])
        if best == _NEVER:
            return
        at, made = best % BLOCK, best // BLOCK
        gone = behind[at]
        after, ahead = behind[gone], before[at]
        numbers[at], numbers[gone] = made, -1
        waiting[at] = waiting[gone] = _NEVER
        behind[at] = after
        if after < size:
            before[after] = at
            found = find_likely(v.pairs, v.bits, made, numbers[after])
            if found != NONE:
                waiting[at] = found * BLOCK + at
        if ahead >= 0:
            found = find_likely(v.pairs, v.bits, numbers[ahead], made)
            waiting[ahead] = found * BLOCK + ahead if found != NONE else _NEVER


@compiled
def _settled(size: Any, block: Any) -> Any:
    """How many bytes of a block to keep: the last two tokens may be others once what follows them is known."""
    last = size - 1
    while block[0, last] < 0:
        last -= 1
    if last and block[2, last]:
        return block[2, last]
    return last or size


@compiled
def _longest(data: Any, at: Any, end: Any, v: Any) -> Any:
    """The longest token that begins here."""
    node = token = v.of_byte[data[at]]
    at += 1
    while at < end:
        node = find_pair(v.prefixes, node, data[at])
        if node == NONE:
            break
        if node < len(v.tokens):
            token = node
        at += 1
    return token


@compiled
def may_meet(first: Any, second: Any, v: Any) -> Any:
    """Whether two tokens, by their numbers, stay what they are side by side."""
    limit = NONE
    while True:
        if find_likely(v.pairs, v.bits, first, second) < limit:
            return False
        # The later of the two was merged last; of equals, the one on the right.
        if first > second:
            limit = first
            first = v.parts[first, 1]
            if first != limit:
                continue
            limit = second + 1
            second = v.parts[second, 0]
            if second + 1 == limit:
                return True
        else:
            limit = second + 1
            second = v.parts[second, 0]
            if second + 1 != limit:
                continue
            limit = first
            first = v.parts[first, 1]
            if first == limit:
                return True


@compiled
def _in_blocks(data: Any, begin: Any, end: Any, v: Any, size: Any, block: Any, found: Any, closed: Any) -> Any:
    """Fill `found` with the tokens of a piece; returns how many. `closed`: places from which nothing fits."""
    closed[: end - begin + 1] = False
    at, count = begin, 0
    block_begin, block_end = begin, begin  # the bytes of which `block` holds tokens
    while at < end:
        if at >= block_end:
            block_begin, block_end = at, min(at + size, end)
            _merge_block(data, block_begin, block_end - block_begin, v, block)
            if block_end < end:
                block_end = block_begin + _settled(block_end - block_begin, block)
        came_from = at
        if at >= block_begin and block[0, at - block_begin] >= 0:
            fits = count == 0 or may_meet(found[count - 1], block[0, at - block_begin], v)
            while fits and at < block_end:
                after = block_begin + block[1, at - block_begin]
                if closed[after - begin]:
                    break
                found[count] = block[0, at - block_begin]
                count += 1
                at = after
        if at > came_from:
            continue
        token = _longest(data, at, end, v)
        while token >= 0 and (
            closed[at + v.tokens[token, 1] - begin] or (count > 0 and not may_meet(found[count - 1], token, v))
        ):
            token = v.shorter[token]
        if token >= 0:
            found[count] = token
            count += 1
            at += v.tokens[token, 1]
        else:
            closed[at - begin] = True
            count -= 1
            at -= v.tokens[found[count], 1]
    return count


@compiled
def encode_piece(data: Any, begin: Any, end: Any, v: Any, size: Any, block: Any, room: Any, closed: Any) -> Any:
    """Fill room[0] with the numbers of a piece's tokens; returns how many. `size`: the bytes of a block."""
    length = end - begin
    if length <= size:
        _merge_block(data, begin, length, v, block)
        count = 0
        at = 0
        while at < length:
            room[0, count] = block[0, at]
            count += 1
            at = block[1, at]
        return count
    if v.ordered[0]:
        return _in_blocks(data, begin, end, v, size, block, room[0], closed)
    for i in range(length):
        room[0, i] = v.of_byte[data[begin + i]]
    return merged(room[0], length, v.pairs, np.arange(len(v.tokens)), room[1], room[2], room[3:].reshape(-1))


@compiled
def encode(
    data: Any, words: Any, cuts: Any, known: Any, token_words: Any, v: Any, size: Any, block: Any, room: Any,
    closed: Any, tokens: Any, edges: Any,
) -> Any:  # fmt: skip
    """Fill `tokens` with ids and `edges` with where each begins, and the last ends; returns how many tokens."""
    count = 0
    edges[0] = 0
    for piece in range(len(cuts) - 1):
        begin, end = cuts[piece], cuts[piece + 1]
        whole = find_token(known, token_words, words, begin, end - begin)
        if whole >= 0:
            tokens[count] = whole
            count += 1
            edges[count] = end
            continue
        found = encode_piece(data, begin, end, v, size, block, room, closed)
        for i in range(found):
            number = room[0, i]
            tokens[count] = v.tokens[number, 0]
            count += 1
            edges[count] = edges[count - 1] + v.tokens[number, 1]
    return count
