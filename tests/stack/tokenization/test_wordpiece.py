"""WordPiece: what tokenizers' model says of the same words, and the search told try by try."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import models

from explorer.stack.tokenization.wordpiece import WordPiece
from explorer.stack.tokenization.wordpiece_search import fewest, greedy, missing

VOCABULARY = ("[UNK]", *"abcé", "##a", "##b", "##é", "ab", "abc", "##bc", "##ca", "##cab", "éa", "##aé", "##", "##ab!")
MODEL = WordPiece(tuple(token.encode() for token in VOCABULARY), unknown=0, max_characters=12)
PEER = models.WordPiece(
    {token: i for i, token in enumerate(VOCABULARY)}, unk_token="[UNK]", max_input_chars_per_word=12
)
TEXTS = st.text("abcé#!", max_size=16)


def encode(*words: str) -> list[int]:
    data = [word.encode() for word in words]
    return MODEL.encode(b"".join(data), np.cumsum([0, *map(len, data)])).ids.tolist()


@given(TEXTS)
def test_a_word_is_what_tokenizers_makes_of_it(word: str) -> None:
    theirs = PEER.tokenize(word)
    assert encode(word) == [token.id for token in theirs]
    data = word.encode()
    found = MODEL.encode(data, np.array([0, len(data)]))
    places = list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    assert places == [token.offsets for token in theirs]  # both in bytes


def test_spaces_give_nothing_and_one_missing_character_takes_the_word() -> None:
    assert encode("  ", "ab", "\t", "cx", " a ") == [VOCABULARY.index("ab"), 0, VOCABULARY.index("a")]
    assert encode("a" * 12) == [1, *[VOCABULARY.index("##a")] * 11]
    assert encode("a" * 13) == [0]  # longer than what is tried
    assert [MODEL.tokens[i] for i in encode("abb", "c")] == [b" ab", b"b", b" c"]


@given(TEXTS)
def test_the_search_told_is_the_search(word: str) -> None:
    found = greedy(MODEL, word)
    assert (list(found.ids) if not found.why else [0]) == encode(word)
    for step in found.steps:
        assert all(tried not in VOCABULARY for tried in step.tried[:-1])
        assert (VOCABULARY.index(step.tried[-1]) if step.tried[-1] in VOCABULARY else -1) == step.token


def every_cut(word: str) -> list[tuple[int, ...]]:
    """All cuts into known tokens, by trying every set of places."""
    found = []
    for n in range(len(word)):
        for places in combinations(range(1, len(word)), n):
            edges = [0, *places, len(word)]
            parts = [("##" if a else "") + word[a:b] for a, b in pairwise(edges)]
            if all(part in VOCABULARY for part in parts):
                found.append(tuple(VOCABULARY.index(part) for part in parts))
    return found


@given(st.text("abcé", min_size=1, max_size=9))
def test_the_fewest_tokens_are_those_of_all_cuts(word: str) -> None:
    cuts = every_cut(word)
    found = fewest(MODEL, word)
    assert (found is None) == (not cuts)
    if found is not None:
        assert found in cuts
        assert len(found) == min(map(len, cuts))
        assert greedy(MODEL, word).why in {"", "rest"}


def test_why_a_word_is_unknown() -> None:
    assert greedy(MODEL, "abx").why == "character"
    assert missing(MODEL, "abx") == "x"
    assert greedy(MODEL, "a" * 13).why == "long"
    assert fewest(MODEL, "a" * 13) is None
    assert greedy(MODEL, "abcb").why == ""
    assert greedy(MODEL, "abca").why == ""


def test_greed_may_give_up_a_word_that_could_be_written() -> None:
    model = WordPiece((b"[UNK]", b"abc", b"ab", b"##cd"), unknown=0)
    assert greedy(model, "abcd").why == "rest"
    assert fewest(model, "abcd") == (2, 3)
    assert model.encode(b"abcd", np.array([0, 4])).ids.tolist() == [0]


@given(st.binary(max_size=40))
def test_any_bytes_are_read(data: bytes) -> None:
    found = MODEL.encode(data, np.array([0, len(data)] if data else [0]))
    assert all(a < b for a, b in zip(found.starts, found.ends, strict=True))
