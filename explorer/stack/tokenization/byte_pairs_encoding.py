"""Byte-pair encoding in a time that grows with the length of a piece and no faster.

What a piece is made of is called letters here: bytes, or characters by their number in the vocabulary.

A short piece is merged as the rule says: the pair of the lowest rank first. A long one is merged in blocks, and the
blocks' tokens are put together by this: a row of tokens is the encoding of its letters if and only if merging the
letters of each two neighbours gives these two again (van Antwerpen and Neubeck 2024, "So many tokens, so little time",
GitHub's blog; their crate bpe). For the first merge across a border, in the whole row, would be the first one in those
two as well. Where two blocks do not fit together, the way on is searched: the longest token first, shorter ones where
it does not fit, and where none does, the last is given back. Places from which nothing fits are not tried again, so the
search too is linear.

Worked example: of a b and b c, ab was learned first. "ab" and "c" may meet. "a" and "bc" may not: from a, b, c the
first two merge.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.compiled import compiled
from explorer.stack.tokenization.byte_pairs_merging import merged
from explorer.stack.tokenization.byte_pairs_tables import NONE, find_likely, find_pair, find_token, mixed_of, same_piece
from explorer.stack.tokenization.byte_pairs_vocabulary import SMALL, Vocabulary

BLOCK = 128
"""Letters that are merged at once at most; a pair's rank and where it stands share 32 bits."""
_NEVER = (1 << 31) - 1


