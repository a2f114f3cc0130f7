"""What reconstructions are worth, matched directions and known features: by hand, by brute force, by properties."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.frontier.sparse_autoencoders.autoencoder import SparseAutoencoder
from explorer.stack.frontier.sparse_autoencoders.matching import matched, neighbours
from explorer.stack.frontier.sparse_autoencoders.metrics import (
    Fidelity,
    Predicted,
    divergence_score,
    fit,
    reconstruction_bias,
    recovered,
)
from explorer.stack.frontier.sparse_autoencoders.synthetic import (
    Synthetic,
    Truth,
    absorption,
    recovery,
    synthetic,
)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_a_fit_is_numpy_s() -> None:
    sae = SparseAutoencoder(8, 20, "topk", 3).initialise(torch.zeros(8), torch.Generator().manual_seed(0)).eval()
    x = drawn(50, 8)
    found = fit(sae, x)
    acts, y, seen = sae.encode(x).acts.detach().numpy(), sae(x).detach().numpy(), x.numpy()
    assert found.explained.true == pytest.approx(1 - ((seen - y) ** 2).sum(1).mean() / seen.var(0).sum(), abs=1e-6)
    assert found.l0 == pytest.approx(np.count_nonzero(acts, axis=1).mean())
    assert found.dead == pytest.approx((np.count_nonzero(acts, axis=0) == 0).mean())
    assert found.bias == pytest.approx((y**2).sum() / (seen * y).sum(), abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(0.1, 3.0))
def test_bias_is_the_factor_of_what_is_only_shorter(factor: float) -> None:
    x = drawn(20, 5)
    assert reconstruction_bias(x, factor * x) == pytest.approx(factor, rel=1e-5)


def test_recovered_is_1_of_nothing_changed_and_0_of_the_ablation_itself() -> None:
    assert recovered(clean=3.0, replaced=3.0, ablated=9.0) == 1
    assert recovered(clean=3.0, replaced=9.0, ablated=9.0) == 0
    assert divergence_score(replaced=0.5, ablated=2.0) == 0.75
    with pytest.raises(ValueError, match="costs nothing"):
        recovered(clean=3.0, replaced=3.0, ablated=3.0)


def test_a_harsher_ablation_flatters() -> None:
    made = Fidelity(
        Predicted(3.0, 0.0), Predicted(4.0, 1.0), {"zero": Predicted(13.0, 8.0), "mean": Predicted(5.0, 2.0)}
    )
    assert made.recovered == {"zero": 0.9, "mean": 0.5}
    assert made.divergence_scores == {"zero": 0.875, "mean": 0.5}


def test_the_matching_is_the_best_of_all_permutations() -> None:
    a, b = drawn(5, 4), drawn(5, 4, seed=1)
    cosines = F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).T
    best = max(permutations(range(5)), key=lambda order: float(sum(cosines[i, j] for i, j in enumerate(order))))
    found = matched(a, b)
    assert tuple(found.partner.tolist()) == best
    assert bool((found.best >= found.cosine - 1e-6).all())
    with pytest.raises(ValueError, match="one to one"):
        matched(drawn(6, 4), b)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_shuffled_dictionary_is_found_again(seed: int) -> None:
    a = drawn(12, 16, seed=seed)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(seed))
    found = matched(a, 3 * a[order])
    assert found.share() == 1
    assert order[found.partner].tolist() == list(range(12))


def test_neighbours_leave_the_feature_itself_out() -> None:
    directions = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [-1.0, 0.0]])
    indices, cosines = neighbours(directions, 0, 9)
    assert indices.tolist() == [1, 2, 3]
    assert cosines[2].item() == pytest.approx(-1)


# ---- known features --------------------------------------------------------------------------------------------------


def test_vectors_are_sums_of_their_features_and_children_come_with_their_parents() -> None:
    made = synthetic(Truth(d_model=8, features=30, on=4.0, children=6), 3000, torch.Generator().manual_seed(0))
    by_hand = sum(made.acts[5, i] * made.directions[i] for i in range(30))
    torch.testing.assert_close(made.x[5], by_hand)
    parents, children = made.acts[:, :6] > 0, made.acts[:, -6:] > 0
    assert not bool((children & ~parents).any())
    assert bool((children.sum(0) / parents.sum(0) - 0.5).abs().max() < 0.1)
    with pytest.raises(ValueError, match="as many parents"):
        synthetic(Truth(features=10, children=6), 5, torch.Generator())


def test_half_a_truth_is_half_recovered() -> None:
    truth = F.normalize(drawn(10, 64), dim=-1)
    assert recovery(truth, truth[:5]).share == 0.5
    assert recovery(truth, truth).mean == pytest.approx(1)


def test_a_child_that_carries_its_parent_has_absorbed_it() -> None:
    """By hand: the parent's feature is silent on the two of four tokens where the child's stands for both."""
    directions = torch.eye(2)
    acts = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    made = Synthetic(Truth(d_model=2, features=2, children=1), directions, acts)
    dictionary = F.normalize(torch.tensor([[1.0, 0.0], [1.0, 1.0]]), dim=-1)
    found = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 2.0**0.5], [0.0, 2.0**0.5]])
    assert absorption(made, dictionary, found).tolist() == [0.5]
    assert absorption(made, directions, acts).tolist() == [0.0]
