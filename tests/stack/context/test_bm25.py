"""BM25 in its variants: by hand, against the libraries that people use, and what must hold for any texts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.context.bm25 import VARIANTS, Variant, by_word, idf, indexed, scores, words

TEXTS = ["the cat sat on the mat", "the dog ate my cat", "a bird sang", "the dog and the dog barked at the cat"]
#: Of the four texts, "cat dog": computed apart from this project.
KNOWN: dict[Variant, list[float]] = {
    "lucene": [0.139932, 0.446114, 0, 0.448928],
    "robertson": [0, 0, 0, 0],
    "atire": [0.282162, 1.041990, 0, 1.067318],
    "bm25l": [0.874318, 1.358055, 0.656139, 1.366121],
    "bm25+": [1.214581, 2.229663, 0.713558, 2.228539],
    "okapi": [0.133560, 0.144664, 0, 0.108561],
}
corpora = st.lists(st.lists(st.sampled_from("abcde"), max_size=8), min_size=1, max_size=6).filter(any)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_published_numbers(variant: Variant) -> None:
    index = indexed([text.split() for text in TEXTS])
    np.testing.assert_allclose(scores(index, ["cat", "dog"], variant), KNOWN[variant], atol=1e-6)


def test_the_ranking_flips_with_the_variant() -> None:
    index = indexed([text.split() for text in TEXTS])
    best = {variant: int(scores(index, ["cat", "dog"], variant).argmax()) for variant in VARIANTS}
    assert (best["lucene"], best["okapi"]) == (3, 1)


def test_lucene_by_hand() -> None:
    """Two texts of three words and one: "b" is in one of two, once, in the longer one."""
    index = indexed([["a", "b", "a"], ["a"]])
    rarity, relative = math.log(1 + 1.5 / 1.5), 3 / 2
    assert idf(index, "b", "lucene") == pytest.approx(rarity)
    share = rarity * 1 / (1.5 * (0.25 + 0.75 * relative) + 1)
    assert scores(index, ["b"]).tolist() == pytest.approx([share, 0])


@given(corpora, st.sampled_from(VARIANTS))
@settings(max_examples=30, deadline=None)
def test_counting_word_by_word_gives_the_same(texts: list[list[str]], variant: Variant) -> None:
    """A loop over texts and words, with what a word adds where it is absent: not below nought, and linear in words."""
    index = indexed(texts)
    for word in "abcde":
        held = [text.count(word) for text in texts]
        found = index.entries(word)
        assert [int(index.counts[found][index.passages[found] == at].sum()) for at in range(len(texts))] == held
    once, twice = scores(index, ["a", "b"], variant), scores(index, ["a", "b", "a", "b"], variant)
    np.testing.assert_allclose(twice, 2 * once)
    assert not scores(index, ["unknown"], variant).any()


@given(corpora)
@settings(max_examples=30, deadline=None)
def test_lucene_ranks_as_with_k1_plus_one(texts: list[list[str]]) -> None:
    """(k1 + 1) multiplies all scores alike: ATIRE's tf is 2.5 times Lucene's."""
    index = indexed(texts)
    for word in index.words:
        lucene, atire = by_word(index, [word])[0], by_word(index, [word], "atire")[0]
        if idf(index, word, "atire"):
            np.testing.assert_allclose(
                atire / idf(index, word, "atire"), 2.5 * lucene / idf(index, word, "lucene"), atol=1e-12
            )


def test_no_passages_and_empty_ones() -> None:
    assert scores(indexed([]), ["a"]).shape == (0,)
    assert scores(indexed([[], []]), ["a"]).tolist() == [0, 0]
    assert words("") == []
    assert words("שלום <script>") == ["שלום", "script"]


@pytest.mark.thorough
@pytest.mark.parametrize("variant", VARIANTS[:5])
def test_bm25s_has_the_same_scores(variant: Variant) -> None:
    bm25s = pytest.importorskip("bm25s")
    texts = [[str(n) for n in np.random.default_rng(at).zipf(1.5, 20 + at)] for at in range(60)]
    theirs = bm25s.BM25(method=variant, k1=1.5, b=0.75, delta=0.5)
    theirs.index(texts, show_progress=False)
    question = ["1", "2", "5", "9"]
    np.testing.assert_allclose(scores(indexed(texts), question, variant), theirs.get_scores(question), atol=1e-4)


@pytest.mark.thorough
def test_rank_bm25_has_the_same_scores() -> None:
    rank_bm25 = pytest.importorskip("rank_bm25")
    texts = [[str(n) for n in np.random.default_rng(at).zipf(1.5, 20 + at)] for at in range(60)]
    question = ["1", "2", "5", "9"]
    np.testing.assert_allclose(
        scores(indexed(texts), question, "okapi"), rank_bm25.BM25Okapi(texts).get_scores(question), atol=1e-9
    )
