"""What tells a guess from knowledge: ranking, entropy over meanings, linear probes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy as of_scipy
from sklearn.metrics import roc_auc_score

from explorer.errors import BadRequestError
from explorer.stack.evaluation.contamination import auroc
from explorer.stack.safety import roc, semantic_entropy
from explorer.stack.safety.ranking import ranked
from explorer.stack.safety.semantic_entropy import meanings, plain

scores = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=12)


@given(scores, scores)
@settings(max_examples=40)
def test_the_area_is_that_of_scikit_learn_and_of_the_pairs(positive: list[float], negative: list[float]) -> None:
    made = ranked(positive, negative)
    theirs = roc_auc_score([1] * len(positive) + [0] * len(negative), positive + negative)
    assert made.auroc == pytest.approx(theirs, abs=1e-12)
    assert made.auroc == pytest.approx(auroc(positive, negative), abs=1e-12)
    assert 0 <= made.low <= made.auroc <= made.high <= 1
    turned = ranked(negative, positive)
    assert (turned.auroc, turned.low, turned.high) == pytest.approx((1 - made.auroc, 1 - made.high, 1 - made.low))


def test_the_interval_ends_where_its_own_variance_refuses() -> None:
    made = ranked([4.0, 3.0, 1.0], [2.0, 0.0])
    assert made.auroc == pytest.approx(5 / 6)
    for bound in (made.low, made.high):
        gap = abs(bound - made.auroc) - 1.959964 * math.sqrt(roc.variance(bound, 3, 2))
        assert gap == pytest.approx(0, abs=1e-6) or bound in (0, 1)


def test_more_cases_make_it_narrower_and_no_case_none() -> None:
    few, many = (ranked([1.0, 3.0] * n, [0.0, 2.0] * n) for n in (5, 50))
    assert many.high - many.low < (few.high - few.low) / 2
    with pytest.raises(BadRequestError, match="both kinds"):
        ranked([], [1.0])
    with pytest.raises(BadRequestError, match="with a score"):
        ranked([math.nan], [1.0])


def test_the_interval_holds_the_true_area_as_often_as_it_says() -> None:
    """Normal scores one deviation apart: the area is Phi(1 / sqrt 2)."""
    draw, true = np.random.default_rng(0), 0.760250
    found = [ranked(draw.normal(1, 1, 20).tolist(), draw.normal(0, 1, 30).tolist()) for _ in range(200)]
    inside = sum(each.low <= true <= each.high for each in found)
    assert 182 <= inside <= 199


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=12))
@settings(max_examples=40)
def test_meanings_are_coarser_than_texts(drawn: list[tuple[str, str]]) -> None:
    keys, texts = [key for key, _ in drawn], [key + text for key, text in drawn]
    chances = {text: (1 + sum(map(ord, text)) % 7) / 10 for text in texts}
    made = meanings(keys, texts, [chances[text] for text in texts])
    by_text = meanings(texts, texts, [chances[text] for text in texts])
    assert made.semantic <= by_text.semantic + 1e-12
    assert made.discrete == pytest.approx(of_scipy(list({k: keys.count(k) for k in keys}.values())))
    assert sum(each.probability for each in made.clusters) == pytest.approx(1)
    assert sum(each.count for each in made.clusters) == len(texts)
    assert made.clusters[0].count == max(each.count for each in made.clusters)


def test_one_town_in_two_wordings_is_one_meaning_and_two_texts() -> None:
    made = meanings(["Kelby", "Kelby"], ["In Kelby.", "Kelby."], [0.5, 0.5])
    assert (made.semantic, made.discrete, made.consistency) == (0.0, 0.0, 1.0)
    assert made.predictive == pytest.approx(math.log(2))
    with pytest.raises(BadRequestError, match="No answer"):
        meanings([], [], [])


def test_texts_too_unlikely_for_a_float_count_by_how_often_they_came() -> None:
    made = meanings(["a", "b", "b"], ["a", "b", "b"], [0.0, 0.0, 0.0])
    assert [each.key for each in made.clusters] == ["b", "a"]
    assert math.isfinite(made.semantic)
    assert math.isfinite(made.predictive)


@pytest.mark.parametrize(("text", "left"), [("\n Paris, France.\nIt", "paris france"), ("A cat", "cat"), ("", "")])
def test_the_rule_for_texts(text: str, left: str) -> None:
    assert plain(text) == left


def test_entropy_of_one_certain_thing_is_none() -> None:
    assert semantic_entropy.entropy([1.0, 0.0]) == 0
