"""Passes of a generation counted one by one, a sweep of sizes, and the panel on the real weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.figures.inference import prefill_decode as figure
from explorer.figures.payload import pack
from explorer.panels.inference import prefill_decode_views as panel
from explorer.panels.protocol import Scene
from explorer.stack.inference.engine import Engine
from explorer.stack.inference.roofline import Machine, work
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing import TraceKey, capture
from explorer.zoo.model import Model

SMALL = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Decoder(SMALL).eval().requires_grad_(False)


def test_each_step_stands_behind_all_before_it(tiny: Decoder) -> None:
    (made,) = Engine(tiny).generate([[3, 1, 4, 1, 5]], 4)
    passes = figure.passes(tiny.config, made)
    assert [(p.phase, p.new, p.past) for p in passes] == [("prefill", 5, 0)] + [("decode", 1, n) for n in (5, 6, 7)]
    for p in passes:
        assert p.work.flops == figure.counted_flops(tiny, torch.arange(p.new), p.past)
    assert sum(p.seconds for p in passes) == pytest.approx(made.prefill_seconds + sum(made.step_seconds))
    # Five tokens share one reading of the weights; a step has it for itself.
    assert passes[0].work.weight_bytes == passes[1].work.weight_bytes == figure.matrix_bytes(tiny, rows=5)
    assert passes[0].work.intensity > 3 * passes[1].work.intensity


def test_an_untied_table_is_read_by_rows() -> None:
    untied = Decoder(replace(SMALL, tied=False))
    assert figure.matrix_bytes(untied, 7) - figure.matrix_bytes(untied, 0) == 7 * 16 * 4


def test_a_mixture_of_experts_is_counted_to_the_last_operation() -> None:
    config = replace(SMALL, n_experts=4, k=2)
    decoder = Decoder(config).requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for parameter in decoder.parameters():
            parameter.normal_(std=0.1)
    for new, past in ((6, 0), (1, 6), (3, 2)):
        assert work(config, new, past).flops == figure.counted_flops(decoder, torch.arange(new), past)
    assert work(config, 1, 5).weight_bytes == pytest.approx(figure.matrix_bytes(decoder, 1))


def test_a_wrong_generation_is_seen(tiny: Decoder) -> None:
    (made,) = Engine(tiny).generate([[3, 1, 4]], 3)
    assert figure.logprob_gap(tiny, made) < 1e-5
    made.logprobs[1] -= 0.25
    assert figure.logprob_gap(tiny, made) == pytest.approx(0.25, abs=1e-5)


def test_a_sweep_times_every_size_and_its_roof_is_over_all(tiny: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "probe", lambda rounds: Machine(flops=1.0, bandwidth=1e15))
    told: list[tuple[int, int]] = []
    made = figure.sweep(tiny, [5, 6, 7], lambda done, total: told.append((done, total)), rounds=2)
    plan = figure.sizes(3, SMALL.n_ctx)
    assert [(p.phase, p.work.tokens) for p in made.passes] == plan
    assert {p.past for p in made.passes if p.phase == "decode"} == {3}
    assert told[-1] == (2 * len(plan), 2 * len(plan))
    assert made.gap < 1e-5
    # A pass that is faster than a probe proves the probe too low.
    assert made.machine.flops == max(p.work.flops / p.seconds for p in made.passes) > 1.0
    assert made.machine.bandwidth == 1e15


def test_no_size_passes_the_models_context() -> None:
    assert max(n for phase, n in figure.sizes(9, n_ctx=16) if phase == "prefill") == 16


def test_the_panel_says_what_the_run_says(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, "The capital of France is", max_new_tokens=2))
    made = panel.phases(Scene(model, trace, None))
    assert all(check.holds for check in made.checks), made.checks
    assert made.data["new"][:2] == trace.ids[trace.n_prompt :].tolist()
    assert made.data["same"]
    assert len(made.data["passes"]) == len(made.data["new"]) <= panel.LEAST
    assert pack(made.data)["prompt"] == trace.ids[: trace.n_prompt].tolist()


def test_the_roof_on_some_of_the_real_weights(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = capture(model, TraceKey(model.name, "The capital of France is"))
    monkeypatch.setitem(model.__dict__, "decoder", model.decoder.shallow(2))
    monkeypatch.setattr(figure, "probe", lambda rounds: Machine(1e9, 1e9))
    made = panel.roof(Scene(model, trace, None))
    (check,) = made.checks
    assert check.holds
    assert made.data["n_layers"] == 2
    assert all(p["least"] <= p["ms"] * (1 + 1e-9) for p in made.data["passes"])  # nothing is above the roof
    assert made.data["ridge"] == pytest.approx(made.data["flops"] / made.data["bandwidth"])
