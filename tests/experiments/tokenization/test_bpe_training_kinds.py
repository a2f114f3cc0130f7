"""Three trainers on one text: each library's vocabulary, on any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiments.tokenization import bpe_training_kinds as three

#: Of twenty scripts, with marks, joiners, signs and what is no character yet.
LETTERS = "aé0٣-_ωяאبनதกກམაကアカー東한ሀᏣខᠭ🙂👨\u0301\u200d\u093c\ud7fc\u00a0 \n"
words = st.text(alphabet="abcé я漢1#' \n", max_size=80)


@given(st.one_of(words, st.text(alphabet=LETTERS, max_size=60)))
@settings(deadline=None, max_examples=60)
def test_the_libraries_vocabularies_on_any_text(text: str) -> None:
    lines = three.suitable([text])
    if lines:
        assert three.sentencepiece(lines, 20).differing == 0
        assert three.wordpiece(lines, 20).differing == 0


def test_lines_that_hold_a_sign_of_sentencepiece_s_own_are_left_out() -> None:
    assert three.suitable(["one\n<s> two\n\n▁three\nfo\tur", "five"]) == ["one", "five"]


def test_what_differs_is_counted() -> None:
    kind = three.sentencepiece(["low lower lowest"], 5)
    assert kind.differing == 0
    wrong = three.Kind(kind.alphabet, kind.tokens, kind.events, kind.ours[::-1], kind.library)
    assert wrong.differing > 0
    assert three.Kind(kind.alphabet, kind.tokens, kind.events, kind.ours, kind.library[:2]).differing == 3
