"""State spaces' panels: what is shown adds up, and each check fails when what it holds is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.frontier import copying, state, state_cost, state_cost_recording, step_rules, three_forms
from explorer.figures.frontier import state_cost as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.state_spaces import gated_linear, selective_scan
from explorer.stack.frontier.state_spaces.mamba import MambaMixer
from explorer.stack.frontier.state_spaces.model import Stepper
from explorer.stack.transformer.kv_cache import ContiguousCache

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
TEXT = {"text": "In the beginning God created the heaven"}


def test_what_is_held_and_read_adds_up(view: View) -> None:
    (shown,) = view("state.gate", **TEXT)
    data = shown.data
    assert all(each.holds for each in shown.checks), shown.checks
    for shares in (data.held, data.read):
        assert torch.allclose(shares.sum(-1), torch.ones(len(data.tokens)), atol=1e-5)
        assert float(shares.triu(1).abs().max()) == 0.0
    assert data.dt.shape == (6, len(data.tokens))
    assert (data.dt > 0).all()
    assert ((data.kept > 0) & (data.kept < 1)).all()


def test_the_last_depth_says_what_is_written(view: View) -> None:
    (work,), (lens,) = view("state.gate", **TEXT), view("state.depths", **TEXT)
    assert lens.data.said[-1][-1] == work.data.following[0].token
    assert (lens.data.rank[-1] == 1).all()
    assert all(each.holds for each in lens.checks), lens.checks


def test_the_forms_agree(view: View) -> None:
    (shown,) = view("three_forms.forms", **TEXT)
    assert all(each.holds for each in shown.checks), shown.checks
    assert len(shown.data.errors) == 3


def test_bytes_and_times(view: View) -> None:
    (shown,) = view("state_cost.carried")
    assert all(each.holds for each in shown.checks), shown.checks
    data = shown.data
    assert len(set(data.state)) == 1
    assert data.cache[1] == 2 * data.cache[0]
    assert data.cache[0] // data.length[0] * data.even >= data.state[0]
    last = view("state_cost.times", longest="64", rounds="3")[-1]
    assert all(each.holds for each in last.checks), last.checks
    assert [each.length for each in last.data.rows] == [64]


def test_the_recording(view: View) -> None:
    (shown,) = view("cannot_copy.recorded")
    assert all(each.holds for each in shown.checks), shown.checks
    assert shown.data.seeds >= 3
    for arm in shown.data.arms:
        for point in (each for row in arm.points for each in row):
            assert len(point.seeds) == shown.data.seeds
            assert point.low <= point.mean <= point.high


def test_texts_ask_for_what_was_said() -> None:
    batch = copying.drawn(3, 1, 4, torch.Generator().manual_seed(1))
    for row in batch.ids.tolist():
        said = dict(zip(row[1:9:2], row[2:10:2], strict=True))
        assert len(said) == 4
        assert [said[key] for key in row[10::2]] == row[11::2]
    assert batch.asked.nonzero().flatten().tolist() == [11, 13, 15, 17]


@pytest.mark.parametrize(
    "what",
    [
        pytest.param("What is read", marks=pytest.mark.breaks("state.gate", "^What is read of each token")),
        pytest.param("What is held", marks=pytest.mark.breaks("state.gate", "^What is held of each token")),
    ],
)
def test_a_decay_that_forgets_too_soon(check: Find, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    whole = selective_scan.segment_sums
    for place in (selective_scan, state):
        monkeypatch.setattr(place, "segment_sums", lambda steps: 1.1 * whole(steps))
    assert not check("state.gate", what, **TEXT).holds


@pytest.mark.parametrize(
    ("name", "controls"),
    [
        pytest.param("state.depths", TEXT, marks=pytest.mark.breaks("state.depths", "^Read token by token")),
        pytest.param(
            "state_cost.times",
            {"longest": "64", "rounds": "3"},
            marks=pytest.mark.breaks("state_cost.times", "^Token by token"),
        ),
    ],
)
def test_a_state_that_is_lost(
    check: Find, monkeypatch: pytest.MonkeyPatch, name: str, controls: dict[str, str]
) -> None:
    step = Stepper.__call__

    def forgetful(stepper: Stepper, token: int) -> Any:
        for _, layer in stepper.layers:
            layer.arrays[10][:] *= 0.5
        return step(stepper, token)

    monkeypatch.setattr(Stepper, "__call__", forgetful)
    assert not check(name, "oken by token", **controls).holds


@pytest.mark.breaks("three_forms.forms", "^Matrix, chunks and compiled scan")
def test_blocks_that_hand_nothing_on(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = selective_scan.in_blocks

    def apart(inputs: selective_scan.ScanInputs, block: int) -> selective_scan.Scanned:
        made = whole(inputs, block)
        return replace(made, y=torch.cat([made.y[:, :block], 0 * made.y[:, block:]], 1))

    monkeypatch.setattr(three_forms.selective_scan, "in_blocks", apart)
    assert not check("three_forms.forms", "Matrix, chunks", block="4", **TEXT).holds


@pytest.mark.breaks("three_forms.forms", "^So do matrix and chunks")
def test_a_gate_that_is_left_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    dual = gated_linear.dual
    monkeypatch.setattr(gated_linear, "dual", lambda i: dual(replace(i, log_gate=0 * i.log_gate)))
    assert not check("three_forms.forms", "So do", **TEXT).holds


def test_the_exact_step_writes_less_the_faster_a_state(view: View) -> None:
    (shown,) = view("three_forms.steps", **TEXT)
    assert all(each.holds for each in shown.checks), shown.checks
    shares = [each.mean for each in shown.data.states]
    assert shares == sorted(shares, reverse=True)
    assert all(0 < each.low <= each.median <= each.high < 1 for each in shown.data.states)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("By Euler’s step", marks=pytest.mark.breaks("three_forms.steps", "^By Euler’s step the model")),
        pytest.param("The exact step", marks=pytest.mark.breaks("three_forms.steps", "^The exact step = the equation")),
    ],
)
def test_a_step_of_another_length(check: Find, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    for place in (selective_scan, step_rules):
        monkeypatch.setattr(place, "written", lambda dt, A, rule: 1.01 * dt * torch.ones_like(A))
    assert not check("three_forms.steps", statement, **TEXT).holds


@pytest.mark.breaks("state_cost.carried", "^The tensors behind")
def test_bytes_of_half_the_cache(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "cache_bytes", lambda config, length: config.n_layers * length)
    assert not check("state_cost.carried", "The tensors").holds


def test_what_long_texts_cost_is_recorded(view: View) -> None:
    (shown,) = view("state_cost.recorded")
    assert all(each.holds for each in shown.checks), shown.checks
    last = shown.data.rows[-1]
    assert last.length == 16384
    assert min(last.rounds) >= 5
    assert last.read_times.median > shown.data.rows[0].read_times.median


@pytest.mark.breaks("state_cost.recorded", "^The bytes that were recorded are those")
def test_a_recording_of_other_bytes(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = state_cost_recording.stored()
    first = replace(kept.rows[0], state=replace(kept.rows[0].state, carried=kept.rows[0].state.carried - 4))
    other = replace(kept, rows=(first, *kept.rows[1:]))
    monkeypatch.setattr(state_cost_recording, "stored", lambda: other)
    assert not check("state_cost.recorded", "The bytes").holds


@pytest.mark.breaks("state_cost.recorded", "^One token read on from .* = all .* at once")
@pytest.mark.parametrize("which", [0, 1])
def test_a_memory_that_is_lost(check: Find, monkeypatch: pytest.MonkeyPatch, which: int) -> None:
    if which:
        update = ContiguousCache.update
        monkeypatch.setattr(
            ContiguousCache, "update", lambda self, layer, k, v, positions: update(self, layer, k, 0.5 * v, positions)
        )
    else:
        run = MambaMixer.run
        monkeypatch.setattr(MambaMixer, "run", lambda self, u, state=None: run(self, u))  # nothing is carried
    assert not check("state_cost.recorded", "One token").holds


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("The models", marks=pytest.mark.breaks("cannot_copy.recorded", "^The models of the recording")),
        pytest.param("The first losses", marks=pytest.mark.breaks("cannot_copy.recorded", "^The first losses")),
    ],
)
def test_a_recording_of_other_models(check: Find, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    kept = copying.stored()
    runs = tuple(replace(each, parameters=each.parameters + 1, loss=[2 * x for x in each.loss]) for each in kept.runs)
    monkeypatch.setattr(copying, "stored", lambda: replace(kept, runs=runs))
    assert not check("cannot_copy.recorded", statement).holds


def test_lengths_are_timed_to_the_end() -> None:
    assert state_cost.lengths(16384)[-1] == 16384
