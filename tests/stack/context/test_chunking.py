"""Chunking: nothing is lost, nothing is too long, and each way ends passages where it says."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.context.chunking import WAYS, Span, Way, chunked, sections, torn

TEXT = "# Whales\n\nWhales are large. They sing in the sea.\n\n## Food\n\nThey eat krill. " + "Some eat fish. " * 12


def spans_of(text: str) -> list[Span]:
    return [found.span() for found in re.finditer(r"\w{1,4}|[^\w\s]", text)]


@given(st.text("ab .\n#"), st.sampled_from(WAYS), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_every_piece_is_in_a_passage(text: str, way: Way, size: int) -> None:
    spans = spans_of(text)
    made = chunked(text, spans, way, size)
    for start, end in spans:
        assert sum(each.start <= start and end <= each.end for each in made) == 1
    if way != "sentences":  # a sentence may itself be longer
        assert all(each.pieces <= size for each in made)


@pytest.mark.parametrize("way", WAYS)
def test_an_overlap_stands_in_both(way: Way) -> None:
    made = chunked(TEXT, spans_of(TEXT), way, 24, 9)
    assert len(made) > 2
    assert any(later.start < former.end for former, later in pairwise(made))
    assert [each.start for each in made] == sorted({each.start for each in made})


def test_where_the_ways_end() -> None:
    spans = spans_of(TEXT)
    assert torn(TEXT, chunked(TEXT, spans, "tokens", 11)) > 0
    assert torn(TEXT, chunked(TEXT, spans, "sentences", 11)) == 0
    by_heading = chunked(TEXT, spans, "headings", 30)
    assert by_heading[0].headings == ("Whales",)
    assert all(each.headings == ("Whales", "Food") for each in by_heading[1:])


def test_edges() -> None:
    assert chunked("", [], "recursive", 5) == []
    assert chunked(" \n ", [], "tokens", 5) == []
    word = "x" * 40
    assert [each.pieces for each in chunked(word, spans_of(word), "recursive", 3)] == [3, 3, 3, 1]
    assert sections("plain") == [((0, 5), ())]
    with pytest.raises(ValueError, match="overlap"):
        chunked("a", [(0, 1)], "tokens", 4, 4)
