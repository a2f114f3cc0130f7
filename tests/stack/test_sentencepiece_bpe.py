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


def test_a_long_piece_is_cut_like_its_short_ones() -> None:
    """Above 24 characters the best pair comes from a heap."""
    model = _model([(0, 1, 2), (2, 2, 3), (3, 0, 4)], [b"a", b"b", b"ab", b"abab", b"ababa"])
    for length in (*range(1, 60), 999):
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


def test_a_long_word_takes_no_more_than_n_log_n() -> None:
    tokens = [b"a", b"b", b"aa", b"ab", b"aaaa", b"abab"]
    model = _model([(0, 0, 2), (0, 1, 3), (2, 2, 4), (3, 3, 5)], tokens)

    def seconds(length: int) -> float:
        rng = np.random.default_rng(0)
        data = np.where(rng.random(length) < 0.5, b"a", b"b").astype("S1").tobytes()
        begun = time.perf_counter()
        model.encode(data, np.array([0, length]))
        return time.perf_counter() - begun

    seconds(1000)
    # A quadratic way would take 256 times as long.
    assert min(seconds(1 << 20) for _ in range(2)) < 60 * max(min(seconds(1 << 16) for _ in range(5)), 1e-3)
