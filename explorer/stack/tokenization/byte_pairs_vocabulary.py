"""A vocabulary made ready: of each token the two parts that merging makes it of, in the order of the merges.

Texts are made of letters: bytes, or characters by their number. A token can be cut in two in several ways, but merging
its letters comes to one: only those two parts ever stand beside each other in any text and become it. (What is merged
within a stretch does not depend on what is around it, as long as nothing merges across its ends.) So one pair a token
is enough, and tokens can be numbered by when they are made: first the letters, then each by its pair's rank. A token to
which no merges lead is none of these.

>>> tokens = (b"a", b"b", b"c", b"ab", b"bc", b"abc")
>>> vocabulary(tokens, None).parts.tolist()  # abc is ab + c; a and bc never stand side by side, for ab comes first
[[0, 0], [1, 1], [2, 2], [0, 1], [1, 2], [3, 2]]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int, Int32, Int64, Integer

from explorer.errors import BadRequestError
from explorer.stack.compiled import compiled
from explorer.stack.tokenization.byte_pairs_merging import merged
from explorer.stack.tokenization.byte_pairs_tables import (
    BITS,
    NONE,
    add_pair,
    add_tokens,
    fill_filter,
    find_pair,
    find_token,
    free,
    mixed_of,
    words_of,
)

SMALL = 256
"""Of so many letters, what any two become is looked up in a table: of all bytes; of a vocabulary's first characters,
which are its commonest."""


class Vocabulary(NamedTuple):
    """Numbers here are the order in which tokens are made; `tokens` has the vocabulary's own ids. A tuple, as compiled
    loops take it."""

    tokens: Int32[np.ndarray, "number 2"]
    """The vocabulary's own id of each, and how many letters it has."""
    parts: Int32[np.ndarray, "number 2"]
    """The numbers of the two parts; a letter's are its own."""
    of_letter: Int32[np.ndarray, " letter"]
    """The number of each letter; -1 where it is no token."""
    of_letters: Int32[np.ndarray, "letter letter"]
    """What two letters become; the first 256 of each."""
    pairs: Int64[np.ndarray, " slot"]
    """Two numbers, and the number that they become."""
    bits: Int64[np.ndarray, " word"]
    """Which pairs may be among them."""
    prefixes: Int64[np.ndarray, " node"]
    """A tree of all tokens' beginnings: node and letter, and the node they lead to. A token's node is its number."""
    shorter: Int32[np.ndarray, " number"]
    """The longest token that this one begins with; -1 for none."""
    numbers: Int32[np.ndarray, " number"]
    """0, 1 and so on: in `pairs`, merges go by what they make."""
    order: Int32[np.ndarray, " number"]
    """The rank of what makes each token; several may have one, and of these the leftmost is merged first."""
    tied: bool
    """Whether several have."""


def vocabulary(tokens: Sequence[bytes], merges: Int[np.ndarray, "merge 3"] | None) -> Vocabulary:
    """The tables of a byte-level vocabulary; without merges, any two that form a token, of lowest id first."""
    data = b"".join(tokens)
    begins = np.concatenate([[0], np.cumsum([len(token) for token in tokens], dtype=np.int64)])
    of_letter = np.full(256, -1, np.int64)
    for i in reversed(np.flatnonzero(np.diff(begins) == 1).tolist()):
        of_letter[tokens[i][0]] = i
    text = np.frombuffer(data, np.uint8)
    if merges is not None:
        return vocabulary_of(text, begins, of_letter, merges, np.arange(len(merges)))
    _check(len(tokens))
    ids = np.arange(len(tokens))
    return _made(text, begins, of_letter, _by_rank(words_of(data), begins), ids, ids)


def vocabulary_of(
    text: Integer[np.ndarray, " letter"],
    begins: Int[np.ndarray, " begin"],
    of_letter: Int[np.ndarray, " kind"],
    merges: Int[np.ndarray, "merge 3"],
    ranks: Int[np.ndarray, " merge"],
) -> Vocabulary:
    """The tables of merges (left id, right id, joined id), the one of lowest rank first, and of equals the leftmost.

    Token i has the letters `text[begins[i] : begins[i + 1]]`; `of_letter` has each letter's id, or -1.
    """
    _check(max(len(begins) - 1, len(merges)))
    pairs = free(len(merges))
    _enter(pairs, np.ascontiguousarray(merges[:, :2], np.int64), np.arange(len(merges)))
    return _made(text, begins, of_letter, pairs, merges[:, 2].astype(np.int64), ranks.astype(np.int64))


def _check(count: int) -> None:
    if count >= NONE:
        raise BadRequestError(f"The vocabulary has {count:,} tokens or merges.", f"At most {NONE:,} are numbered.")


def _made(text: Any, begins: Any, of_letter: Any, pairs: Any, becomes: Any, ranks: Any) -> Vocabulary:
    parts = np.full((len(begins) - 1, 3), -1, np.int64)
    _take_apart(text, begins, of_letter, pairs, becomes, ranks, parts)
    return _numbered(text, begins, of_letter, parts)


