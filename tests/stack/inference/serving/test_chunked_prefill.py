from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Finished, Request, Scheduler
from tests.stack.inference.serving.scheduled import DECODER, LOAD, Adder, is_greedy, scheduler_of, whole


def test_chunks_take_what_the_decoding_leave_of_the_budget() -> None:
    """A budget of 6: "old" decodes, so that 5 tokens of the long prompt are read a pass: 5, 5, 1, and a token."""
    scheduler = scheduler_of(DECODER, max_prefill_tokens=6, chunked=True)
    scheduler.submit(Request("old", [1, 2, 3], 8))
    scheduler.step()
    scheduler.submit(Request("long", [*range(10, 21)], 2))
    done = scheduler.run()
    read = [(e.step, e.tokens) for e in scheduler.events if (e.kind, e.request) == ("prefill", "long")]
    assert read == [(1, 5), (2, 5), (3, 1)]
    assert [e.step for e in scheduler.events if (e.kind, e.request) == ("token", "old")] == list(range(8))
    assert [e.step for e in scheduler.events if (e.kind, e.request) == ("token", "long")] == [3, 4]
    for each in done:
        is_greedy(DECODER, each.request, each.new_ids)
    assert whole(scheduler)


@settings(max_examples=40)
@given(load=LOAD, size=st.integers(1, 4), more=st.integers(0, 4), slots=st.integers(1, 4), budget=st.integers(1, 12))
def test_chunks_lose_nothing_and_keep_the_budget(
    load: list[tuple[int, list[int], int]], size: int, more: int, slots: int, budget: int
) -> None:
    requests = [Request(i, prompt, new) for i, (_, prompt, new) in enumerate(load)]
    n_blocks = max(-(-request.most_held // size) for request in requests) + more
    fed: list[int] = []

    def counting(ids: torch.Tensor, positions: torch.Tensor, cache: PagedCache, last_only: bool) -> torch.Tensor:
        fed[-1] += ids.numel()
        return Adder()(ids, positions, cache, last_only)

    scheduler = Scheduler(
        counting, PagedCache(Adder.config, n_blocks, size), slots, budget, spare_blocks=0, chunked=True
    )
    done: list[Finished] = []
    for request in requests:
        scheduler.submit(request)
    while scheduler.can_step:
        fed.append(0)
        done += scheduler.step()
        decoding = sum(e.kind == "token" for e in scheduler.events if e.step == scheduler.steps - 1)
        assert fed[-1] <= max(budget, decoding + 1)
    assert {d.request.name: d.new_ids for d in done} == {r.name: Adder.answer(r) for r in requests}
    assert whole(scheduler)
