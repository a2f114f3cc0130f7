"""Inside a step: what the page shows of it, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining import inside_step as experiment
from explorer.experiments.pretraining import muon_or_adamw
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.optimizers import adam, lion, muon

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_the_first_step_comes_before_the_last(view: View) -> None:
    shown = [each.data for each in view("inside_step.step", steps=4)]
    assert [made.t for made in shown] == [1, 4]
    assert len(shown[-1].losses) == 4
    assert shown[-1].losses[0] == shown[0].losses[0]
    assert shown[-1].losses[-1] < shown[0].losses[0]  # it learns the text


def test_the_first_step_of_adamw_moves_weights_alike(view: View) -> None:
    made = view("inside_step.step", steps=1, rule="adamw", other="sgd")[-1].data
    assert made.taken.sizes.max() > 0.9  # nearly all in one bin
    assert made.other.sizes.max() < 0.3
    assert made.gradient_sizes.sum() == pytest.approx(1, abs=1e-5)
    assert made.taken.loss - made.losses[-1] == pytest.approx(made.taken.predicted, rel=0.5)


def test_lion_moves_every_weight_by_the_rate(view: View) -> None:
    made = view("inside_step.step", steps=2, rule="lion", other="adamw")[-1].data
    assert made.taken.ratio == pytest.approx(made.taken.moved_norm / made.weight_norm)
    assert made.taken.lr == 1e-4


def test_muon_steps_in_more_directions(view: View) -> None:
    made = view("inside_step.spectrum", steps=1, rule="muon", other="sgd", rate=0.1)[-1].data
    _, gradient, muons, sgds = made.lines
    assert muons.stable_rank > 2 * gradient.stable_rank
    assert sgds.stable_rank == pytest.approx(gradient.stable_rank, rel=1e-3)
    assert made.of == "direction"
    assert len(made.iterates) == 6
    # Where the gradient has nothing: rounding, multiplied, of bfloat16 in the update and of float32 in the iterates.
    rounded, exact = (each.values / each.values[0] for each in (muons, made.iterates[-1]))
    assert rounded[made.read + 4] > 100 * exact[made.read + 4]


@pytest.mark.parametrize("rule", ["sgd", "adamw", "lion", "muon"])
def test_all_checks_hold(view: View, rule: str) -> None:
    other = "muon" if rule == "adamw" else "adamw"
    for name in ("step", "spectrum"):
        checks = view(f"inside_step.{name}", steps=2, rule=rule, other=other)[-1].checks
        assert checks
        assert all(each.holds for each in checks), checks


@pytest.mark.breaks("inside_step.step", r"^Our AdamW = torch’s")
def test_a_wrong_bias_correction_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    step = adam.Adam.step

    def wrong(self: adam.Adam, *given: Any, **named: Any) -> Any:
        weight, gradient, state, t, lr = given
        return step(self, weight, gradient, state, t + 1, lr, **named)

    monkeypatch.setattr(adam.Adam, "step", wrong)
    assert not check("inside_step.step", "Our AdamW", steps=2).holds


@pytest.mark.breaks("inside_step.step", r"^Our Muon = torch’s")
def test_a_wrong_momentum_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(experiment.RULES, "muon", (muon.Muon(momentum=0.5), 0.02))  # pyright: ignore[reportArgumentType]
    assert not check("inside_step.step", "Our Muon", steps=4).holds


@pytest.mark.breaks("inside_step.step", r"^Lion moves every weight")
def test_a_lion_that_follows_the_size_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lion.torch.Tensor, "sign", lambda x: x.clamp(-1, 1))
    assert not check("inside_step.step", "Lion moves", steps=1, rule="lion", other="sgd").holds


@pytest.mark.breaks("inside_step.spectrum", r"^Singular values after each iteration")
def test_another_polynomial_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "polynomial", lambda value, triple: triple[0] * value)
    assert not check("inside_step.spectrum", "polynomial", steps=1).holds


def test_a_gradient_is_what_the_loss_changes_by(small: Any, run: Any) -> None:
    name = experiment.matrix_name(small.decoder, 1, "q")
    weight = small.decoder.get_parameter(name).detach().clone()
    loss, gradient = experiment.loss_and_gradient(small.decoder, run.ids, name, weight)
    along = gradient / gradient.norm()
    walked = [experiment.loss_of(small.decoder, run.ids, name, weight + far * along) for far in (0.05, -0.05)]
    assert (walked[0] - walked[1]) / 0.1 == pytest.approx(float(gradient.norm()), rel=0.05)
    assert loss == pytest.approx(np.mean(walked), rel=0.05)
    assert torch.equal(weight, small.decoder.get_parameter(name))  # the model stays as it was


def test_a_block_without_that_matrix_says_so(small: Any) -> None:
    with pytest.raises(NotApplicableError, match="no matrix"):
        experiment.matrix_name(small.decoder, 10_000, "gate")


def test_tokens_are_of_what_is_stored(view: View) -> None:
    made = view("inside_step.tokens")[-1]
    assert all(each.holds for each in made.checks)
    data = made.data
    assert len(data.ratios) == len({each.seed for each in data.runs}) == 3
    if data.mean is not None:
        assert data.low <= data.mean <= data.high


@pytest.mark.breaks("inside_step.tokens", r"^Tokens at AdamW’s loss = NumPy’s")
def test_tokens_off_the_line_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = muon_or_adamw.reached
    monkeypatch.setattr(muon_or_adamw, "reached", lambda points, target: 1.01 * reached(points, target))
    assert not check("inside_step.tokens", "Tokens at AdamW").holds
