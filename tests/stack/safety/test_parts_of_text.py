"""Sentences and words of a text: every one found, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.safety.parts_of_text import false_alarm, sentences, words_left_out


@given(st.text("ab .!?\n", max_size=40))
def test_all_words_stand_in_sentences_in_order(text: str) -> None:
    found = [text[start:end] for start, end in sentences(text)]
    assert " ".join(found).split() == text.split()
    assert all(each.strip() == each != "" for each in found)


@given(st.text("ab .", max_size=30))
def test_each_word_is_left_out_once(text: str) -> None:
    words = text.split()
    left = words_left_out(text)
    assert [each.word for each in left] == words
    assert all(text[slice(*each.span)] == each.word for each in left)
    assert [each.rest.split() for each in left] == [words[:at] + words[at + 1 :] for at in range(len(words))]


def test_sentences_of_other_scripts_and_quotes_end_too() -> None:
    text = "你好。 她说：“走！” Go on. 3.5 is a number"
    assert len(sentences(text)) == 4


def test_more_sentences_are_more_false_alarms() -> None:
    assert false_alarm(0.05, 1) == pytest.approx(0.05)
    assert false_alarm(0.05, 20) == pytest.approx(0.6415, abs=1e-4)
