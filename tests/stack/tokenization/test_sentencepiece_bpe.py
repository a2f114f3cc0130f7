"""SentencePiece's BPE against merging as it is defined, one pair at a time, and on texts that no cut divides."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from explorer.stack.tokenization.sentencepiece_bpe import SentencePieceBPE

Merge = tuple[int, int, int]


def _model(merges: list[Merge], tokens: list[bytes], **more: object) -> SentencePieceBPE:
    return SentencePieceBPE(tokens, np.array(merges, np.int64).reshape(-1, 3), **more)  # type: ignore[arg-type]


def _slowly(model: SentencePieceBPE, text: str) -> list[int]:
    """The definition: of all neighbours, the pair of the best rank, the leftmost of equals."""
    ranks = range(len(model.merges)) if model.ranks is None else model.ranks.tolist()
    known = {(a, b): (rank, made) for (a, b, made), rank in zip(model.merges.tolist(), ranks, strict=True)}
    symbols = [model.tokens.index(character.encode()) for character in text]
    while True:
        found = [(known[pair][0], i) for i, pair in enumerate(pairwise(symbols)) if pair in known]
        if not found:
            return symbols
        _, i = min(found)
        symbols[i : i + 2] = [known[symbols[i], symbols[i + 1]][1]]


@some.composite
def vocabularies(draw: some.DrawFn) -> tuple[list[bytes], list[Merge]]:
    """Random merges over four letters, of one, two and three bytes."""
    tokens = [b"a", b" ", "é".encode(), "▂".encode()]
    pairs: dict[tuple[int, int], int] = {}
    for _ in range(draw(some.integers(0, 14))):
        left, right = draw(some.integers(0, len(tokens) - 1)), draw(some.integers(0, len(tokens) - 1))
        joined = tokens[left] + tokens[right]
        if joined not in tokens:
            tokens.append(joined)
        pairs.setdefault((left, right), tokens.index(joined))
    return tokens, [(a, b, made) for (a, b), made in pairs.items()]


@pytest.mark.thorough
@given(vocabularies(), some.booleans(), some.text("a é▂", max_size=80))
def test_tokens_are_those_of_the_definition(
    vocabulary: tuple[list[bytes], list[Merge]], by_token: bool, text: str
) -> None:
    """Ranked by pair, or by the token that is formed."""
    tokens, merges = vocabulary
    model = _model(merges, tokens, ranks=np.array([made for _, _, made in merges], np.int64) if by_token else None)
    data = text.encode()
    found = model.encode(data, np.array([0, len(data)] if data else [0]))
    assert found.ids.tolist() == _slowly(model, text)
    assert b"".join(data[a:b] for a, b in zip(found.starts, found.ends, strict=True)) == data
    assert [data[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == [model.tokens[i] for i in found.ids]


@given(vocabularies(), some.data(), some.text("a é▂", max_size=12), some.integers(1, 30))
@pytest.mark.thorough
def test_of_equal_ranks_the_leftmost_is_merged_in_texts_longer_than_a_block(
    vocabulary: tuple[list[bytes], list[Merge]], data: some.DataObject, text: str, times: int
) -> None:
    """Different tokens of one rank, as pieces of a user's own have; over 128 characters a text is merged in blocks."""
    tokens, merges = vocabulary
    ranks = np.array([data.draw(some.integers(0, 3)) for _ in merges], np.int64)
    model = _model(merges, tokens, ranks=ranks)
    text *= times
    found = model.encode(text.encode(), np.array([0, len(text.encode())] if text else [0]))
    assert found.ids.tolist() == _slowly(model, text)
    assert b"".join(tokens[i] for i in found.ids) == text.encode()


@pytest.mark.thorough
def test_of_two_pairs_of_equal_rank_the_left_one_is_merged() -> None:
    # a b and b c have one rank: of "abc" ab is left of bc, whichever has the lower id.
    for tokens in ([b"a", b"b", b"c", b"ab", b"bc"], [b"a", b"b", b"c", b"bc", b"ab"]):
        ab, bc = tokens.index(b"ab"), tokens.index(b"bc")
        model = _model([(1, 2, bc), (0, 1, ab)], tokens, ranks=np.array([5, 5]))
        assert model.encode(b"abc", np.array([0, 3])).ids.tolist() == [ab, 2]


def test_a_long_piece_is_cut_like_its_short_ones() -> None:
    model = _model([(0, 1, 2), (2, 2, 3), (3, 0, 4)], [b"a", b"b", b"ab", b"abab", b"ababa"])
    for length in (*range(1, 60), 199):
        text = ("abab" * length)[:length]
        found = model.encode(text.encode(), np.array([0, length]))
        assert found.ids.tolist() == _slowly(model, text)


def test_nothing_merges_across_a_cut() -> None:
    model = _model([(0, 0, 1)], [b"a", b"aa"])
    assert model.encode(b"aaaa", np.array([0, 1, 4])).ids.tolist() == [0, 1, 0]


@pytest.mark.parametrize(("fuses", "expected"), [(True, [0, 2, 0]), (False, [0, 2, 2, 0])])
def test_unknown_characters(fuses: bool, expected: list[int]) -> None:
    model = _model([(0, 0, 1)], [b"a", b"aa", b""], unknown=2, fuses=fuses)
    found = model.encode("aéça".encode(), np.array([0, 6]))
    assert found.ids.tolist() == expected
    assert (int(found.starts[1]), int(found.ends[-2])) == (1, 5)


def test_an_unknown_character_is_its_bytes_where_there_are_tokens_for_them() -> None:
    tokens = [b"a", *(bytes([byte]) for byte in range(256))]
    model = _model([], tokens, byte_ids=np.arange(1, 257))
    found = model.encode("aé".encode(), np.array([0, 3]))
    assert found.ids.tolist() == [0, 1 + 0xC3, 1 + 0xA9]
    assert found.ends.tolist() == [1, 2, 3]


@pytest.mark.parametrize("letters", ["a", "ab"])
def test_time_grows_with_a_words_length_not_with_its_square(letters: str) -> None:
    """Of 64 times as many characters: 64 times the time, with eight times as much to spare; their square is 4,096."""
    tokens = [b"a", b"b", b"aa", b"ab", b"aaaa", b"abab"]
    model = _model([(0, 0, 2), (0, 1, 3), (2, 2, 4), (3, 3, 5)], tokens)
    word = bytes(np.random.default_rng(0).choice(list(letters.encode()), 256_000).astype(np.uint8))

    def takes(data: bytes) -> float:
        times = []
        for _ in range(5):
            start = time.thread_time()
            model.encode(data, np.array([0, len(data)]))
            times.append(time.thread_time() - start)
        return min(times)

    takes(word[:100])
    assert takes(word) < 8 * 64 * takes(word[:4_000])
