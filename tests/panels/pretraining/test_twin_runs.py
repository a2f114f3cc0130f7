"""Two runs, trained for a few steps: forks, tensors, differences, runs that stop, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from explorer.experiments import shelf_course
from explorer.experiments.pretraining import twin_runs as trained
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.figures.pretraining import twin_runs as figure
from explorer.panels.pretraining import twin_runs_views as views
from explorer.panels.pretraining.twin_runs import CHANGES, PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining import quantile_bands
from explorer.stack.transformer.decoder import Decoder

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
QUICK: dict[str, Any] = {"steps": 4, "seeds": 1, "layers": 1, "rows": 2, "texts": "passages"}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "WIDTH", 16)
    monkeypatch.setattr(trained, "READ", 1)
    real = views.SmallRun
    monkeypatch.setattr(views, "SmallRun", lambda **said: real(**said, context=24))


def bands_of(data: figure.TwinRunsBands, run: int, kind: str, module: str) -> Any:
    at = figure.tensor_names(data.differ.layers).index((kind, module))
    return data.bands[run].quantiles[at]


def test_both_begin_alike_and_part_by_the_one_thing(view: View) -> None:
    data = view("twin_runs.bands", **QUICK)[-1].data
    assert data.differ.values == ("adamw", "muon")
    assert data.bands[0].steps == data.bands[1].steps == [1, 2, 3, 4]
    first, second = (bands_of(data, run, "gradients", "blocks.0.attn.W_Q") for run in (0, 1))
    assert np.array_equal(first[0], second[0])  # one batch, the same weights
    assert not np.array_equal(first[1], second[1])
    updates = [bands_of(data, run, "updates", "blocks.0.attn.W_Q")[0] for run in (0, 1)]
    assert not np.allclose(*updates)


def test_a_fork_shares_what_stands_before_it(view: View) -> None:
    steps = view("twin_runs.bands", **QUICK | {"change": "rate", "fork": 2})
    data = steps[-1].data
    for kind in trained.KINDS:
        first, second = (bands_of(data, run, kind, "blocks.0.mlp.W_out") for run in (0, 1))
        assert np.array_equal(first[:2], second[:2]), kind
        assert not np.array_equal(first[2:], second[2:]), kind
    one, two = data.curves
    assert one.losses[:3] == two.losses[:3]  # the third loss is taken before its step
    assert one.losses[3] != two.losses[3]
    assert one.rates[2] != two.rates[2]
    assert all(check.holds for check in steps[-1].checks)


def test_updates_are_what_weights_move_by(view: View) -> None:
    """Lion moves every weight by the rate: all quantiles of a gain's update, which is not decayed, are that or minus
    that."""
    data = view("twin_runs.bands", **QUICK | {"optimizer": "lion", "schedule": "constant", "warmup": 0.0})[-1].data
    rate = data.curves[0].rates[0]
    gains = bands_of(data, 0, "updates", "blocks.0.ln1")[0]
    assert np.allclose(np.abs(gains[gains != 0]), rate, rtol=1e-4)


def test_activations_are_the_modules_own() -> None:
    made = list(trained.twin_runs(trained.Asked(first=described(), what="rate", value=0.01), watch=True))[-1]
    side = made.pairs[0][0]
    rows = trained.windows(made.texts.course(made.asked.first))[:1]
    with torch.no_grad():
        x = side.run.model.embed(rows[:, :-1])
        said = side.run.model.blocks[0].get_submodule("ln1")(x)
    ours = side.watched.bands["activations", "blocks.0.ln1"][-1]
    assert torch.allclose(ours, quantile_bands.quantiles(said), atol=1e-6)
    assert torch.allclose(side.watched.bands["activations", "embed"][-1], quantile_bands.quantiles(x), atol=1e-6)


def described(**said: Any) -> Any:
    shape = views.Shape(layers=1, width=16, heads=4, kv_heads=4)
    return views.SmallRun(**{"shape": shape, "rows": 2, "steps": 3} | said)


def test_three_seeds_and_their_difference(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    steps = view("twin_runs.difference", **QUICK | {"seeds": 3}, progress=lambda *said: told.append(said))
    data = steps[-1].data
    assert [(each.name, each.seed) for each in data.curves] == [
        (name, seed) for seed in range(3) for name in ("first", "second")
    ]
    ends = [second.held[-1] - first.held[-1] for first, second in zip(data.curves[::2], data.curves[1::2], strict=True)]
    assert data.course.ends == pytest.approx(ends)
    assert data.course.seeds == 3
    assert steps[0].data.course is None or steps[0].data.course.seeds == 1
    assert told[-1][0] == "Training steps"
    assert all(check.holds for check in steps[-1].checks)


def test_the_same_run_twice_has_no_difference(view: View) -> None:
    data = view("twin_runs.difference", **QUICK | {"change": "clip", "to_clip": 1.0})[-1].data
    assert data.course.ends == [0.0]
    assert not data.course.clear


def test_a_rate_that_is_too_high_stops_one_run_alone() -> None:
    first = described(optimizer="sgd", warmup=0.0)
    *_, made = trained.twin_runs(trained.Asked(first=first, what="rate", value=1e30), watch=True)
    one, two = made.pairs[0]
    assert one.stopped is None
    assert len(one.run.losses) == 3
    assert two.stopped is not None
    assert two.stopped.step == 2
    assert made.done
    shown = figure.bands(made)  # the last good weights: nothing that is no number reaches the page
    assert "is not a number at step 2" in shown.curves[1].stopped
    assert np.isfinite(shown.curves[1].losses).all()
    assert shown.bands[1].steps == [1]


def test_a_run_that_stops_says_so(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    real = LiveRun.step

    def failing(self: LiveRun, *given: Any, **named: Any) -> Any:
        if self.name == "second" and self.progress.step == 2:
            raise trained.NotFiniteError("the loss", 3)
        return real(self, *given, **named)

    monkeypatch.setattr(LiveRun, "step", failing)
    for name in ("bands", "difference"):
        made = view(f"twin_runs.{name}", **QUICK)[-1]
        assert [len(each.losses) for each in made.data.curves] == [4, 2]
        assert made.data.curves[1].stopped == "the loss is not a number at step 3"
        assert all(check.holds for check in made.checks)
        assert made.checks


@pytest.mark.parametrize("what", [name for name, _ in CHANGES])
def test_every_change_is_made(view: View, what: str) -> None:
    data = next(iter(view("twin_runs.difference", **QUICK | {"change": what, "steps": 2}))).data
    assert data.differ.what == what
    assert data.differ.values[0] != data.differ.values[1]


def test_a_second_seed_begins_with_other_weights_unless_it_is_forked() -> None:
    apart = trained.beginning(trained.Asked(first=described(), what="seed", value=5)).pairs[0]
    forked = trained.beginning(trained.Asked(first=described(), what="seed", value=5, fork=1)).pairs[0]
    weights = [side.run.model.embed.weight for side in (*apart, *forked)]
    assert not torch.equal(weights[0], weights[1])
    assert torch.equal(weights[2], weights[3])


def test_a_fork_lies_within_the_run(view: View) -> None:
    assert view("twin_runs.bands", **QUICK | {"fork": 99})[-1].data.differ.fork == 3


def test_the_checkpoint_of_a_fork_is_trained_anew() -> None:
    said = QUICK | {"change": "rate", "fork": 2}
    scene = PANEL.scene_of(PANEL.view("bands"), Scene(controls=said))
    anew = PANEL.trainings("bands")(scene).arms[1]
    for at in range(4):
        assert anew.course is not None
        anew.step(anew.course.batch(at))
    *_, made = trained.twin_runs(views._asked(scene, 1))
    for one, other in zip(anew.model.parameters(), made.pairs[0][1].run.model.parameters(), strict=True):
        assert torch.equal(one, other)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("twin_runs.bands", r"^The quantiles of all last weights = numpy’s")
def test_levels_that_are_others(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = quantile_bands.quantiles
    monkeypatch.setattr(trained, "quantiles", lambda values: real(values, (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)))
    assert not check("twin_runs.bands", "numpy", **QUICK).holds


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("bands", marks=pytest.mark.breaks("twin_runs.bands", r"^The second run by itself, its first")),
        pytest.param("difference", marks=pytest.mark.breaks("twin_runs.difference", r"^The second run by itself")),
    ],
)
def test_a_fork_that_forgets_the_moments(check: Find, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = LiveRun.load

    def forgetful(self: LiveRun, state: Any) -> None:
        real(self, {**state, "optimiser": {**state["optimiser"], "state": {}}})

    monkeypatch.setattr(LiveRun, "load", forgetful)
    said = QUICK | {"change": "clip", "fork": 2}
    assert not check(f"twin_runs.{name}", "by itself", **said).holds


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("bands", marks=pytest.mark.breaks("twin_runs.bands", r"^Both trained decoders = transformers’")),
        pytest.param("difference", marks=pytest.mark.breaks("twin_runs.difference", r"^Both trained decoders = ")),
    ],
)
def test_weights_that_are_not_the_decoders(check: Find, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Decoder.hf_state_dict
    monkeypatch.setattr(Decoder, "hf_state_dict", lambda self: {name: 1.5 * each for name, each in real(self).items()})
    assert not check(f"twin_runs.{name}", "Both trained decoders", **QUICK).holds


def test_the_windows_are_those_of_the_shelf() -> None:
    made = trained.beginning(trained.Asked(first=described(), what="rate", value=1.0))
    assert made.texts.vocabulary.d_vocab == shelf_course.Bytes.d_vocab
