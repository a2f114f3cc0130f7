"""Gradients in buckets on ranks that are threads."""

from __future__ import annotations

from itertools import product

import pytest

from explorer.stack.parallelism.data_parallel import Buckets
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.parallelism.units import Forward, shares
from tests.stack.parallelism.tiny import CASES, apart, batch, fresh, one_process
from tests.tiers import spread


@pytest.mark.parametrize(
    ("ranks", "case", "size", "overlap"),
    spread(product([2, 3, 4], CASES, [1, 5000, 2**20], [True, False]), 4),
)
def test_buckets_average_over_tokens(ranks: int, case: str, size: int, overlap: bool) -> None:
    config = CASES[case]
    wanted = one_process(config)

    def one(group: Group) -> tuple[float, int]:
        decoder, part = fresh(config), shares(len(batch()), ranks)[group.rank]
        buckets = Buckets(list(decoder.named_parameters()), group, size, overlap)
        for _ in range(2):  # the second finds gradients that are there
            buckets.begin()
            run = Forward(decoder, batch()[part], group, (part.stop - part.start) / len(batch()))
            run.whole().backward()
            buckets.finish()
        found = {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}
        return apart(found, wanted.gradients), len(buckets.buckets)

    made = in_threads(ranks, one)
    assert max(error for error, _ in made) < 1e-6
    parameters = len(list(fresh(config).parameters()))
    assert {1: made[0][1] == parameters, 5000: 1 < made[0][1] < parameters, 2**20: made[0][1] == 1}[size]


def test_sums_begin_while_the_backward_pass_goes_on() -> None:
    """The first bucket, the last layer's, is begun before the embedding's gradient is there."""

    def one(group: Group) -> bool:
        decoder = fresh()
        buckets = Buckets(list(decoder.named_parameters()), group, 5000)
        buckets.begin()
        Forward(decoder, batch()[group.rank :: 2], group, 0.5).whole().backward()
        begun = [bucket.pending is not None for bucket in buckets.buckets]
        buckets.finish()
        first, last = group.records[0], buckets.buckets[-1]
        return all(begun) and first.start < last.ready

    assert in_threads(2, one) == [True, True]
