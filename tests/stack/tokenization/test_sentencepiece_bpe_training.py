"""SentencePiece's BPE trained: the library's vocabulary, piece by piece with its scores."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora import passages
from explorer.stack.tokenization.sentencepiece_bpe_training import (
    META,
    Settings,
    VocabularyTooSmallError,
    script_of,
    train,
    valid,
)


def library(lines: list[str], **told: Any) -> tuple[list[str], list[float]]:
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=written, model_type="bpe", normalization_rule_name="identity",
        minloglevel=2, num_threads=1, **told,
    )  # fmt: skip
    coder = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    size = range(coder.get_piece_size())
    return [coder.id_to_piece(i) for i in size], [coder.get_score(i) for i in size]


@pytest.mark.parametrize(
    "told",
    [
        {"vocab_size": 600},
        {"vocab_size": 900, "byte_fallback": True, "character_coverage": 0.98, "split_digits": True},
        {"vocab_size": 600, "split_by_unicode_script": False},
        {"vocab_size": 600, "split_by_number": False, "max_sentencepiece_length": 5},
    ],
)
def test_the_library_s_vocabulary(told: dict[str, Any]):
    lines = [line for kept in passages.read() for each in kept.excerpts for line in each.text.split("\n") if line]
    pieces, scores = library(lines, **told)
    trained = train(lines, Settings(**told))
    assert [piece.decode() for piece in trained.pieces] == pieces
    assert list(trained.scores) == scores


def test_scripts_that_share_a_text():
    lines = [
        "東京タワー とうきょう tokyo東京 1958年",
        "Москва moskva",
        "Ωmega Ωmega αβγ",
        "नमस्ते دنیا 안녕",
        "naïve cafe\u0301",
    ] * 3
    pieces, _ = library(lines, vocab_size=110, character_coverage=1.0)
    trained = train(lines, Settings(vocab_size=110, character_coverage=1.0))
    assert [piece.decode() for piece in trained.pieces] == pieces


@given(st.lists(st.text(alphabet="abc 1é", min_size=1, max_size=40), min_size=4, max_size=8))
@settings(deadline=None, max_examples=40)
def test_the_library_s_vocabulary_on_few_letters(lines: list[str]):
    lines = ["aabbc 1éa", *lines]
    pieces, _ = library(lines, vocab_size=40, character_coverage=1.0, hard_vocab_limit=False)
    trained = train(lines, Settings(40, character_coverage=1.0))
    learned = len(META) + len(trained.events)  # where no pair is left the library goes on with pairs that were
    assert [piece.decode() for piece in trained.pieces[:learned]] == pieces[:learned]
    assert {piece.decode() for piece in trained.pieces} <= set(pieces)


def test_by_hand():
    """All pairs of ▁newest come twice: of two characters and first in their order is es; then ew, as n e w es t has no
    s t left; then ▁n; and of es+t and ew+es the shorter."""
    trained = train(["newest newest"], Settings(vocab_size=len(META) + 6 + 4))
    assert [piece.decode() for piece in trained.pieces[3:7]] == ["es", "ew", "▁n", "est"]


@pytest.mark.parametrize("told", [{}, {"split_by_unicode_script": False}, {"split_by_number": False}])
def test_tabs_are_learned_as_the_library_learns_them(told: dict[str, Any]):
    lines = ["a\t\tb c\t\td\t1", "the\t\tcat sat\t\ton 1\t2", "\tx\t\t\ty", "cat\tcat\tcat"] * 40
    pieces, scores = library(lines, vocab_size=35, **told)
    trained = train(lines, Settings(vocab_size=len(pieces), **told))
    assert [piece.decode() for piece in trained.pieces] == pieces
    assert list(trained.scores) == scores
    assert "\t\t" in pieces


def test_pieces_that_may_not_be():
    rules = Settings(vocab_size=100)
    assert not valid("a" * 17, rules)
    assert not valid("a\tb", rules)
    assert not valid("a1", rules)
    assert valid("11", rules)
    assert valid("a1", Settings(vocab_size=100, split_by_number=False))
    assert not valid("11", Settings(vocab_size=100, split_digits=True))
    assert script_of("\U0001f642") == "Common"
    assert script_of("𐎀") == "another"  # Ugaritic
    assert valid("e\u0301", rules)
    assert not valid("1\u0301b", rules)


def test_too_small_a_vocabulary_is_said():
    with pytest.raises(VocabularyTooSmallError, match="no room") as error:
        train(["abcdefgh"], Settings(vocab_size=6))
    assert "12" in (error.value.hint or "")
