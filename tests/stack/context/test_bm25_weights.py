"""Weights that lie ready give the scores that are calculated, by every variant."""

from __future__ import annotations

import random

import numpy as np
import pytest

from explorer.stack.context import bm25
from explorer.stack.context.bm25_weights import Weights

WORDS = [f"w{at}" for at in range(30)]


@pytest.mark.parametrize("variant", bm25.VARIANTS)
def test_the_scores_are_those_without_them(variant: bm25.Variant) -> None:
    draw = random.Random(0)
    index = bm25.indexed([draw.choices(WORDS, k=draw.randint(0, 40)) for _ in range(50)])
    weights = Weights.of(index, variant, k1=1.2, b=0.6)
    for question in (["w1"], ["w1", "w1", "w7"], ["unknown", "w3"], [], draw.choices(WORDS, k=12)):
        right = bm25.scores(index, question, variant, 1.2, 0.6)
        assert np.allclose(weights.scores(question), right, rtol=1e-5, atol=1e-5)


def test_no_passage_and_no_word() -> None:
    assert Weights.of(bm25.indexed([])).scores(["a"]).tolist() == []
    assert Weights.of(bm25.indexed([[], []])).scores(["a"]).tolist() == [0, 0]
