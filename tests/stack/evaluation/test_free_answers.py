"""Filters of free answers, pass@k, explained variance and contamination: by hand, and as other formulas have them."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score, roc_auc_score

from explorer.stack.evaluation import contamination, free_answers
from explorer.stack.evaluation.explained_variance import explained_variance
from explorer.stack.evaluation.pass_at_k import naive_pass_at_k, pass_all_k, pass_at_k


@pytest.mark.parametrize(
    ("text", "strict", "flexible", "number"),
    [
        ("6 * 7 = 42\n#### 42", "42", "42", "42"),
        ("The answer is 5. Hmm...", None, "...", "5"),
        ("It costs $1,234.50.", None, "$1,234.50.", "1,234.50"),
        ("#### -3\n#### 4", "-3", "4", "4"),
        ("none", None, None, None),
        ("7", None, "7", "7"),
    ],
)
def test_filters(text: str, strict: str | None, flexible: str | None, number: str | None) -> None:
    assert free_answers.strict(text) == strict
    assert free_answers.flexible(text) == flexible
    assert free_answers.number(text) == number


def test_a_right_answer_is_lost_to_dots() -> None:
    text = "The answer is 5. Hmm..."
    assert not free_answers.same(free_answers.flexible(text), "5")
    assert free_answers.same(free_answers.number(text), "5")


def test_the_majority_counts_normalised_answers() -> None:
    assert free_answers.majority(["1,000", "$1000", "999", "999.", "1000."]) == "1000"
    assert free_answers.majority([None, None]) is None
    assert free_answers.majority(["1", "2"]) == "1"


def test_pass_at_k_by_hand() -> None:
    assert pass_at_k(10, 3, 1) == pytest.approx(0.3)
    assert pass_at_k(10, 3, 5) == pytest.approx(0.916667, abs=5e-7)
    assert pass_at_k(10, 3, 8) == 1
    assert pass_all_k(10, 3, 2) == pytest.approx(0.066667, abs=5e-7)
    assert math.isnan(pass_at_k(4, 2, 5))
    assert math.isnan(pass_all_k(4, 2, 5))


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_it_is_the_mean_over_all_choices(case: tuple[int, int, int]) -> None:
    n, c, k = case
    chosen = list(combinations([1] * c + [0] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(max, chosen)) / len(chosen))
    assert pass_all_k(n, c, k) == pytest.approx(sum(map(min, chosen)) / len(chosen))


def test_it_is_the_product_that_the_paper_prints() -> None:
    for n, c, k in ((10, 3, 5), (200, 13, 100), (20, 1, 7)):
        printed = 1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1))
        assert pass_at_k(n, c, k) == pytest.approx(float(printed))


def test_the_estimator_is_unbiased_and_the_naive_one_is_not() -> None:
    rate, n, k = 0.3, 10, 5
    chance = [math.comb(n, c) * rate**c * (1 - rate) ** (n - c) for c in range(n + 1)]
    true = 1 - (1 - rate) ** k
    assert sum(p * pass_at_k(n, c, k) for c, p in enumerate(chance)) == pytest.approx(true)
    assert sum(p * naive_pass_at_k(n, c, k) for c, p in enumerate(chance)) < true - 0.04


def test_explained_variance_is_scikit_learns() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(500, 6, generator=generator, dtype=torch.float64) * torch.arange(1, 7) + 3
    y = x + 0.5 * torch.randn(500, 6, generator=generator, dtype=torch.float64)
    theirs = r2_score(x, y, multioutput="variance_weighted")
    assert explained_variance(x, y).true == pytest.approx(float(theirs))


def test_what_other_formulas_say() -> None:
    x = torch.randn(20_000, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 5
    made = explained_variance(x, x.mean(0).expand_as(x))
    assert made.true == pytest.approx(0, abs=1e-9)
    assert made.squared_squares == pytest.approx(0.935, abs=5e-4)
    long = 240 * torch.nn.functional.normalize(x, dim=-1)
    found = explained_variance(long, long.mean(0).expand_as(long))
    assert found.coded_variance == pytest.approx(240**2 - (240**2 / 64) ** 2)
    assert found.squared_squares > 1
    mixed = torch.randn(4000, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    mixed = mixed * torch.tensor([0.1, 10.0], dtype=torch.float64).repeat(2000)[:, None]
    noise = torch.randn(4000, 64, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    both = explained_variance(mixed, mixed + noise)
    assert both.true > 0.95
    assert both.ratio_averaged < 0


def test_min_k_by_numpy() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20, 11, generator=generator, dtype=torch.float64)
    ids = torch.randint(11, (20,), generator=generator)
    p = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(-1, keepdims=True)
    own = np.log(p)[np.arange(20), ids.numpy()]
    mean = (p * np.log(p)).sum(-1)
    z = (own - mean) / np.sqrt((p * np.log(p) ** 2).sum(-1) - mean**2)
    np.testing.assert_allclose(contamination.z_scores(logits, ids), z)
    assert contamination.min_k(logits, ids, 0.2) == pytest.approx(np.sort(own)[:4].mean())
    assert contamination.min_k_plus(logits, ids, 0.2) == pytest.approx(np.sort(z)[:4].mean())


def test_auroc_is_scikit_learns() -> None:
    generator = torch.Generator().manual_seed(0)
    members, others = (torch.randint(9, (20,), generator=generator).double() + at for at in (1, 0))
    theirs = roc_auc_score([1] * 20 + [0] * 20, torch.cat([members, others]))
    assert contamination.auroc(members.tolist(), others.tolist()) == pytest.approx(float(theirs))
