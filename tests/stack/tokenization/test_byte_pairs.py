"""Byte pairs against tiktoken and tokenizers, on vocabularies of every kind, real ones among them."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import tiktoken
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Peer
from tokenizers import models, pre_tokenizers

from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.byte_pairs_encoding import encode_piece, may_meet, rooms
from explorer.stack.tokenization.byte_pairs_vocabulary import Vocabulary

BYTES = tuple(bytes([byte]) for byte in range(256))
LETTERS = b"abc"
written = st.lists(st.sampled_from(LETTERS), max_size=60).map(bytes)
repeated = st.tuples(st.lists(st.sampled_from(LETTERS), max_size=4).map(bytes), st.integers(2, 40)).map(
    lambda part: part[0] * part[1]
)
texts = written | repeated


def learned(joins: list[tuple[int, int]], letters: bytes = LETTERS) -> list[bytes]:
    """Tokens each of which is two earlier ones."""
    tokens = [bytes([letter]) for letter in letters]
    for first, second in joins:
        made = tokens[first % len(tokens)] + tokens[second % len(tokens)]
        if made not in tokens and len(made) < 20:
            tokens.append(made)
    return tokens[len(letters) :]


joins = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=14)
words = st.lists(st.lists(st.sampled_from(LETTERS), min_size=2, max_size=6).map(bytes), max_size=14, unique=True)
vocabularies = joins.map(learned) | words  # any words: no merges lead to them, or their parts come later


def whole(model: BytePairs, data: bytes) -> list[int]:
    found = model.encode(data, np.array([0, len(data)] if data else [0]))
    assert b"".join(model.tokens[i] for i in found.ids) == data
    assert [data[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == [model.tokens[i] for i in found.ids]
    return found.ids.tolist()


def by_tiktoken(tokens: tuple[bytes, ...], pattern: str = r"[\s\S]+") -> tiktoken.Encoding:
    ranks = {token: i for i, token in enumerate(tokens)}
    return tiktoken.Encoding("test", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


def in_blocks(vocabulary: Vocabulary, data: bytes, size: int) -> list[int]:
    """A piece put together from blocks of so few bytes that none of its tokens is safe."""
    block, spare, numbers, closed = rooms(vocabulary, len(data))
    count = encode_piece(np.frombuffer(data, np.uint8), 0, len(data), vocabulary, size, block, spare, numbers, closed)
    return vocabulary.tokens[numbers[:count], 0].tolist()


def test_the_merges_of_the_worked_example_by_hand() -> None:
    # l o before lo w before w l: of "lowlow" first both lo, then both low; no w l is left.
    model = BytePairs((*BYTES, b"lo", b"low", b"wl"))
    assert whole(model, b"lowlow") == [257, 257]
    assert whole(model, b"owl") == [ord("o"), 258]
    # A pair is in the table where merging its own bytes comes to it: a b c is ab, c, not a, bc.
    assert BytePairs((*BYTES, b"ab", b"bc", b"abc")).vocabulary.parts[258].tolist() == [256, ord("c")]


@given(vocabularies, texts)
@example([b"aa", b"aaaa"], b"a" * 7)
@example([b"abc", b"bc"], b"abc")  # a token that comes before its parts
def test_ranks_give_tiktokens_tokens(made: list[bytes], text: bytes) -> None:
    tokens = (*BYTES, *made)
    assert whole(BytePairs(tokens), text) == by_tiktoken(tokens).encode_ordinary(text.decode())


@given(vocabularies, texts.filter(bool), st.integers(1, 9))
@example([b"aa", b"aaaa"], b"a" * 55, 4)
@pytest.mark.thorough
def test_blocks_of_any_size_come_to_the_same(made: list[bytes], text: bytes, size: int) -> None:
    model = BytePairs((*BYTES, *made), whole_first=False)
    assert in_blocks(model.vocabulary, text, size) == whole(model, text)


@pytest.mark.parametrize("length", [2, 200])
def test_two_tokens_meet_where_merging_gives_them_again(length: int) -> None:
    # a b before b c, by hand; and tokens whose bytes together are more than a block.
    longer = tuple(b"x" * 2**n for n in range(1, 8) if length > 2)
    v = BytePairs((*BYTES, b"ab", b"bc", *longer)).vocabulary
    block, spare, _, _ = rooms(v, 300)

    def meet(first: bytes, second: bytes) -> bool:
        data = np.frombuffer(first + second, np.uint8)
        return bool(may_meet(data, 0, len(first), len(data), v, block, spare))

    assert meet(b"ab", b"c")
    assert not meet(b"a", b"bc")
    if longer:
        assert meet(longer[-1], longer[-1])
        assert not meet(b"x", longer[-1])  # from the left, pairs begin at the first x
        assert not meet(longer[-2], longer[-1])


def peer(tokens: list[bytes], merges: list[tuple[int, int, int]], whole_first: bool) -> Peer:
    symbol = {byte: character for character, byte in byte_alphabet().items()}
    written = ["".join(symbol[byte] for byte in token) for token in tokens]
    vocabulary = {token: i for i, token in enumerate(written)}
    model: Any = models.BPE(vocabulary, [(written[a], written[b]) for a, b, _ in merges], ignore_merges=whole_first)
    made = Peer(model)
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)  # type: ignore[assignment]
    return made


@given(
    joins, st.randoms(use_true_random=False), st.booleans(), st.lists(st.sampled_from(b"abcd"), max_size=30).map(bytes)
)
def test_merges_in_any_order_give_tokenizers_tokens(pairs: Any, random: Any, whole_first: bool, text: bytes) -> None:
    """Also where a merge is learned before its parts, and where a byte (d) is no token and falls out."""
    tokens = [b"a", b"b", b"c", *learned(pairs)]
    ids = {token: i for i, token in enumerate(tokens)}
    merges = [
        (ids[token[:at]], ids[token[at:]], made) for token, made in ids.items() for at in range(1, len(token))
        if token[:at] in ids and token[at:] in ids
    ]  # fmt: skip
    random.shuffle(merges)
    model = BytePairs(tokens, np.array(merges, np.int64).reshape(-1, 3), whole_first)
    found = model.encode(text, np.array([0, len(text)] if text else [0]))
    theirs = peer(tokens, merges, whole_first).encode(text.decode())
    assert found.ids.tolist() == theirs.ids
    for i, start, end in zip(found.ids, found.starts, found.ends, strict=True):
        assert text[start:end].replace(b"d", b"") == tokens[i]
    assert all(a <= b for a, b in pairwise(found.starts.tolist()))


@given(st.binary(max_size=300))
def test_any_bytes_come_back(data: bytes) -> None:
    model = BytePairs((*BYTES, b"\xc3\xa9", b"\x00\x00", b"\xff\xfe", b"\x00\x00\x00\x00"))
    cuts = np.unique([0, *range(0, len(data), 7), len(data)])
    found = model.encode(data, cuts)
    assert b"".join(model.tokens[i] for i in found.ids) == data
    assert set(cuts[1:].tolist()) <= set(found.ends.tolist())  # nothing reaches over a cut


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("letters", ["a", "ab", "abcdefghij"])
def test_a_long_word_is_merged_as_tiktoken_does(ordered: bool, letters: str) -> None:
    rng = np.random.default_rng(0)
    joins = [(int(a), int(b)) for a, b in rng.integers(0, 200, (120, 2))]
    made = learned(joins, letters.encode())
    tokens = (*BYTES, *(made if ordered else reversed(made)))
    word = bytes(rng.choice(list(letters.encode()), 3000).astype(np.uint8))
    model = BytePairs(tokens)
    assert whole(model, word) == by_tiktoken(tokens).encode_ordinary(word.decode())


def test_tokens_longer_than_two_words_are_told_apart() -> None:
    longer = b"abcdefghijklmnopqrstuvwxyz"
    model = BytePairs((*BYTES, longer, longer[:-1] + b"Z", b"", longer[:17]))
    assert whole(model, longer) == [256]
    assert whole(model, longer[:-1] + b"Z") == [257]
    assert whole(model, longer[:17]) == [259]
    assert whole(model, longer[:18]) == list(longer[:18])  # no merges lead to any of them


def test_of_equal_tokens_the_first_is_taken() -> None:
    assert whole(BytePairs((*BYTES, b"ab", b"ab")), b"abab") == [256, 256]


def test_a_piece_that_comes_again_has_the_same_tokens() -> None:
    """Tokens of pieces that are none themselves are kept for a text's rest, in fewer places than there are pieces."""
    rng = np.random.default_rng(0)
    model = BytePairs((*BYTES, *learned([(int(a), int(b)) for a, b in rng.integers(0, 60, (40, 2))])))
    lengths = rng.integers(1, 12, 400)
    pieces = [bytes(rng.choice(list(LETTERS), length).astype(np.uint8)) for length in lengths]
    pieces += [b"abcab" * 60, *pieces[::-1], b"abcab" * 60, *pieces]  # longer than a block too
    cuts = np.cumsum([0, *map(len, pieces)])
    found = model.encode(b"".join(pieces), cuts)
    assert found.ids.tolist() == [i for piece in pieces for i in whole(model, piece)]
    assert np.array_equal(found.ends, np.cumsum([len(model.tokens[i]) for i in found.ids]))
    assert np.array_equal(found.starts[1:], found.ends[:-1])


@pytest.mark.parametrize("kind", ["one letter", "any letters"])
def test_a_word_four_times_as_long_takes_no_sixteen_times_as_long(kind: str) -> None:
    rng = np.random.default_rng(0)
    made = learned([(int(a), int(b)) for a, b in rng.integers(0, 60, (40, 2))])
    model = BytePairs((*BYTES, *made))
    word = bytes(rng.choice(list(LETTERS[:1] if kind == "one letter" else LETTERS), 800_000).astype(np.uint8))

    def takes(data: bytes) -> float:
        cuts, times = np.array([0, len(data)]), []
        for _ in range(5):
            start = time.thread_time()
            model.encode(data, cuts)
            times.append(time.thread_time() - start)
        return min(times)

    takes(word[:100])
    assert takes(word) < 8 * takes(word[:200_000])
