"""The tree's columns, and greedy's way through it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.figures.inference.decoding import beam_search as figure
from explorer.stack.inference.decoding.beam_search import BeamSearch, BeamSettings, search


def found(seed: int, n_beams: int = 3, steps: int = 4, groups: int = 1) -> tuple[BeamSearch, list[int]]:
    """A search over a table in which a token's successors depend on it alone, and greedy's text."""
    table = torch.randn(7, 7, generator=torch.Generator().manual_seed(seed)).log_softmax(-1)
    beams = BeamSettings(n_beams * groups, steps, n_groups=groups, diversity=0.5)
    greedy = [int(table[0].argmax())]
    while len(greedy) < steps:
        greedy.append(int(table[greedy[-1]].argmax()))
    return search(table[0], lambda rows, tokens: table[tokens], beams), greedy


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 2))
@settings(max_examples=30)
def test_places_are_ranks(seed: int, n_beams: int, groups: int) -> None:
    tree, _ = found(seed, n_beams, groups=groups)
    rows: dict[tuple[int, int], list[tuple[int, float, str]]] = {}
    for node, place in zip(tree.nodes, figure.places(tree), strict=True):
        rows.setdefault((node.step, node.group), []).append((place, node.score, node.fate))
    for members in rows.values():
        members.sort()
        assert [place for place, _, _ in members] == list(range(len(members)))
        assert [score for _, score, _ in members] == sorted((s for _, s, _ in members), reverse=True)
        # Without stop tokens what goes on is a prefix of the places.
        assert [fate != "pruned" for _, _, fate in members] == [place < n_beams for place, _, _ in members]


def test_greedys_way_ends_where_the_beam_drops_it() -> None:
    for seed in range(40):
        tree, greedy = found(seed)
        way = figure.along(tree, greedy)
        assert [tree.nodes[i].token for i in way] == greedy[: len(way)]
        assert all(tree.nodes[i].fate == "kept" for i in way[:-1])
        if any(list(h.ids) == greedy for h in tree.hypotheses):
            assert len(way) == len(greedy)
    with_one, greedy = found(3, n_beams=1)
    assert len(figure.along(with_one, greedy)) == len(greedy)


def test_the_tree_as_arrays() -> None:
    tree, _ = found(1)
    arrays = figure.tree(tree)
    assert {len(a) for a in vars(arrays).values()} == {len(tree.nodes)}
    for number, node in enumerate(tree.nodes):
        assert arrays.parent[number] == (-1 if node.parent is None else node.parent)
        assert arrays.fate[number] == figure.FATES[node.fate]
    last = tree.hypotheses[0].nodes[-1]
    assert arrays.total[last] == pytest.approx(tree.hypotheses[0].logprob)


def test_rows_of_the_model() -> None:
    tree, _ = found(2, n_beams=3, steps=4)
    assert figure.model_rows(tree) == 3 * 3  # three beams after each of the first three tokens
