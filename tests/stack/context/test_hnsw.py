"""HNSW: equal to hnswlib's graph link by link, against exact search, by its own rules, by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.context import hnsw
from explorer.stack.context.hnsw import Index

THEIRS = Path(__file__).parent / "hnswlib_graph.json"


def vectors(n: int, d: int = 16, seed: int = 0) -> np.ndarray:
    return hnsw.unit(np.random.default_rng(seed).normal(size=(n, d)))


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.built(vectors(500), m=6, ef_construction=40, record=100_000)


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    return json.loads(THEIRS.read_text())


def test_the_graph_is_hnswlibs_link_by_link(theirs: dict[str, Any]) -> None:
    """Recorded from hnswlib 0.8.0 with the same vectors, M, ef_construction and seed."""
    x = vectors(300, seed=7)
    ours = Index.built(x, m=4, ef_construction=30)
    levels = ours.graph.levels.tolist()
    assert levels == theirs["levels"]
    assert ours.entry == theirs["entry"]
    assert [ours.links(at).tolist() for at in range(300)] == theirs["ground"]
    above = [ours.links(at, level).tolist() for at in range(300) for level in range(1, levels[at] + 1)]
    assert above == theirs["upper"]
    assert ours.search(hnsw.unit(x[:20] + 0.1), 5, 12).ids.tolist() == theirs["ef 12"]


def test_a_long_list_finds_what_exact_search_finds(index: Index) -> None:
    queries = vectors(40, seed=1)
    true = hnsw.exact_nearest(index.graph.vectors, queries, 10)
    found = {ef: index.search(queries, 10, ef) for ef in (10, 40, 500)}
    recalls = [hnsw.recall(each.ids, true.ids).mean() for each in found.values()]
    assert recalls == sorted(recalls)
    assert recalls[0] > 0.6
    assert recalls[2] == 1
    assert found[10].calculated < found[40].calculated < 500
    assert np.allclose(found[500].distances, true.distances, atol=1e-5)


def test_rows_keep_their_size_and_point_to_nodes_of_their_layer(index: Index) -> None:
    levels = index.graph.levels
    for node in range(index.size):
        for level in range(levels[node] + 1):
            held = index.links(node, level).tolist()
            assert len(held) <= (12 if level == 0 else 6)
            assert node not in held
            assert len(set(held)) == len(held)
            assert all(levels[each] >= level for each in held)
    assert len(hnsw.reachable(index)) == 500


def test_levels_are_as_rare_as_the_formula_says() -> None:
    levels = hnsw.levels_drawn(100_000, 16)
    assert (levels >= 1).mean() == pytest.approx(1 / 16, abs=0.003)
    assert (levels >= 2).mean() == pytest.approx(1 / 256, abs=0.0008)


def test_the_replay_is_the_search(index: Index) -> None:
    """Each step stands in the row of a node that was reached before; what is found is among the steps."""
    query = vectors(1, seed=2)
    replay, found = index.replay(query[0], 5, 20), index.search(query, 5, 20)
    assert replay.ids.tolist() == found.ids[0].tolist()
    reached = {index.entry}
    for level, start, to, _ in replay.steps.tolist():
        assert start in reached
        assert to in index.links(start, level)
        reached.add(to)
    assert set(replay.ids.tolist()) <= replay.seen <= reached
    assert len(replay.steps) >= found.calculated - index.top - 1


def test_what_was_pruned_had_a_nearer_neighbour_in_its_way(index: Index) -> None:
    x = index.graph.vectors
    assert 0 < len(index.pruned) < 100_000
    for _, owner, to, by in index.pruned[::97]:
        if by != owner:
            assert x[by] @ x[to] > x[owner] @ x[to] - 1e-6


def test_one_link_more_finds_a_neighbour_that_was_missed(index: Index) -> None:
    queries = vectors(60, seed=1)
    true = hnsw.exact_nearest(index.graph.vectors, queries, 10).ids
    ids = index.search(queries, 10, 10).ids
    at, missed = next((at, set(a) - set(b)) for at, (a, b) in enumerate(zip(true.tolist(), ids.tolist(), strict=True))
                      if set(a) - set(b))  # fmt: skip
    start = index.replay(queries[at], 10, 10).expanded[0]
    node = min(missed)
    assert node in index.with_link(start, node).search(queries[at : at + 1], 10, 10).ids
    assert node not in index.links(start)


def test_the_heuristic_by_hand() -> None:
    """Points on a circle: seen from 0, point .2 lies behind .1, and -.25 on the other side."""
    place = np.array([0.1, 0.2, -0.25, 0.0])
    x = np.stack([np.cos(place), np.sin(place)], 1).astype(np.float32)
    made = Index.built(x, m=2, ef_construction=8, record=20)  # 0 comes last: three candidates for two places
    assert sorted(made.links(3).tolist()) == [0, 2]
    assert [0, 3, 1, 0] in made.pruned.tolist()


def test_none_one_and_many_alike() -> None:
    assert Index.built(vectors(1)).search(vectors(1), 3, 10).ids.tolist() == [[0, -1, -1]]
    assert Index.built(np.zeros((0, 4), np.float32)).search(vectors(1, 4), 2, 10).ids.tolist() == [[-1, -1]]
    twice = np.repeat(vectors(1), 40, axis=0)
    assert len(set(Index.built(twice, m=4).search(twice[:1], 10, 10).ids[0].tolist())) == 10
    with pytest.raises(ValueError, match="at least 2"):
        Index.built(vectors(3), m=1)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 80), st.integers(2, 8), st.integers(0, 99))
def test_a_list_as_long_as_the_graph_is_exact_where_all_is_reached(n: int, m: int, seed: int) -> None:
    x = vectors(n, 6, seed)
    index = Index.built(x, m, 20, seed)
    near = hnsw.exact_nearest(x, x[:1], n)
    held = [each for each in near.ids[0].tolist() if each in hnsw.reachable(index)]
    # The walk down may begin elsewhere than at the entry: all that both can reach comes in the exact order.
    found = [each for each in index.search(x[:1], n, n).ids[0].tolist() if each in held]
    far = near.distances[0][[near.ids[0].tolist().index(each) for each in found]]
    assert (np.diff(far) >= -1e-6).all()
    assert found[0] == 0
