"""Byte-pair encoding from left to right, in a time that grows with the length of a piece and no faster.

Two tokens may stand side by side in an encoding only if merging their bytes gives these two again. That is enough: a
row of tokens is the encoding of its bytes where each two neighbours may stand side by side (van Antwerpen and Neubeck
2024, "So many tokens, so little time", GitHub's blog; their crate bpe). So the encoding can be found by trying, at each
place, the longest token first and, where none fits, giving the last one back; places from which nothing fits are not
tried again.

Whether two tokens may stand side by side is seen by undoing merges, the latest first: had the parts that met at the
border been a pair of an earlier rank, they would have merged.

Worked example: of a b and b c, ab was learned first. "ab" and "c" may meet. "a" and "bc" may not: undoing bc, which came
second, a and b stand side by side, and they merge first.
"""

from __future__ import annotations

from typing import Any

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.byte_pairs_merging import merged
from explorer.stack.tokenization.byte_pairs_tables import NONE, find_pair, find_token


@compiled
def _longest(data: Any, at: Any, end: Any, prefixes: Any, root: Any, of_byte: Any) -> Any:
    """The longest token that begins here."""
    node = token = of_byte[data[at]]
    at += 1
    while at < end:
        node = find_pair(prefixes, node, data[at])
        if node == NONE:
            break
        if node < root:
            token = node
        at += 1
    return token


@compiled
def may_meet(first: Any, second: Any, pairs: Any, left: Any, right: Any) -> Any:
    """Whether two tokens, by their numbers, stay what they are side by side."""
    limit = NONE
    while True:
        if find_pair(pairs, first, second) < limit:
            return False
        # The later of the two was merged last; of equals, the one on the right.
        if first > second:
            limit = first
            first = right[first]
            if first != limit:
                continue
            limit = second + 1
            second = left[second]
            if second + 1 == limit:
                return True
        else:
            limit = second + 1
            second = left[second]
            if second + 1 != limit:
                continue
            limit = first
            first = right[first]
            if first == limit:
                return True


@compiled
def _left_to_right(
    data: Any, begin: Any, end: Any, of_byte: Any, pairs: Any, left: Any, right: Any, lengths: Any, prefixes: Any,
    shorter: Any, found: Any, closed: Any,
) -> Any:  # fmt: skip
    """Fill `found` with the tokens of a piece; returns how many. `closed`: places from which nothing fits."""
    root = len(lengths)
    closed[: end - begin + 1] = False
    at, count = begin, 0
    token = _longest(data, at, end, prefixes, root, of_byte)
    while at < end:
        behind = at + lengths[token]
        if not closed[behind - begin] and (count == 0 or may_meet(found[count - 1], token, pairs, left, right)):
            found[count] = token
            count += 1
            at = behind
            if at < end:
                token = _longest(data, at, end, prefixes, root, of_byte)
        else:
            token = shorter[token]
            while token < 0:
                closed[at - begin] = True
                count -= 1
                token = found[count]
                at -= lengths[token]
                token = shorter[token]
    return count


@compiled
def encode(
    data: Any, words: Any, cuts: Any, known: Any, token_words: Any, ids: Any, of_byte: Any, pairs: Any, left: Any,
    right: Any, lengths: Any, prefixes: Any, shorter: Any, ordered: Any, numbers: Any, room: Any, closed: Any, tokens: Any, edges: Any,
) -> Any:  # fmt: skip
    """Fill `tokens` with ids and `edges` with where each ends (edges[0] is where the first begins); returns how many."""
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
        if ordered:
            size = _left_to_right(
                data, begin, end, of_byte, pairs, left, right, lengths, prefixes, shorter, room[0], closed
            )
        else:
            for i in range(end - begin):
                room[0, i] = of_byte[data[begin + i]]
            size = merged(room[0], end - begin, pairs, numbers, room[1], room[2], room[3:].reshape(-1))
        for i in range(size):
            number = room[0, i]
            tokens[count] = ids[number]
            count += 1
            edges[count] = edges[count - 1] + lengths[number]
    return count
