"""k-means, inverted file and product quantization: against scikit-learn, exact search, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from explorer.stack.context.inverted_file import InvertedFile
from explorer.stack.context.k_means import improved, k_means, nearest_centre
from explorer.stack.context.product_quantization import Quantizer, reranked


def vectors(n: int = 300, d: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def nearest(x: np.ndarray, query: np.ndarray, k: int) -> list[int]:
    return np.argsort(((x - query) ** 2).sum(1), kind="stable")[:k].tolist()


def test_the_same_centres_as_scikit_learn_from_the_same_start() -> None:
    x = vectors()
    start = x[:12]
    kmeans: Any = KMeans
    theirs = kmeans(12, init=start, n_init=1, algorithm="lloyd", tol=0, max_iter=200).fit(x)
    ours = improved(x, start, 200)
    assert ours.cells.tolist() == theirs.labels_.tolist()
    assert np.allclose(ours.centres, theirs.cluster_centers_)
    assert ours.errors[-1] == pytest.approx(theirs.inertia_ / len(x))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_no_round_raises_the_error_and_no_cell_is_empty(n: int, k: int, seed: int) -> None:
    x = vectors(n, 2, seed)
    made = k_means(x, min(k, n), seed)
    assert (np.diff(made.errors) <= 1e-9).all()
    assert set(made.cells.tolist()) == set(range(min(k, n)))


def test_a_cell_without_vectors_gets_the_farthest_one() -> None:
    x = np.array([[0.0], [1.0], [10.0]])
    made = improved(x, np.array([[0.5], [99.0]]), 10)
    assert sorted(made.centres.ravel().tolist()) == [0.5, 10]


def test_more_cells_than_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="7 cells of 3 vectors"):
        k_means(vectors(3), 7)


def test_all_cells_are_exact_and_fewer_look_at_less() -> None:
    x = vectors(400)
    index, queries = InvertedFile.built(x, 20), vectors(30, seed=1)
    right = [nearest(x, each, 5) for each in queries]
    recalls = []
    for probes in (1, 4, 20):
        found = [index.search(each, 5, probes) for each in queries]
        recalls.append(np.mean([len(set(a.ids.tolist()) & set(b)) / 5 for a, b in zip(found, right, strict=True)]))
        counts = [20 + sum(len(index.members(int(cell))) for cell in each.cells) for each in found]
        assert [each.calculated for each in found] == counts
    assert recalls == sorted(recalls)
    assert recalls[-1] == 1
    assert [index.search(each, 5, 20).ids.tolist() for each in queries] == right


def test_a_missed_one_is_found_with_as_many_cells_as_it_is_said() -> None:
    x = vectors(400)
    index = InvertedFile.built(x, 20)
    for query in vectors(20, seed=1):
        probed = index.search(query, 5, 1)
        for node in set(nearest(x, query, 5)) - set(probed.ids.tolist()):
            needed = index.probes_for(node, probed)
            assert needed > 1
            assert node in index.search(query, 5, needed).ids
            assert node not in index.search(query, 5, needed - 1).ids


def test_every_vector_is_in_the_list_of_its_nearest_centre() -> None:
    x = vectors()
    index = InvertedFile.built(x, 9)
    held = [index.members(cell) for cell in range(9)]
    assert sorted(np.concatenate(held).tolist()) == list(range(len(x)))
    for cell, members in enumerate(held):
        assert (nearest_centre(x[members], index.clustered.centres)[0] == cell).all()


def test_a_code_by_hand() -> None:
    quantizer = Quantizer(np.array([[[0.0, 0.0], [1.0, 1.0]], [[5.0, 0.0], [0.0, 5.0]]]), (0.0, 0.0))
    codes = quantizer.codes(np.array([[0.9, 0.8, 4.0, 1.0], [0.1, 0.0, 0.0, 4.0]]))
    assert codes.tolist() == [[1, 0], [0, 1]]
    assert quantizer.decoded(codes).tolist() == [[1, 1, 5, 0], [0, 0, 0, 5]]
    assert quantizer.distances(np.zeros(4), codes).tolist() == [27, 25]


def test_as_many_centres_as_vectors_lose_nothing() -> None:
    x = vectors(60)
    quantizer = Quantizer.trained(x, 2, 60)
    assert np.allclose(quantizer.decoded(quantizer.codes(x)), x)
    assert quantizer.search(x[5], quantizer.codes(x), 6).tolist() == nearest(x, x[5], 6)


def test_more_parts_are_nearer_and_reranking_finds_more() -> None:
    x, queries = vectors(600, 16), vectors(40, 16, seed=1)
    right, recalls = [nearest(x, each, 5) for each in queries], []
    for parts in (2, 8):
        quantizer = Quantizer.trained(x, parts, 64)
        codes = quantizer.codes(x)
        plain = [quantizer.search(each, codes, 5).tolist() for each in queries]
        again = [reranked(each, x, quantizer.search(each, codes, 40), 5).tolist() for each in queries]
        recalls.append([np.mean([len({*a} & {*b}) / 5 for a, b in zip(f, right, strict=True)]) for f in (plain, again)])
        error = ((quantizer.decoded(codes) - x) ** 2).sum(1).mean()
        assert error == pytest.approx(sum(quantizer.errors), rel=1e-6)
    assert recalls[0][0] < recalls[1][0] < recalls[1][1]
    assert recalls[0][0] < recalls[0][1]


@pytest.mark.parametrize(("parts", "centres", "words"), [(3, 4, "do not divide"), (2, 300, "a byte holds")])
def test_what_cannot_be_coded_is_refused(parts: int, centres: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Quantizer.trained(vectors(), parts, centres)
