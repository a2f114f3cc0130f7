"""Collectives written out, on ranks that are threads: the sums, the steps, the bytes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.parallelism.collectives import ALGORITHMS, Algorithm, expected_bytes, steps_of
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.thread_group import in_threads


@given(st.sampled_from(list(ALGORITHMS)), st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**31))
@settings(max_examples=20)
def test_every_collective_gives_what_it_must(algorithm: Algorithm, ranks: int, piece: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    length = piece if algorithm == "all-gather" else piece * ranks
    vectors = [torch.randint(-99, 99, (length,), generator=generator).double() for _ in range(ranks)]
    walks = in_threads(ranks, lambda group: ALGORITHMS[algorithm](group, vectors[group.rank], True))
    for rank, walk in enumerate(walks):
        assert torch.equal(walk.out, wanted(algorithm, vectors, rank))
        assert len(walk.steps) == steps_of(algorithm, ranks)
    assert tuple(walk.sent for walk in walks) == expected_bytes(algorithm, 8 * piece * ranks, ranks)
    for at in range(len(walks[0].steps)):  # whoever sends, somebody receives from
        sends = {(rank, walk.steps[at].to) for rank, walk in enumerate(walks) if walk.steps[at].to is not None}
        assert sends == {
            (walk.steps[at].source, rank) for rank, walk in enumerate(walks) if walk.steps[at].source is not None
        }


def wanted(algorithm: Algorithm, vectors: list[Tensor], rank: int) -> Tensor:
    ranks, total = len(vectors), torch.stack(vectors).sum(0)
    if algorithm == "reduce-scatter":
        return total.chunk(ranks)[rank]
    if algorithm == "all-gather":
        return torch.cat(vectors)
    return torch.cat([each.chunk(ranks)[rank] for each in vectors]) if algorithm == "all-to-all" else total


def test_a_vector_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="7 numbers cannot be cut into 3 equal pieces"):
        in_threads(3, lambda group: ALGORITHMS["ring all-reduce"](group, torch.ones(7), False))


def test_ranks_in_different_collectives_are_told() -> None:
    def different(group: Group) -> None:
        x = torch.ones(4)
        (group.all_reduce(x) if group.rank else group.all_gather(x)).wait()

    with pytest.raises(RuntimeError, match="the ranks are in different collectives"):
        in_threads(2, different)
