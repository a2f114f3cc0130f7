"""The contest on a small model, and its checks on batchers that mix up their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.errors import NotApplicableError
from explorer.experiments.inference.serving import batching as experiment
from explorer.experiments.inference.serving import chunked_prefill
from explorer.experiments.inference.serving import load_curve as curves
from explorer.experiments.timing import Timing
from explorer.figures.inference.serving import batching as figure
from explorer.figures.inference.serving import chunked_prefill as chunk_figure
from explorer.figures.inference.serving import load_curve as curve_figure
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.panels.inference import batching_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Event, Progress, Scheduler
from explorer.stack.inference.serving.serving_simulation import CallCosts, PricedDecoder
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model

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


@pytest.mark.breaks("batching.timeline", "Static and continuous batching give the same")
@pytest.mark.breaks("batching.timeline", "Each answer is what the model writes for its request alone")
def test_a_sequence_that_reads_its_neighbours_blocks_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PagedCache._read_index

    def wrong(self: PagedCache, rows: Any) -> Any:
        read, positions = index(self, rows)
        if len(rows) > 1:
            read = read.clone()
            read[:, 0] = read[0, 0]
        return read, positions

    monkeypatch.setattr(experiment, "ROUNDS", 1)
    # They come a quarter of a step apart: else on a busy machine each may be done before the next is there.
    assert all(each.holds for each in view("batching.timeline", gap="0.25", **SMALL)[-1].checks)
    monkeypatch.setattr(PagedCache, "_read_index", wrong)
    assert [each.holds for each in view("batching.timeline", gap="0.25", **SMALL)[-1].checks] == [False, False]


@pytest.mark.breaks("batching.timeline", "Each answer is what the model writes for its request alone")
def test_a_mistake_that_both_ways_share_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "ROUNDS", 1)
    monkeypatch.setattr(Progress, "choose", lambda self, logits: int(logits.topk(2).indices[1]))
    assert not check("batching.timeline", "Each answer is what the model writes for its request alone", **SMALL).holds


def test_another_runs_load_is_served_in_turns(small: Model, run: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "ROUNDS", 2)
    other = capture(small, TraceKey(small.name, "In the beginning God made the earth", max_new_tokens=0))
    told: list[str] = []
    both = Compared(Run(small, run), Run(small, other))
    scene = Scene(small, run, controls=SMALL, other=both, progress=lambda what, *_: told.append(what))
    *_, made = panel.timeline(scene)
    turns = [what for what, before in zip(told, [None, *told], strict=False) if what != before]
    assert turns == ["Tokens", "Tokens of the other run"] * 2
    base = made.data.base
    assert base is not None
    assert base.step == made.data.step  # one model: the same arrivals
    assert base.continuous.rows == sum(each.wants for each in made.data.requests)
    assert all(each.holds and each.statement.endswith(", in both runs") for each in made.checks)
    with pytest.raises(NotApplicableError, match="the same text and the same model"):
        next(panel.timeline(replace(scene, other=Compared(Run(small, run), Run(small, run)))))
    contest = experiment.contest(small.decoder, run.ids, experiment.Setting(2, 2, 1.0, 5, seed=7), rounds=1)
    *_, one = contest
    here = replace(one, taken={"static": [1.0, 2.0], "continuous": [1.0, 1.0]})
    there = replace(one, taken={"static": [2.0, 4.0], "continuous": [2.0, 0.5]}, static_seconds=Timing.of([2.0, 4.0]))
    its = figure.contest_beside(here, there, experiment.Setting(2, 2, 1.0, 5, seed=7), "other")
    assert its is not None
    assert its.static_times == TimesAsLong(median=2.0, low=2.0, high=2.0, clear=True)
    assert its.continuous_times == TimesAsLong(median=1.25, low=0.875, high=1.625, clear=False)
    assert its.static_ms.ms == 3000


@pytest.mark.breaks("batching.timeline", "Each answer is what the model writes for its request alone")
def test_another_runs_model_that_errs_is_seen(small: Model, run: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "ROUNDS", 1)
    other = capture(small, TraceKey(small.name, "In the beginning God made the earth", max_new_tokens=0))
    real = experiment.load
    wrong = [small.dims.d_vocab - 1]

    def swaps(ids: list[int], *how: Any, **more: Any) -> Any:
        made = real(ids, *how, **more)
        if ids == other.ids.tolist():  # that run's requests are asked again for another prompt
            monkeypatch.setattr(experiment, "forward_gap", lambda f, prompt, new: gap(f, wrong + prompt[1:], new))
        return made

    gap = experiment.forward_gap
    monkeypatch.setattr(experiment, "load", swaps)
    both = Compared(Run(small, run), Run(small, other))
    *_, made = panel.timeline(Scene(small, run, controls=SMALL, other=both))
    assert [each.holds for each in made.checks] == [True, False]


STALL = {"long": 32, "decoding": 2}


@pytest.mark.thorough
def test_the_prompt_is_read_by_another_model_in_turns(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_prefill, "ROUNDS", 2)
    *_, made = panel.chunked(Scene(small, controls=STALL, other_model=small))
    base = made.data.base
    assert base is not None
    assert [way.chunk for way in base.ways] == [each.chunk for each in base.times] == [0, 32, 16]
    assert [way.rounds for way in base.ways] == [2, 2, 2]
    assert all(each.longest_gap and each.first_token for each in base.times)
    assert [sum(n for _, n in way.parts) for way in base.ways] == [32, 32, 32]
    assert len(made.checks) == 3
    assert all(each.holds and each.statement.endswith(", in both runs") for each in made.checks)


@pytest.mark.thorough
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


@pytest.mark.breaks("batching.chunked", "Every answer is what the model writes for its request alone")
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


@pytest.mark.thorough
def test_another_models_loads_are_priced_by_its_own_calls(
    small: Model, short_curve: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "ROUNDS", 1)
    monkeypatch.setattr(curves, "QUEUE", 100)
    *partial, made = panel.load_curve(Scene(small, controls=short_curve, other_model=small))
    base = made.data.base
    assert base is not None
    assert not any(part.data.base for part in partial)
    assert [way.name for way in base.ways] == list(curves.WAYS)
    assert {way.offered is None or way.offered > 0 for way in base.ways} == {True}
    assert all(each.statement.endswith(", in both runs") for each in made.checks)
    assert len(made.checks) == 3
    way = made.data.ways[1]
    found = curve_figure.knee_beside(replace(way, knee=1))
    at = way.points[1]
    assert (found.offered, found.last, found.ttft, found.whole) == (at.offered, False, at.first.p99, at.whole.p99)
    assert curve_figure.knee_beside(replace(way, knee=2)).last
    assert curve_figure.knee_beside(replace(way, knee=None)).offered is None


@pytest.mark.thorough
def test_a_price_that_is_wrong_is_said(
    view: View, short_curve: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = CallCosts.at
    monkeypatch.setattr(CallCosts, "at", lambda self, tokens, context: 20 * at(self, tokens, context))
    made = view("batching.load_curve", **short_curve)[-1]
    assert all(run.times.clear and run.times.high < 0.5 for run in made.data.real)
    assert not any("price" in each.statement for each in made.checks)  # a spread is told, not ticked


def test_one_scheduler_that_is_priced_wrongly_is_seen_among_three() -> None:
    """The median over all three passes would lie at 1, as two of three are priced exactly."""
    exact = curves.RealRun("static", (1.0, 2.0, 4.0), (1.0, 2.0, 4.0), 1.0, 1.0)
    late = curves.RealRun("chunked", (3.0, 2.0, 3.2), (2.0, 1.0, 2.0), 1.0, 1.0)
    assert curves.against_price(exact).clear is False
    off = curves.against_price(late)
    assert (off.clear, off.median) == (True, 1.6)


def test_a_first_tokens_median_is_that_of_its_rounds() -> None:
    """Two passes until the long prompt is read: their medians add up to 4 s, the rounds took 10, 10 and 4."""
    long = chunked_prefill.LONG
    events = (
        Event(3, "token", "1"),
        *(Event(step, "prefill", long, 8) for step in (4, 5)),
        *(Event(5, "token", name) for name in ("1", long)),
    )
    runs = [
        chunked_prefill.StallRun(8, (0.0,) * 4 + passes, events, 8, 16, {"1": [1, 1], long: [1]})
        for passes in ((1.0, 9.0), (9.0, 1.0), (2.0, 2.0))
    ]
    found = chunk_figure.reading(chunked_prefill.Stalls({8: runs}, 3), 8).first_token
    assert found == Milliseconds(ms=10_000.0, low=7_000.0, high=10_000.0)


@pytest.mark.breaks("batching.load_curve", r"With one slot each wait = the wait by Lindley's")
@pytest.mark.thorough
def test_a_clock_that_runs_fast_is_seen(
    check: Find, short_curve: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PricedDecoder, "clock", lambda self: 1.01 * self.now)
    assert not check("batching.load_curve", "With one slot", **short_curve).holds


@pytest.mark.breaks("batching.load_curve", r"One slot's mean wait = an M/D/1 queue's")
@pytest.mark.breaks("batching.load_curve", r"An arrival finds rate × time requests")
@pytest.mark.thorough
def test_arrivals_that_are_no_poisson_process_are_seen(
    view: View, short_curve: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "poisson", lambda rate, n, seed: [i / rate for i in range(n)])
    checks = view("batching.load_curve", **short_curve)[-1].checks
    assert [each.holds for each in checks if "queue" in each.statement or "Little" in each.statement] == [False, False]
