"""The panel on a small model, as its rounds come in, and its checks on broken mechanisms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiments import machine
from explorer.experiments.inference.serving import prefill_decode as experiment
from explorer.experiments.machine import MachineRate, MachineSpeed
from explorer.figures.inference.serving import prefill_decode as figure
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.timings import TimesAsLong
from explorer.panels.inference import prefill_decode_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.decoding.engine import Generation
from explorer.stack.systems import roofline
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
RATE = MachineRate(1e15, 1e15, 1e15, 1e15)
SPEED = MachineSpeed(RATE, RATE, rounds=15, threads=1, cores=2, load=0.5, at=0.0)


def test_the_phases_round_by_round(view: View, run: Trace) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("prefill_decode.phases", progress=lambda *at: told.append(at))
    assert [part.data.rounds for part in shown] == [1, 2, 3, 4, 5]
    whole = shown[-1]
    assert all(check.holds for check in whole.checks), whole.checks
    assert len(whole.checks) == 3
    assert whole.data.new[:8] == tuple(run.ids[run.n_prompt :].tolist())
    assert whole.data.same
    assert len(whole.data.passes) == len(whole.data.new) == 8
    assert whole.data.ratio is not None
    assert whole.data.ratio.low <= whole.data.ratio.median <= whole.data.ratio.high
    assert all(each.low <= each.ms <= each.high for each in whole.data.passes)
    assert (whole.data.ttft.low, whole.data.ttft.ms) == (whole.data.passes[0].low, whole.data.passes[0].ms)
    assert whole.data.tpot is not None
    assert whole.data.tpot.low <= whole.data.tpot.ms <= whole.data.tpot.high
    assert {what for what, _, _ in told} == {"Passes"}
    assert told[-1][1] == told[-1][2]


def test_latency_in_the_words_of_serving() -> None:
    """Two rounds by hand: first tokens after 10 and 20 ms; the two later ones take 1 and 3, then 2 and 4 ms."""
    config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=8, d_vocab=16, n_ctx=16)
    steps = ([0.001, 0.003], [0.002, 0.004])
    made = [
        Generation([1, 2], [3, 4, 5], prefill_seconds=first, step_seconds=each)
        for first, each in zip((0.01, 0.02), steps, strict=True)
    ]
    found = experiment.measured(config, made)
    assert found.ttft.median == pytest.approx(0.015)
    assert found.tpot is not None
    assert found.tpot.median == pytest.approx(0.0025)
    alone = experiment.measured(config, [Generation([1, 2], [3], prefill_seconds=0.01)])
    assert alone.tpot is None


def test_times_beside_anothers_by_hand() -> None:
    """Rounds of 10 and 20 ms against 20 and 40 are twice as long; 2 and 3 ms a token against 3 and 2 are neither."""
    config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=8, d_vocab=16, n_ctx=16)

    def made(firsts: list[float], later: list[float]) -> experiment.Phases:
        rounds = zip(firsts, later, strict=True)
        return experiment.measured(
            config, [Generation([1], [3, 4], prefill_seconds=a, step_seconds=[b]) for a, b in rounds]
        )

    ours, theirs = made([0.01, 0.02], [0.002, 0.003]), made([0.02, 0.04], [0.003, 0.002])
    base = figure.phases_beside(ours, theirs, "other", [3, 9])
    assert base.ttft_times == TimesAsLong(median=2.0, low=2.0, high=2.0, clear=True)
    assert base.tpot_times is not None
    assert not base.tpot_times.clear
    assert (base.ttft.ms, base.tpot and base.tpot.ms, base.same) == (pytest.approx(30), pytest.approx(2.5), False)
    ended = experiment.measured(config, 2 * [Generation([1], [3], prefill_seconds=0.01)])
    assert figure.phases_beside(ended, theirs, "other", [3]).tpot_times is None


@pytest.mark.thorough
def test_two_runs_are_made_in_turns(small: Model, run: Trace) -> None:
    short = capture(small, TraceKey(small.name, "Then Mary", max_new_tokens=8))
    told: list[str] = []
    compared = Compared(Run(small, run), Run(small, short))
    shown = list(panel.phases(Scene(small, run, other=compared, progress=lambda what, *_: told.append(what))))
    assert [part.data.rounds for part in shown] == [1, 2, 3, 4, 5]
    turns = [what for what, before in zip(told, [None, *told], strict=False) if what != before]
    assert turns == ["Passes", "Passes of the other run"] * 5
    base = shown[-1].data.base
    assert base is not None
    assert (base.n_prompt, base.n_new, base.same) == (short.n_prompt, 8, True)
    assert len(base.passes) == 8
    assert base.passes[0].ms == base.ttft.ms
    assert len(shown[-1].checks) == 3
    assert all(check.holds and check.statement.endswith(", in both runs") for check in shown[-1].checks)
    assert not any(part.checks for part in shown[:-1])


def test_the_roof_point_by_point(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "speed", lambda: SPEED)
    monkeypatch.setattr(experiment, "ROUNDS", 2)
    shown = view("prefill_decode.roof")
    n = len(shown[-1].data.passes)
    assert [len(part.data.passes) for part in shown] == [*range(1, n + 1), n]
    assert [part.data.rounds for part in shown] == [0] * (n - 1) + [1, 2]
    (check,) = shown[-1].checks
    assert check.holds
    for part in shown:
        assert all(p.least == pytest.approx(1e3 * max(p.flops, p.bytes) / 1e15) for p in part.data.passes)
        assert {p.decides for p in part.data.passes} == {"neither"}  # a small model's calls cost more than its work
        assert (part.data.machine, part.data.ridge) == (SPEED, 1.0)


@pytest.mark.breaks("prefill_decode.phases", "The log-probabilities of all passes")
def test_a_cache_that_keeps_wrong_values_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    update = ContiguousCache.update

    def wrong(self: ContiguousCache, layer: int, k: torch.Tensor, v: torch.Tensor, positions: torch.Tensor) -> Any:
        return update(self, layer, k, v.roll(1, -1), positions)

    monkeypatch.setattr(ContiguousCache, "update", wrong)
    assert not check("prefill_decode.phases", "log-probabilities of all passes").holds


@pytest.mark.breaks("prefill_decode.phases", "FLOPs by formula")
@pytest.mark.breaks("prefill_decode.phases", "Bytes of weights")
def test_a_formula_that_forgets_a_matrix_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roofline, "one_feed_forward", lambda config: 2 * config.d_model * config.d_mlp)
    held = {each.statement: each.holds for each in view("prefill_decode.phases")[-1].checks}
    assert [holds for statement, holds in held.items() if statement.startswith("FLOPs")] == [False]
    assert [holds for statement, holds in held.items() if statement.startswith("Bytes")] == [False]


@pytest.mark.breaks("prefill_decode.roof", "every sequence gets the logits that it gets alone")
def test_rows_that_read_each_others_cache_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    reorder = ContiguousCache.reorder

    def mixed(self: ContiguousCache, rows: torch.Tensor) -> None:
        reorder(self, rows)
        self.k = [torch.cat([k[1:].roll(1, 2), k[:1]]) for k in self.k]

    monkeypatch.setattr(machine, "speed", lambda: SPEED)
    monkeypatch.setattr(experiment, "ROUNDS", 1)
    assert check("prefill_decode.roof", "In a batch").holds
    monkeypatch.setattr(ContiguousCache, "reorder", mixed)
    assert not check("prefill_decode.roof", "In a batch").holds


def test_short_answers_are_written_on(view: View) -> None:
    assert panel.LEAST <= len(view("prefill_decode.phases")[-1].data.new) <= panel.MOST
