"""Kneser-Ney: its queries against kenlm, its estimate against the definition."""

from __future__ import annotations

import importlib.util
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora import passages
from explorer.stack.pretraining.data.kneser_ney import BOS, EOS, UNK, KneserNey, adjusted_counts, discounts_of
from explorer.stack.pretraining.data.words import simplified

SENTENCES = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8), min_size=2, max_size=12)


def _lines(kind: str) -> list[list[str]]:
    found = next(each for each in passages.read() if each.kind == kind)
    return [words for one in found.excerpts for line in one.text.split(".") if (words := simplified(line).split())]


@pytest.mark.skipif(importlib.util.find_spec("kenlm") is None, reason="kenlm is not installed: it comes as source only")
def test_every_word_is_what_kenlm_says(tmp_path: Path) -> None:
    import kenlm  # pyright: ignore[reportMissingImports]

    model = KneserNey.of(_lines("novel"), order=4)
    path = tmp_path / "model.arpa"
    path.write_text(model.arpa(), encoding="utf-8")
    theirs = kenlm.Model(str(path))
    backed = 0
    for line in _lines("novel")[:20] + _lines("encyclopaedia")[:20]:
        ours = model.read(line)
        for step, (log10, matched, unknown) in zip(ours, theirs.full_scores(" ".join(line)), strict=True):
            assert step.log10 == pytest.approx(log10, abs=2e-5)
            assert (step.matched, not step.known) == (matched, unknown)
            backed += bool(step.backoff)
        assert model.perplexity(line) == pytest.approx(theirs.perplexity(" ".join(line)), rel=1e-4)
    assert backed > 100


@given(SENTENCES, st.integers(2, 4))
@settings(deadline=None, max_examples=60)
def test_probabilities_after_any_words_sum_to_one(sentences: list[list[str]], order: int) -> None:
    model = KneserNey.of(sentences, order)
    words = [gram[0] for gram in model.probability if len(gram) == 1]
    for context in ((), (sentences[0][0],), tuple(sentences[-1])):
        total = sum(10 ** model._step(word, word, context[-(order - 1) :]).log10 for word in words)
        assert total == pytest.approx(1, abs=1e-9)
    assert EOS in words
    assert UNK in words
    assert BOS not in words


@given(SENTENCES)
@settings(deadline=None, max_examples=60)
def test_bigrams_by_the_definition(sentences: list[list[str]]) -> None:
    """Chen & Goodman's formula, written down again from the raw bigrams."""
    model = KneserNey.of(sentences, order=2)
    bigrams = Counter(pair for each in sentences for pair in pairwise([BOS, *each, EOS]))
    before = Counter(w for _, w in bigrams)
    size = len(before) + 1
    low, high = model.discounts

    def unigram(word: str) -> float:
        gamma = sum(low[min(count, 3) - 1] for count in before.values()) / len(bigrams)
        own = (before[word] - low[min(before[word], 3) - 1]) / len(bigrams) if word in before else 0
        return own + gamma / size

    for (h, w), count in bigrams.items():
        after = {v: c for (u, v), c in bigrams.items() if u == h}
        gamma = sum(high[min(c, 3) - 1] for c in after.values()) / sum(after.values())
        want = (count - high[min(count, 3) - 1]) / sum(after.values()) + gamma * unigram(w)
        assert 10 ** model._step(w, w, (h,)).log10 == pytest.approx(want, rel=1e-9)


def test_a_sentence_begin_keeps_its_count() -> None:
    levels = adjusted_counts([list("ab"), list("ab"), list("ab")], 3)
    assert levels[1][(BOS, "a")] == 3  # a raw count: nothing stands before <s>
    assert levels[1][("a", "b")] == 1
    assert (BOS,) not in levels[0]


@pytest.mark.parametrize("counts", [[1] * 5, [1] * 6 + [2] + [3] * 2, [2, 2, 3, 4]])
def test_a_small_corpus_falls_back(counts: list[int]) -> None:
    assert discounts_of(counts) == (0.5, 1.0, 1.5)