def _numbered(text: Any, begins: Any, of_letter: Any, parts: Any) -> Vocabulary:
    """`parts`: of each id left part, right part and rank; -1 where no merges lead to it."""
    single = np.unique(of_letter[of_letter >= 0])
    made = np.flatnonzero(parts[:, 2] >= 0)
    ids = np.concatenate([single, made[np.argsort(parts[made, 2], kind="stable")]])
    numbers = np.arange(len(ids))
    order = np.concatenate([np.zeros(len(single), np.int64), np.unique(parts[made, 2], return_inverse=True)[1]])
    order[len(single) :].sort()
    number = np.full(len(begins), -1, np.int64)  # one more: -1 is that of no token
    number[ids] = numbers
    halves = np.ascontiguousarray(number[np.where(parts[ids, 2:] >= 0, parts[ids, :2], ids[:, None])])
    later = numbers[len(single) :]
    pairs = free(len(ids))
    _enter(pairs, halves[len(single) :], later)
    bits = np.zeros(len(pairs) // 8, np.int64)  # eight a slot
    fill_filter(pairs, bits)
    of_letters = np.full((SMALL + 1, SMALL + 1), NONE, np.int32)
    two = later[(halves[later] < len(single)).all(1)]
    letter = np.full(len(single) + 1, SMALL)
    first = of_letter[:SMALL]
    letter[number[first]] = np.arange(len(first))  # letters that are no token fall on the last
    of_letters[letter[halves[two, 0]], letter[halves[two, 1]]] = two
    prefixes, shorter = _tree(text, begins, ids, number)
    return Vocabulary(
        np.stack([ids, np.diff(begins)[ids]], 1).astype(np.int32), halves.astype(np.int32),
        number[of_letter].astype(np.int32), of_letters[:SMALL, :SMALL].copy(), pairs, bits, prefixes,
        shorter.astype(np.int32), numbers.astype(np.int32), order.astype(np.int32),
        bool(len(made) and order[-1] < len(made) - 1),
    )  # fmt: skip


def _by_rank(words: Any, begins: Any) -> Int64[np.ndarray, " slot"]:
    """Every cut of a token into two tokens, the token's id for the rank."""
    known = free(len(begins) - 1, 4)
    add_tokens(known, words, begins, np.ones(len(begins) - 1, bool))
    cuts = np.empty((begins[-1], 3), np.int64)
    count = _cut_in_two(known, words, begins, cuts)
    pairs = free(count)
    _enter(pairs, cuts[:count, :2], cuts[:count, 2])
    return pairs


@compiled
def _id(known: Any, words: Any, begin: Any, end: Any) -> Any:
    return find_token(known, words, words, begin, end - begin, mixed_of(words, begin, end - begin))


@compiled
def _cut_in_two(known: Any, words: Any, begins: Any, cuts: Any) -> Any:
    """Fill `cuts` with left part, right part and token; returns how many ways there are."""
    count = 0
    for token in range(len(begins) - 1):
        begin, end = begins[token], begins[token + 1]
        if end - begin < 2 or _id(known, words, begin, end) != token:
            continue
        for middle in range(begin + 1, end):
            left = _id(known, words, begin, middle)
            if left >= 0:
                right = _id(known, words, middle, end)
                if right >= 0:
                    cuts[count, 0], cuts[count, 1], cuts[count, 2] = left, right, token
                    count += 1
    return count


@compiled
def _enter(pairs: Any, halves: Any, values: Any) -> None:
    for i in range(len(values)):
        add_pair(pairs, halves[i, 0], halves[i, 1], values[i])


@compiled
def _take_apart(text: Any, begins: Any, of_letter: Any, pairs: Any, becomes: Any, ranks: Any, parts: Any) -> None:
    """Merge each token's letters; where they become it, note left part, right part and rank of the last merge."""
    longest = 1
    for token in range(len(parts)):
        longest = max(longest, begins[token + 1] - begins[token])
    room = np.empty((6, longest), np.int64)
    heap = room[3:].reshape(-1)
    for token in range(len(parts)):
        begin, size = begins[token], begins[token + 1] - begins[token]
        known = size > 1
        for i in range(size):
            room[0, i] = of_letter[text[begin + i]]
            known &= room[0, i] >= 0
        if known:
            count = merged(room[0], size, pairs, becomes, ranks, room[1], room[2], heap)
            if count == 1 and room[0, 0] == token:
                parts[token] = heap[:3]


def _tree(text: Any, begins: Any, ids: Any, number: Any) -> tuple[Int64[np.ndarray, " node"], Int64[np.ndarray, " _"]]:
    lengths = np.diff(begins)[ids]
    order = ids[np.argsort(lengths, kind="stable")]
    shorter = np.full(len(ids), -1, np.int64)
    roomy = free(int(lengths.sum()))
    nodes = _grow(text, begins, order, number, roomy, shorter)
    if nodes >= NONE:
        raise BadRequestError(f"The vocabulary's tokens have {nodes:,} beginnings.", f"At most {NONE:,} are numbered.")
    prefixes = free(nodes)
    _copy(roomy, prefixes)
    return prefixes, shorter


@compiled
def _copy(source: Any, target: Any) -> None:
    for slot in source:
        if slot >= 0:
            add_pair(target, slot >> 2 * BITS, slot >> BITS & NONE, slot & NONE)


@compiled
def _grow(text: Any, begins: Any, order: Any, number: Any, prefixes: Any, shorter: Any) -> Any:
    """Enter the tokens, short ones first, so that a token's node exists before those that begin with it. The tree's
    root is the first node behind the tokens' own."""
    root = len(order)
    nodes = root + 1
    for token in order:
        node = root
        for i in range(begins[token], begins[token + 1] - 1):
            child = find_pair(prefixes, node, text[i])
            if child == NONE:
                child = nodes
                nodes += 1
                add_pair(prefixes, node, text[i], child)
            node = child
            if node < root:
                shorter[number[token]] = node
        add_pair(prefixes, node, text[begins[token + 1] - 1], number[token])
    return nodes
