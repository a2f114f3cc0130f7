"""HNSW: against exact search, by its own rules, and against hnswlib's structure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.stack.context import hnsw
from explorer.stack.context.hnsw import Graph


def vectors(n: int, d: int = 24, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return hnsw.built(vectors(600), m=6, ef=40, kept=100_000)


def test_a_full_list_finds_what_exact_search_finds(graph: Graph) -> None:
    queries = vectors(40, seed=1)
    true = hnsw.exact(graph.links.vectors, queries)
    recalls = [hnsw.recall(hnsw.search_all(graph, queries, ef=ef), true).mean() for ef in (10, 40, 600)]
    assert recalls == sorted(recalls)
    assert recalls[0] > 0.6
    assert recalls[2] == 1


def test_lists_keep_their_size_and_point_to_nodes_of_their_level(graph: Graph) -> None:
    levels = graph.links.levels
    for node in range(len(levels)):
        for level in range(levels[node] + 1):
            held = graph.neighbours(node, level)
            assert len(held) <= (12 if level == 0 else 6)
            assert node not in held
            assert len(set(held)) == len(held)
            assert all(levels[each] >= level for each in held)


def test_levels_are_as_rare_as_the_formula_says() -> None:
    levels = hnsw.drawn_levels(200_000, 16)
    assert (levels >= 1).mean() == pytest.approx(1 / 16, abs=0.002)
    assert (levels >= 2).mean() == pytest.approx(1 / 256, abs=0.0006)


def test_the_walk_is_the_search(graph: Graph) -> None:
    """Each step stands in the list of a node that was reached before; the found ones are among the steps."""
    query = vectors(1, seed=2)[0]
    found = hnsw.search(graph, query, 5, 20)
    reached = {graph.entry}
    for step in found.steps:
        assert step.begin in reached
        assert step.end in graph.neighbours(step.begin, step.level)
        assert step.far == pytest.approx(1 - float(graph.links.vectors[step.end] @ query), abs=1e-5)
        reached |= {step.end}
    assert set(found.ids.tolist()) <= reached
    assert found.fars.tolist() == sorted(found.fars.tolist())
    assert hnsw.search_all(graph, query[None], 5, 20)[0].tolist() == found.ids.tolist()


def test_a_dropped_link_had_a_nearer_neighbour_in_its_way(graph: Graph) -> None:
    x, count = graph.links.vectors, graph.links.n_dropped[0]
    assert 0 < count < 100_000
    for owner, end, by in graph.links.dropped[:count:97]:
        assert float(x[by] @ x[end]) > float(x[owner] @ x[end]) - 1e-6
    ends = graph.links.dropped[:count, 1]
    owner, by = hnsw.dropped_links(graph, int(ends[0]))[0]
    assert int(ends[0]) not in graph.neighbours(owner)
    assert by != ends[0]


def test_the_heuristic_by_hand() -> None:
    """Points on a line: seen from 0, point 2 lies behind point 1, and -1 on the other side."""
    place = np.array([0.0, 0.1, 0.2, -0.15])
    x = np.stack([np.cos(place), np.sin(place)], 1).astype(np.float32)
    made = hnsw.built(x[[1, 2, 3, 0]], m=2, ef=8)  # 0 comes last, with three candidates for two places
    assert sorted(made.neighbours(3)) == [0, 2]


def test_structure_is_counted(graph: Graph) -> None:
    found = hnsw.structure(graph)
    assert found.at_level[0] == 600
    assert found.most <= 12
    assert found.reached == 600
    assert found.degree == pytest.approx(np.mean([len(graph.neighbours(at)) for at in range(600)]))


def test_one_vector_two_alike_and_a_bad_m() -> None:
    assert hnsw.search(hnsw.built(vectors(1)), vectors(1)[0], 3).ids.tolist() == [0]
    twice = np.repeat(vectors(1), 40, axis=0)
    assert len(set(hnsw.search(hnsw.built(twice, m=4), twice[0], 10).ids.tolist())) == 10
    with pytest.raises(ValueError, match="at least 2"):
        hnsw.built(vectors(3), m=1)


def test_the_graph_is_hnswlibs_link_by_link() -> None:
    """Recorded from hnswlib 0.8.0 with the same vectors, M, ef_construction and seed."""
    theirs = json.loads((Path(__file__).parent / "hnswlib_graph.json").read_text())
    made = np.random.default_rng(7).normal(size=(300, 16))
    x = np.ascontiguousarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)
    ours = hnsw.built(x, m=4, ef=30)
    levels = ours.links.levels.tolist()
    assert levels == theirs["levels"]
    assert ours.entry == theirs["entry"]
    assert [ours.neighbours(at) for at in range(300)] == theirs["ground"]
    assert [ours.neighbours(at, level) for at in range(300) for level in range(1, levels[at] + 1)] == theirs["upper"]
    queries = x[:20] + np.float32(0.1)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    assert hnsw.search_all(ours, queries, 5, 12).tolist() == theirs["ef 12"]


def test_one_link_more_finds_a_neighbour_that_was_missed(graph: Graph) -> None:
    queries = vectors(60, seed=1)
    true, found = hnsw.exact(graph.links.vectors, queries), hnsw.search_all(graph, queries, ef=10)
    lost = [(at, min(set(a) - set(b))) for at, (a, b) in enumerate(zip(true.tolist(), found.tolist(), strict=True))
            if set(a) - set(b)]  # fmt: skip
    assert lost
    for at, node in lost[:10]:
        begin = hnsw.search(graph, queries[at], 10, 10).stood[0]
        assert node not in graph.neighbours(begin)
        assert node in hnsw.search(hnsw.with_link(graph, begin, node), queries[at], 10, 10).ids


def test_a_link_without_a_place_is_written_down_too() -> None:
    """Seen from 0, three points in three directions, and two places."""
    turn = np.array([0.2, 2.3, 4.4, 0.0])
    x = np.stack([np.cos(turn), np.sin(turn), [0, 0, 0, 3]], 1)
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    made = hnsw.built(x, m=2, ef=8, kept=50)
    events = made.links.dropped[: made.links.n_dropped[0]].tolist()
    assert any(owner == by == 3 for owner, _, by in events)
