"""The suffix array is what sorting gives, and what neighbours share is counted letter by letter."""

from __future__ import annotations

from itertools import pairwise, takewhile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.tokenization.suffix_array import shared_with_previous, suffix_array


def sorted_suffixes(text: bytes) -> list[int]:
    return sorted(range(len(text)), key=lambda i: text[i:])


@given(st.one_of(st.binary(max_size=80), st.lists(st.sampled_from([0, 1, 2]), max_size=200).map(bytes)))
def test_it_is_what_sorting_gives(text: bytes) -> None:
    letters = np.frombuffer(text, np.uint8)
    found = suffix_array(letters)
    assert found.tolist() == sorted_suffixes(text)
    pairs = [(text[i:], text[j:]) for i, j in pairwise(found.tolist())]
    shared = [sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(*pair, strict=False))) for pair in pairs]
    assert shared_with_previous(letters, found).tolist() == [0, *shared][: len(text)]


@pytest.mark.parametrize("text", [b"", b"a", b"aa", b"a" * 999, b"ab" * 500, b"mississippi" * 30, b"abaab" * 99])
def test_repeated_texts(text: bytes) -> None:
    assert suffix_array(np.frombuffer(text, np.uint8)).tolist() == sorted_suffixes(text)


def test_fibonacci_words_go_down_several_levels() -> None:
    first, second = b"b", b"a"
    for _ in range(16):
        first, second = second, second + first
    assert suffix_array(np.frombuffer(second, np.uint8)).tolist() == sorted_suffixes(second)


def test_letters_may_be_many() -> None:
    letters = np.random.default_rng(0).integers(0, 5000, 3000).astype(np.int32)
    listed = letters.tolist()
    assert suffix_array(letters).tolist() == sorted(range(3000), key=lambda i: listed[i:])
