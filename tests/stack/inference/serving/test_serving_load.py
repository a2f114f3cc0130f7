from __future__ import annotations

import pytest
import torch

from explorer.stack.inference.serving.serving_load import Arrival, percentile, poisson, replay
from explorer.stack.inference.serving.static_batching import StaticBatcher
from tests.stack.inference.serving.scheduled import DECODER, REQUESTS, is_greedy, scheduler_of


def test_static_batches_wait_and_run_to_the_longest() -> None:
    batcher = StaticBatcher(DECODER, batch=2)
    batcher.submit(REQUESTS[0])
    assert not batcher.can_step
    for request in REQUESTS[1:]:
        batcher.submit(request)
    done = batcher.run()
    assert [(d.request.name, d.started, d.finished) for d in done] == [
        ("a", 0, 8), ("b", 0, 8), ("c", 9, 14), ("d", 9, 14)
    ]  # fmt: skip
    for each in done:
        assert len(each.new_ids) == each.request.max_new_tokens
        is_greedy(DECODER, each.request, each.new_ids)
    assert {e.request: e.step for e in batcher.events if e.kind == "finished"} == {"a": 8, "b": 2, "c": 14, "d": 13}


def test_a_replay_keeps_its_own_clock() -> None:
    ticks = iter(range(1000))
    arrivals = [Arrival(0.0, REQUESTS[0]), Arrival(100.0, REQUESTS[1])]
    # Every look at the clock is a second later than the last: each pass takes one second.
    served = replay(scheduler_of(DECODER), arrivals, clock=lambda: float(next(ticks)))
    assert [p.start for p in served.passes] == [*map(float, range(9)), 100.0, 101.0, 102.0]
    assert served.latencies() == [9.0, 3.0]
    assert served.first_token() == [1.0, 1.0]
    assert served.requests_per_second == pytest.approx(2 / 103)
    assert served.useful(slots=2) == pytest.approx(12 / (2 * 103))
    static = replay(StaticBatcher(DECODER, 2), arrivals, clock=lambda: float(next(ticks)))
    assert static.latencies() == [109.0, 9.0]  # the first waits for the second, the second for the first
    assert static.answers() == served.answers()


def test_poisson_arrivals_have_the_rate_and_exponential_gaps() -> None:
    times = torch.tensor([0.0, *poisson(rate=5.0, n=20_000, seed=1)], dtype=torch.float64)
    gaps = times.diff()
    assert float(gaps.mean()) == pytest.approx(0.2, rel=0.03)
    assert float(gaps.std()) == pytest.approx(0.2, rel=0.03)
    assert float((gaps > 0.2).double().mean()) == pytest.approx(0.3679, abs=0.01)
    assert percentile([5.0], 0.5) == 5.0
