"""The simulated server: the schedule of the real one, the waits of queueing theory."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiments.inference.serving.load_curve import queue
from explorer.stack.inference.cache.block_books import BlockBooks
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.cache.prefix_trie import PrefixTrie
from explorer.stack.inference.serving.scheduler import Request, Scheduler
from explorer.stack.inference.serving.serving_load import Arrival, replay
from explorer.stack.inference.serving.serving_simulation import CallCosts, PassCosts, PricedDecoder, md1_wait

COSTS = PassCosts(
    CallCosts((1, 4), (0, 100), ((1.0, 1.0), (4.0, 4.0))), CallCosts((2, 10), (0, 100), ((2.0, 3.0), (10.0, 12.0)))
)


def test_a_pass_costs_what_its_calls_cost() -> None:
    """Two requests, by hand: both prompts are read in a call of 2 x 4 tokens, then decode of two rows and of one."""
    decoder = PricedDecoder(COSTS)
    scheduler = Scheduler(decoder, BlockBooks(8, 4))
    arrivals = [Arrival(0.0, Request("a", [1, 2, 3, 4], 2)), Arrival(0.0, Request("b", [5, 6, 7, 8], 3))]
    served = replay(scheduler, arrivals, clock=decoder.clock)
    assert [p.end - p.start for p in served.passes] == pytest.approx([8.0, 2.0, 1.0])
    assert served.first_token() == pytest.approx([8.0, 8.0])
    assert served.per_token() == pytest.approx([2.0, 1.5])
    assert served.latencies() == pytest.approx([10.0, 11.0])


def test_costs_between_and_beyond_what_was_measured() -> None:
    assert COSTS.prefill.at(6, 0) == pytest.approx(6.0)
    assert COSTS.prefill.at(10, 50) == pytest.approx(11.0)
    assert COSTS.prefill.at(18, 0) == pytest.approx(18.0)
    assert COSTS.decode.at(8, 0) == pytest.approx(8.0)


def test_one_slot_is_an_m_d_1_queue() -> None:
    made = queue(COSTS)
    assert made.lindley < 1e-9
    assert made.wait == pytest.approx(made.theory, rel=0.1)
    assert made.found == pytest.approx(made.little, rel=0.1)
    assert md1_wait(0.7, 1.0) == pytest.approx(0.7 / 0.6)
    with pytest.raises(ValueError, match="no mean wait"):
        md1_wait(1.0, 1.0)


PROMPTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9), min_size=1, max_size=6)


@settings(max_examples=30)
@given(PROMPTS, st.integers(1, 3), st.integers(0, 3), st.integers(1, 3), st.booleans())
def test_books_alone_make_the_schedule_of_the_real_cache(
    prompts: list[list[int]], size: int, more: int, slots: int, chunked: bool
) -> None:
    n_blocks = max(-(-(len(ids) + 3) // size) for ids in prompts) + more
    told = []
    for real in (True, False):
        config = PricedDecoder.config
        cache = PagedCache(config, n_blocks, size) if real else BlockBooks(n_blocks, size)

        def says_one(
            ids: torch.Tensor, positions: torch.Tensor, cache: PagedCache, last_only: bool, real: bool = real
        ) -> torch.Tensor:
            if real:
                kv = ids[:, None, :, None].float()
                cache.update(0, kv, kv, positions)
            return torch.tensor([0.0, 1.0]).expand(len(ids), 1, 2)

        scheduler = Scheduler(says_one, cache, slots, 5, spare_blocks=0, chunked=chunked)
        for i, ids in enumerate(prompts):
            scheduler.submit(Request(i, ids, 4))
        scheduler.run()
        told.append(scheduler.events)
    assert told[0] == told[1]


@given(st.lists(st.lists(st.integers(0, 2), max_size=6), max_size=6), st.lists(st.integers(0, 2), max_size=7))
def test_a_trie_knows_the_longest_common_beginning(texts: list[list[int]], ids: list[int]) -> None:
    trie = PrefixTrie()
    for text in texts:
        trie.hold(text)
    beginnings = {tuple(text[:n]) for text in texts for n in range(len(text) + 1)} | {()}
    assert trie.known(ids) == max(n for n in range(len(ids) + 1) if tuple(ids[:n]) in beginnings)