def rooms(v: Vocabulary, longest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What encoding writes to, for pieces of at most so many letters: `block`, `spare`, numbers, `closed`."""
    block = np.empty((10, BLOCK), np.int32)
    spare = np.empty((6, 2 * int(v.tokens[:, 1].max(initial=0)) + 1), np.int64)
    return block, spare, np.empty(longest + 1, np.int64), np.empty(longest + 1, bool)


@compiled
def _first(v: Any, left: Any, right: Any) -> Any:
    """What two letters become; for most, those of a small table."""
    if left < SMALL and right < SMALL:
        return v.of_letters[left, right]
    return find_likely(v.pairs, v.bits, v.of_letter[left], v.of_letter[right])


@compiled
def _rank(v: Any, number: Any) -> Any:
    """When a token is made; where no two have one rank, its number says as much."""
    return v.order[number] if v.tied else number


@compiled
def _merge_block(data: Any, begin: Any, size: Any, v: Any, block: Any) -> None:
    """Merge at most BLOCK letters. Then block[0] has each token's number at its first letter, and -1 at its others;
    block[1] has where the next token begins, and block[2] the one before."""
    numbers, behind, before, waiting, becomes = block[0], block[1], block[2], block[3], block[4]
    for i in range(size):
        numbers[i] = v.of_letter[data[begin + i]]
        behind[i], before[i] = i + 1, i - 1
        waiting[i] = _NEVER
    for i in range(size - 1):
        made = _first(v, data[begin + i], data[begin + i + 1])
        if made != NONE:
            waiting[i], becomes[i] = _rank(v, made) * BLOCK + i, made
    while True:
        best = waiting[0]
        for i in range(1, size):
            best = min(best, waiting[i])
        if best == _NEVER:
            return
        at = best % BLOCK
        made, gone = becomes[at], behind[at]
        after, ahead = behind[gone], before[at]
        numbers[at], numbers[gone] = made, -1
        waiting[at] = waiting[gone] = _NEVER
        behind[at] = after
        if after < size:
            before[after] = at
            found = find_likely(v.pairs, v.bits, made, numbers[after])
            if found != NONE:
                waiting[at], becomes[at] = _rank(v, found) * BLOCK + at, found
        if ahead >= 0:
            found = find_likely(v.pairs, v.bits, numbers[ahead], made)
            waiting[ahead] = _NEVER
            if found != NONE:
                waiting[ahead], becomes[ahead] = _rank(v, found) * BLOCK + ahead, found


@compiled
def _settled(size: Any, block: Any) -> Any:
    """How many letters of a block to keep: the last two tokens may be others once what follows them is known."""
    last = size - 1
    while block[0, last] < 0:
        last -= 1
    if last and block[2, last]:
        return block[2, last]
    return last or size


@compiled
def _longest(data: Any, at: Any, end: Any, v: Any) -> Any:
    """The longest token that begins here."""
    node = token = v.of_letter[data[at]]
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
def may_meet(data: Any, begin: Any, middle: Any, end: Any, v: Any, block: Any, spare: Any) -> Any:
    """Whether merging the letters of two tokens gives these two again."""
    size = end - begin
    if size <= BLOCK:
        _merge_block(data, begin, size, v, block)
        return block[1, 0] == middle - begin and block[1, middle - begin] == size
    for i in range(size):
        spare[0, i] = v.of_letter[data[begin + i]]
    count = merged(spare[0], size, v.pairs, v.numbers, v.order, spare[1], spare[2], spare[3:].reshape(-1))
    return count == 2 and v.tokens[spare[0, 0], 1] == middle - begin


@compiled
def _same(data: Any, here: Any, there: Any, size: Any) -> Any:
    """Whether the same letters stand in two places: a run of one letter is merged once."""
    for i in range(size):  # noqa: SIM110 (numba compiles no generators)
        if data[here + i] != data[there + i]:
            return False
    return True


@compiled
def _in_blocks(
    data: Any, begin: Any, end: Any, v: Any, size: Any, block: Any, spare: Any, found: Any, closed: Any
) -> Any:
    """Fill `found` with the tokens of a piece; returns how many. `closed`: places from which nothing fits."""
    closed[: end - begin + 1] = False
    at, count = begin, 0
    met_left, met_right, met = -1, -1, False  # the last two that were asked: a run of one letter asks the same again
    block_begin, block_end = begin, begin  # the letters of which `block` holds tokens
    merged_letters = 0  # how many of them from block_begin on were merged
    while at < end:
        if at >= block_end:
            letters = min(size, end - at)
            if letters != merged_letters or not _same(data, block_begin, at, letters):
                _merge_block(data, at, letters, v, block)
                merged_letters = letters
            block_begin, block_end = at, at + letters
            if block_end < end:
                block_end = block_begin + _settled(block_end - block_begin, block)
        before = at - v.tokens[found[count - 1], 1] if count else at  # where the last token begins
        came_from = at
        if at >= block_begin and block[0, at - block_begin] >= 0:
            after = block_begin + block[1, at - block_begin]
            if count and (found[count - 1] != met_left or block[0, at - block_begin] != met_right):
                met_left, met_right = found[count - 1], block[0, at - block_begin]
                met = may_meet(data, before, at, after, v, block[5:], spare)
            fits = count == 0 or met
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
        while token >= 0:
            after = at + v.tokens[token, 1]
            if not closed[after - begin] and (count == 0 or may_meet(data, before, at, after, v, block[5:], spare)):
                break
            token = v.shorter[token]
        if token >= 0:
            found[count] = token
            count += 1
            at += v.tokens[token, 1]
        else:
            closed[at - begin] = True
            count -= 1
            at = before
    return count


@compiled
def encode_piece(
    data: Any, begin: Any, end: Any, v: Any, size: Any, block: Any, spare: Any, found: Any, closed: Any
) -> Any:
    """Fill `found` with the numbers of a piece's tokens; returns how many. `size`: the letters of a block."""
    length = end - begin
    if length > size:
        return _in_blocks(data, begin, end, v, size, block, spare, found, closed)
    _merge_block(data, begin, length, v, block)
    count = 0
    at = 0
    while at < length:
        found[count] = block[0, at]
        count += 1
        at = block[1, at]
    return count


@compiled
def encode(
    data: Any, words: Any, cuts: Any, known: Any, token_words: Any, v: Any, block: Any, spare: Any, numbers: Any,
    closed: Any, memory: Any, tokens: Any, edges: Any,
) -> Any:  # fmt: skip
    """Fill `tokens` with ids and `edges` with where each begins, and the last ends; returns how many tokens.

    `memory` keeps, of pieces of this text that are no tokens, where they lie, their length, where their tokens begin
    and how many they are; a later piece may take an earlier one's place.
    """
    count = 0
    edges[0] = 0
    for piece in range(len(cuts) - 1):
        begin, end = cuts[piece], cuts[piece + 1]
        length = end - begin
        mixed = mixed_of(words, begin, length)
        whole = find_token(known, token_words, words, begin, length, mixed)
        if whole >= 0:
            tokens[count] = whole
            count += 1
            edges[count] = end
            continue
        seen = memory[mixed >> 24 & len(memory) - 1]
        if seen[1] == length and same_piece(words, begin, words, seen[0], length):
            for i in range(seen[2], seen[2] + seen[3]):
                tokens[count] = tokens[i]
                count += 1
                edges[count] = edges[count - 1] + edges[i + 1] - edges[i]
            continue
        found = encode_piece(data, begin, end, v, BLOCK, block, spare, numbers, closed)
        if length <= BLOCK:
            seen[0], seen[1], seen[2], seen[3] = begin, length, count, found
        for i in range(found):
            number = numbers[i]
            tokens[count] = v.tokens[number, 0]
            count += 1
            edges[count] = edges[count - 1] + v.tokens[number, 1]
    return count
