"""Passes of a generation counted one by one, and a sweep of sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.experiments import machine
from explorer.experiments.inference.serving import prefill_decode as experiment
from explorer.experiments.machine import MachineRate, MachineSpeed
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.systems.roofline import work
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SMALL = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Decoder(SMALL).eval().requires_grad_(False)


def test_each_step_stands_behind_all_before_it(tiny: Decoder) -> None:
    (made,) = Engine(tiny).generate([[3, 1, 4, 1, 5]], 4)
    passes = experiment.measured(tiny.config, [made]).passes
    assert [(p.phase, p.new, p.past) for p in passes] == [("prefill", 5, 0)] + [("decode", 1, n) for n in (5, 6, 7)]
    for p in passes:
        assert p.work.flops == experiment.counted_flops(tiny, torch.arange(p.new), p.past)
    assert sum(p.taken.median for p in passes) == pytest.approx(made.prefill_seconds + sum(made.step_seconds))
    # Five tokens share one reading of the weights; a step has it for itself.
    assert passes[0].work.weight_bytes == passes[1].work.weight_bytes == experiment.matrix_bytes(tiny, rows=5)
    assert passes[0].work.intensity > 3 * passes[1].work.intensity


def test_an_untied_table_is_read_by_rows() -> None:
    untied = Decoder(replace(SMALL, tied=False))
    assert experiment.matrix_bytes(untied, 7) - experiment.matrix_bytes(untied, 0) == 7 * 16 * 4


def test_a_mixture_of_experts_is_counted_to_the_last_operation() -> None:
    config = replace(SMALL, n_experts=4, k=2)
    decoder = Decoder(config).requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for parameter in decoder.parameters():
            parameter.normal_(std=0.1)
    for new, past in ((6, 0), (1, 6), (3, 2)):
        assert work(config, new, past).flops == experiment.counted_flops(decoder, torch.arange(new), past)
    assert work(config, 1, 5).weight_bytes == pytest.approx(experiment.matrix_bytes(decoder, 1))


def test_a_wrong_generation_is_seen(tiny: Decoder) -> None:
    (made,) = Engine(tiny).generate([[3, 1, 4]], 3)
    assert experiment.logprob_gap(tiny, made) < 1e-5
    made.logprobs[1] -= 0.25
    assert experiment.logprob_gap(tiny, made) == pytest.approx(0.25, abs=1e-5)


def test_a_sweep_times_every_size_and_its_roof_is_the_machines(tiny: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    rate = MachineRate(1.0, 1.0, 1.0, 1.0)
    speed = MachineSpeed(rate, rate, rounds=1, threads=1, cores=1, load=None, at=0.0)
    monkeypatch.setattr(machine, "speed", lambda: speed)
    told: list[tuple[int, int]] = []
    *partial, made = experiment.sweep(tiny, [5, 6, 7], lambda done, total: told.append((done, total)), rounds=2)
    plan = experiment.sizes(3, SMALL.n_ctx)
    assert [(p.phase, p.work.tokens) for p in made.passes] == plan
    assert {p.past for p in made.passes if p.phase == "decode"} == {3}
    assert told[-1] == (2 * len(plan), 2 * len(plan))
    assert [len(part.passes) for part in partial] == list(range(1, len(plan) + 1))
    assert {p.taken.rounds for p in made.passes} == {2}
    assert made.gap < 1e-5
    assert made.speed is speed  # that of the other panels, also where a pass is faster


def test_no_size_passes_the_models_context() -> None:
    assert max(n for phase, n in experiment.sizes(9, n_ctx=16) if phase == "prefill") == 16


def test_rounds_are_the_same_generation_timed_anew(tiny: Decoder) -> None:
    told: list[tuple[int, int]] = []
    *partial, made = experiment.phases(tiny, [3, 1, 4, 1, 5], 4, progress=lambda *at: told.append(at), rounds=3)
    assert [part.rounds for part in partial] == [1, 2]
    assert all(part.proof is None for part in partial)
    assert {p.taken.rounds for p in made.passes} == {3}
    assert made.ratio is not None
    assert made.proof is not None
    assert (made.proof.flops, made.proof.weights) == (0, 0.0)
    assert told[-1] == (15, 15)
