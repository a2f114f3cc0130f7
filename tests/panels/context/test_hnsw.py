"""HNSW: the walk is whole, misses are explained, and each check fails when its subject is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer.experiments.context import walking
from explorer.figures.context import walking as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.context import hnsw
from explorer.stack.context.hnsw import Graph, Search

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"count": 400, "m": 3, "build": 8, "question": "Where does molten rock burst out of the ground?"}


def test_misses_are_explained_and_longer_lists_find_more(view: View) -> None:
    (shown,) = view("hnsw.walk", **FEW)
    data = shown.data
    assert all(check.holds for check in shown.checks), shown.checks
    assert set(data.true) - set(data.found) == {each.node for each in data.missed}
    assert data.missed
    assert all(o.by_far <= o.owner_far for each in data.missed for o in each.offers)
    assert data.recall == pytest.approx(sorted(data.recall), abs=0.01)
    assert data.looked[-1] > data.looked[0]
    assert data.at_level[0] == 400
    (longer,) = view("hnsw.walk", **{**FEW, "ef": 256})
    assert len(longer.data.missed) < len(data.missed)


@pytest.mark.breaks("hnsw.walk", r"^Distances on the walk")
@pytest.mark.breaks("hnsw.walk", r"^Each step goes to a neighbour")
def test_a_walk_that_is_written_down_wrong(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = hnsw.search

    def turned(*asked: object) -> Search:
        made = true(*asked)  # pyright: ignore[reportArgumentType]
        ends = np.roll([step.end for step in made.steps], 1)
        steps = tuple(step._replace(end=int(end)) for step, end in zip(made.steps, ends, strict=True))
        return Search(made.ids, made.fars, steps, made.ef)

    monkeypatch.setattr(hnsw, "search", turned)
    assert not check("hnsw.walk", "Distances", **FEW).holds
    assert not check("hnsw.walk", "Each step", **FEW).holds


@pytest.mark.breaks("hnsw.walk", r"^The answer is the nearest of all nodes")
def test_an_answer_that_leaves_the_nearest_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = hnsw.search

    def cut(graph: Graph, query: np.ndarray, k: int = 10, ef: int = 32) -> Search:
        made = true(graph, query, k + 1, ef)
        return Search(made.ids[1:], made.fars[1:], made.steps, ef)

    monkeypatch.setattr(hnsw, "search", cut)
    assert not check("hnsw.walk", "The answer", **FEW).holds


@pytest.mark.breaks("hnsw.walk", r"^Where a link to a missed one was dropped")
def test_dropped_links_that_name_another(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = hnsw.dropped_links
    monkeypatch.setattr(hnsw, "dropped_links", lambda *asked: [(by, owner) for owner, by in true(*asked)])
    assert not check("hnsw.walk", "Where a link", **FEW).holds


@pytest.mark.breaks("hnsw.walk", r"^Searched again with a dropped link put back")
def test_a_link_that_is_not_put_back(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("hnsw.walk", "Searched again", **FEW).holds
    monkeypatch.setattr(hnsw, "with_link", lambda graph, *_: graph)
    assert not check("hnsw.walk", "Searched again", **FEW).holds


@pytest.mark.breaks("hnsw.walk", r"^No two lie farther apart on the map")
def test_a_map_that_stretches(check: Find, view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = view("hnsw.walk", **FEW)
    assert 0 < shown.data.explained < 1
    assert 0.5 < shown.data.agree < 1
    assert check("hnsw.walk", "No two lie", **FEW).holds
    true = figure.principal
    monkeypatch.setattr(figure, "principal", lambda rows: replace(true(rows), axes=2 * true(rows).axes))
    assert not check("hnsw.walk", "No two lie", **FEW).holds


def test_the_building_tells_how_far_it_is() -> None:
    told: list[tuple[str, int, int]] = []
    walking.graph_of(1100, 4, 8, lambda *at: told.append(at))
    assert [done for _, done, _ in told] == [500, 1000, 1100]


def test_few_articles(view: View) -> None:
    (shown,) = view("hnsw.walk", count=50, m=16)
    assert shown.data.missed == []


def test_indexes_of_the_same_vectors_hold(view: View) -> None:
    shown = view("hnsw.beside", **FEW)
    assert [part.data.kinds[0].time is None for part in shown] == [True, False]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    by = {(each.name, each.setting): each for each in shown[-1].data.kinds}
    assert by["exact", 0].recall == 1
    assert by["pq again", 100].recall > by["pq", 0].recall
    assert by["ivf", 8].recall >= by["ivf", 1].recall
    assert by["pq", 0].bytes < by["hnsw", 16].bytes


@pytest.mark.breaks("hnsw.beside", r"^The inverted file with every cell read")
@pytest.mark.breaks("hnsw.beside", r"^The graph’s links take the bytes")
@pytest.mark.breaks("hnsw.beside", r"^So do the links of every graph")
def test_cells_that_are_left_out_and_links_that_are_forgotten(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.experiments.context import index_kinds
    from explorer.figures.context import index_kinds as figure

    read, planned = index_kinds._inverted, figure.planned
    monkeypatch.setattr(index_kinds, "_inverted", lambda index, asked, cells: read(index, asked, max(1, cells // 4)))
    monkeypatch.setattr(figure, "planned", lambda n, m: planned(n // 4, m))
    assert not check("hnsw.beside", "The inverted file", **FEW).holds
    assert not check("hnsw.beside", "The graph’s links", **FEW).holds
    assert not check("hnsw.beside", "So do the links", **FEW).holds
