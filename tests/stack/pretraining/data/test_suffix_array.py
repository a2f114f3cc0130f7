"""Suffix arrays against pydivsufsort and against the definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pydivsufsort import divsufsort, kasai

from explorer.corpora import passages
from explorer.stack.pretraining.data import suffix_array as module
from explorer.stack.pretraining.data.suffix_array import later_copies, shared_lengths, suffix_array

SMALL = st.text(alphabet="ab", max_size=60).map(str.encode) | st.binary(max_size=60)


@given(SMALL)
@settings(deadline=None, max_examples=300)
def test_suffixes_in_order(text: bytes) -> None:
    assert suffix_array(text).tolist() == sorted(range(len(text)), key=lambda at: text[at:])


def test_a_real_text_as_pydivsufsort_sorts_it() -> None:
    text = "\n".join(one.text for kind in passages.read() for one in kind.excerpts).encode()
    order = suffix_array(text)
    assert np.array_equal(order, divsufsort(text))
    assert np.array_equal(shared_lengths(text, order)[1:], kasai(text, order)[:-1])


def test_names_that_repeat_are_sorted_in_turn() -> None:
    text = b"abracadabra" * 200 + b"abracadabrb" * 200
    assert np.array_equal(suffix_array(text), divsufsort(text))


@given(st.text(alphabet="ab\n", max_size=40).map(lambda text: text.encode().replace(b"\n", b"\xff")), st.integers(1, 6))
@settings(deadline=None, max_examples=300)
def test_copies_are_what_stood_before(text: bytes, least: int) -> None:
    """By the definition: every place whose next bytes stand earlier in the text, within one document."""
    wanted = set()
    for at in range(len(text) - least + 1):
        piece = text[at : at + least]
        if module.SEPARATOR not in piece and text.find(piece) < at:
            wanted |= set(range(at, at + least))
    found = later_copies(text, least)
    assert {at for each in found for at in range(each.start, each.stop)} == wanted
    assert all(text[each.first :].startswith(text[each.start : each.start + least]) for each in found)
