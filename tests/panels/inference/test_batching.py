"""The contest on a small model, and its checks on batchers that mix up their rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.experiments.inference import batching as experiment
from explorer.experiments.inference import chunked_prefill
from explorer.experiments.inference import load_curve as curves
from explorer.panels.protocol import Check, Rendered
from explorer.stack.inference.paged_cache import PagedCache
from explorer.stack.inference.scheduler import Progress, Scheduler
from explorer.stack.inference.serving_simulation import CallCosts, PricedDecoder

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
SMALL = {"requests": 4, "slots": 2, "blocks": 5}


@pytest.mark.thorough
def test_a_load_is_served_before_ones_eyes(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("batching.timeline", progress=lambda *at: told.append(at), gap="nonsense", **SMALL)
    made = shown[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert made.data.gap == 1.5
    assert len(made.data.requests) == 4
    assert all(len(r.answer) == r.wants for r in made.data.requests)
    assert shown[0].data.static.latency.count(None) >= 2
    assert shown[0].data.continuous.passes == ()
    assert None not in (*made.data.static.latency, *made.data.continuous.latency)
    assert max(made.data.continuous.blocks) <= 5
    assert len(made.data.continuous.blocks) == len(made.data.continuous.passes)
    assert told[-1][1] == told[-1][2]
    assert made.data.static.rows >= made.data.continuous.rows - 4
    assert (made.data.pool.blocks, made.data.pool.size, made.data.pool.least) == (5, 4, 5)


@pytest.mark.breaks("batching.timeline", "Static and continuous give the same")
@pytest.mark.breaks("batching.timeline", "Each answer is that of its request alone")
def test_a_sequence_that_reads_its_neighbours_blocks_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PagedCache._read_index

    def wrong(self: PagedCache, rows: Any) -> Any:
        read, positions = index(self, rows)
        if len(rows) > 1:
            read = read.clone()
            read[:, 0] = read[0, 0]
        return read, positions

    monkeypatch.setattr(experiment, "ROUNDS", 1)
    assert all(each.holds for each in view("batching.timeline", **SMALL)[-1].checks)
    monkeypatch.setattr(PagedCache, "_read_index", wrong)
    assert [each.holds for each in view("batching.timeline", **SMALL)[-1].checks] == [False, False]


@pytest.mark.breaks("batching.timeline", "Each answer is that of its request alone")
def test_a_mistake_that_both_ways_share_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "ROUNDS", 1)
    monkeypatch.setattr(Progress, "choose", lambda self, logits: int(logits.topk(2).indices[1]))
    assert not check("batching.timeline", "Each answer is that of its request alone", **SMALL).holds


STALL = {"long": 32, "decoding": 2}


def test_a_long_prompt_whole_and_in_chunks(view: View) -> None:
    *partial, made = view("batching.chunked", **STALL)
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.chunks == (0, 32, 16)
    assert [way.chunk for way in data.ways] == [0, 32, 16]
    for way in data.ways:
        assert sum(tokens for _, tokens in way.parts) == 32
        assert all(tokens <= max(32, way.chunk) for _, tokens in way.parts)
        assert len(way.tokens) == 2
        assert way.rounds == data.rounds == chunked_prefill.ROUNDS
        assert way.passes[chunked_prefill.BEFORE][0] == pytest.approx(0.0)
    assert len(data.ways[0].parts) == 1
    assert len(data.ways[2].parts) == 3  # 14 tokens a pass are left
    assert len(partial[0].data.ways) == 1


@pytest.mark.breaks("batching.chunked", "Every answer is that of its request alone")
def test_a_chunk_that_says_the_second_likeliest_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_prefill, "ROUNDS", 1)
    monkeypatch.setattr(Progress, "choose", lambda self, logits: int(logits.topk(2).indices[1]))
    assert not check("batching.chunked", "Every answer", **STALL).holds


@pytest.mark.breaks("batching.chunked", "The chunks of the long prompt add up to it")
def test_a_token_that_is_skipped_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    add = PagedCache.add

    def wrong(self: PagedCache, name: Any, ids: Any = ()) -> int:
        held = add(self, name, ids)
        if name == chunked_prefill.LONG:
            self.reserve({name: [ids[0]]})  # its first token counts as held, and nobody computes it
        return self.tables[name].length if name == chunked_prefill.LONG else held

    monkeypatch.setattr(chunked_prefill, "ROUNDS", 1)
    monkeypatch.setattr(PagedCache, "add", wrong)
    assert not check("batching.chunked", "The chunks of the long prompt", **STALL).holds


@pytest.mark.breaks("batching.chunked", "No pass reads more tokens than its budget")
def test_a_budget_that_forgets_who_decodes_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    part = Scheduler._part
    monkeypatch.setattr(chunked_prefill, "ROUNDS", 1)
    monkeypatch.setattr(Scheduler, "_part", lambda self, ids, prefill, decoding: part(self, ids, prefill, 0))
    assert not check("batching.chunked", "No pass reads more", **STALL).holds


@pytest.fixture
def short_curve(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    monkeypatch.setattr(curves, "ROUNDS", 3)
    monkeypatch.setattr(curves, "LOADS", (0.3, 0.9, 1.3))
    return {"arrivals": 50, "budget": 32}


@pytest.mark.thorough
def test_throughput_against_load(view: View, short_curve: dict[str, int]) -> None:
    *partial, made = view("batching.load_curve", **short_curve)
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert [way.name for way in data.ways] == list(curves.WAYS)
    assert [run.way for run in data.real] == list(curves.WAYS)
    for way in data.ways:
        offered = [point.offered for point in way.points]
        assert offered == sorted(offered)
        for point in way.points:
            assert point.served <= 1.001 * point.offered
            assert point.first.p50 <= point.first.p99 <= point.whole.p99
            assert len(point.ttft) == len(point.tpot) == 50
    continuous = data.ways[1].points
    assert continuous[0].whole.p99 < continuous[-1].whole.p99
    assert data.ways[0].points[-1].served < continuous[-1].served
    assert not partial[0].data.ways
    assert partial[0].data.rounds == 1


@pytest.mark.breaks("batching.load_curve", "The middle pass of real runs takes what its calls were priced at")
@pytest.mark.thorough
def test_a_price_that_is_wrong_is_seen(
    check: Find, short_curve: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = CallCosts.at
    monkeypatch.setattr(CallCosts, "at", lambda self, tokens, context: 20 * at(self, tokens, context))
    assert not check("batching.load_curve", "The middle pass", **short_curve).holds


@pytest.mark.breaks("batching.load_curve", r"With one slot each wait is Lindley's")
@pytest.mark.thorough
def test_a_clock_that_runs_fast_is_seen(
    check: Find, short_curve: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PricedDecoder, "clock", lambda self: 1.01 * self.now)
    assert not check("batching.load_curve", "With one slot", **short_curve).holds


@pytest.mark.breaks("batching.load_curve", r"One slot waits as an M/D/1 queue")
@pytest.mark.breaks("batching.load_curve", r"An arrival finds rate x time in the system")
@pytest.mark.thorough
def test_arrivals_that_are_no_poisson_process_are_seen(
    view: View, short_curve: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "poisson", lambda rate, n, seed: [i / rate for i in range(n)])
    checks = view("batching.load_curve", **short_curve)[-1].checks
    assert [each.holds for each in checks if "queue" in each.statement or "Little" in each.statement] == [False, False]
