"""Blocks compared, trained for a few steps: drawn as they train, and checks that fail when they should."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from explorer.experiments import shelf_course
from explorer.experiments.side_by_side import by_frequency, windows
from explorer.experiments.transformer import block_variants as trained
from explorer.figures.payload import pack
from explorer.figures.transformer import block_variants as figure
from explorer.figures.transformer import seed_differences
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.transformer import block_variants_views as views
from explorer.panels.transformer.block_variants import PANEL
from explorer.stack.pretraining.batches import Batches, WindowCourse
from explorer.stack.transformer import feed_forward
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.gradient_flow import ByBlock, gradients_by_block

QUICK = {"steps": "4", "blocks": "2", "rounds": "4", "layers": "1", "seeds": "2", "texts": "passages"}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_course, "N_CTX", 32)
    monkeypatch.setattr(trained, "MEASURED", 2)


def made(view: str, **controls: str) -> list[Rendered]:
    return list(PANEL.rendering(view)(Scene(controls=QUICK | controls)))  # pyright: ignore[reportArgumentType]


def check(view: str, words: str, **controls: str) -> Check:
    [found] = [one for one in made(view, **controls)[-1].checks if words in one.statement]
    return found


def test_the_residual_path_draws_as_it_trains() -> None:
    told: list[Any] = []
    steps = list(views.residual_path(Scene(controls=QUICK, progress=lambda *said: told.append(said))))
    for each in steps:
        pack(each.data)
    with_, without = steps[-1].data.arms
    assert [len(arm.training.losses) for arm in steps[-1].data.arms] == [4, 4]
    assert len(steps[0].data.arms[1].gradients) == 1
    assert not steps[0].checks
    assert [each.step for each in with_.gradients] == with_.training.measured == [0, 2, 4]
    assert len(without.gradients[-1].weights) == 2
    assert len(steps[-1].checks) == 2
    assert all(one.holds for one in steps[-1].checks), steps[-1].checks
    assert told[-1][1] <= told[-1][2] == 8


@pytest.mark.thorough
def test_gradients_that_float32_cannot_hold_are_nought_in_both() -> None:
    """Twelve blocks without the path: nothing is left of the text, and of the gradient; the check is not 0 / 0."""
    last = made("residual_path", blocks="12", steps="2")[-1]
    _, without = last.data.arms
    assert float(without.gradients[-1].weights.max()) == 0
    assert all(one.holds for one in last.checks), last.checks


def test_both_begin_alike_but_for_the_path() -> None:
    course = shelf_course.course(shelf_course.Bytes(), "passages", 0)
    kept, cut = trained.residual_arms(trained.Asked(blocks=2, steps=4), course)
    assert all(torch.equal(a, b) for a, b in zip(kept.model.parameters(), cut.model.parameters(), strict=True))
    assert (kept.model.config.residual, cut.model.config.residual) == (True, False)


def test_the_feed_forwards_draw_as_they_train() -> None:
    steps = made("feed_forwards")
    for each in steps:
        pack(each.data)
    data = steps[-1].data
    assert [each.seed for each in data.rounds] == [0, 1]
    assert data.rounds[0].arms[0].losses != data.rounds[1].arms[0].losses
    assert data.widths == {"plain": 384, "swiglu": 256, "geglu": 256}
    assert set(data.weights.values()) == {2 * 96 * 384}
    assert not steps[0].data.differences
    assert steps[0].data.steps == dict.fromkeys(data.widths)  # before a second step there is no time
    assert set(data.steps) == set(data.widths)
    assert all(0 < time.low <= time.ms <= time.high for time in data.steps.values())
    assert [each.name for each in data.differences] == ["swiglu", "geglu"]
    by = [a.held[-1] - p.held[-1] for p, a, _ in (each.arms for each in data.rounds)]
    assert data.differences[0].each == pytest.approx(by)
    assert all(one.holds for one in steps[-1].checks)
    assert len(steps[-1].checks) == 2


def test_the_kinds_begin_alike_but_for_the_feed_forward() -> None:
    course = shelf_course.course(shelf_course.Bytes(), "passages", 0)
    plain, *gated = trained.feed_forward_arms(trained.Asked(blocks=1, steps=4, plain="relu"), 0, course)
    mine = dict(plain.model.named_parameters())
    for arm in gated:
        for name, each in arm.model.named_parameters():
            assert ".mlp." in name or torch.equal(each, mine[name]), name
    kinds = [(arm.model.config.activation, arm.model.config.gated) for arm in (plain, *gated)]
    assert kinds == [("relu", False), ("silu", True), ("gelu", True)]


def test_odd_controls_are_kept_within_their_range() -> None:
    odd = {"blocks": "999", "steps": "-3", "texts": "passages", "seed": "1e99", "seeds": "x", "plain": "<b>"}
    data = next(iter(made("residual_path", **odd | {"blocks": "1"}))).data
    assert (data.on.blocks, data.on.steps, data.on.seed) == (2, 2, 9999)
    data = made("feed_forwards", layers="0", rounds="0", seeds="0", plain="<b>")[0].data
    assert (data.on.blocks, data.on.steps, data.seeds, data.plain) == (1, 2, 1, "gelu")


def test_students_t_by_hand() -> None:
    """Of (-2, -1, 0, 1, 2): s is √2.5, and half of the interval 2.776 s / √5."""
    one = seed_differences.seed_difference("geglu", [-2.0, -1.0, 0.0, 1.0, 2.0])
    assert one.half == pytest.approx(2.776 * math.sqrt(2.5 / 5), abs=1e-3)
    assert one.enough
    assert not one.clear
    assert seed_differences.seed_difference("geglu", [1.0, 1.1, 0.9, 1.0, 1.1]).clear


def test_a_few_seeds_are_no_verdict() -> None:
    """However far from nought: two of two below would come of luck one time in four."""
    few = seed_differences.seed_difference("geglu", [1.0, 1.01, 0.99, 1.0])
    assert (few.enough, few.clear) == (False, False)
    assert few.half is not None
    assert abs(few.mean) > few.half
    assert seed_differences.seed_difference("geglu", [-1.0]).half is None


@pytest.mark.thorough
def test_a_training_that_learns_nothing_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_differences, "STUCK", 0.0)
    assert all(arm.stuck for arms in made("feed_forwards")[-1].data.rounds for arm in arms.arms)
    monkeypatch.setattr(seed_differences, "STUCK", 2.0)
    for steps in (made("feed_forwards"), made("residual_path")):
        arms = [arm for each in (steps[0].data, steps[-1].data) for arm in trainings(each)]
        assert not any(arm.stuck for arm in arms)


def trainings(data: Any) -> list[figure.BlockTraining]:
    if isinstance(data, figure.ResidualCompared):
        return [arm.training for arm in data.arms]
    return [arm for each in data.rounds for arm in each.arms]


def test_guessing_by_frequency_by_hand() -> None:
    """Two tokens, drawn three to one: half of what is held out is each of them."""
    stream = torch.tensor([0, 0, 0, 1] * 10)
    held = torch.tensor([0, 1] * 10)
    course = WindowCourse(Batches({"a": stream}, {"a": 1}, n_ctx=4, rows=1, seed=0), {"a": held}, 2)
    assert windows(course).shape == (2, 5)
    assert by_frequency(course, 2) == pytest.approx(-(math.log(3 / 4) + math.log(1 / 4)) / 2, abs=1e-4)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("block_variants.residual_path", "^Both trained decoders = transformers’ Llama layers")
def test_a_path_that_is_never_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Block, "_joined", lambda _, x, written: x + written)
    assert not check("residual_path", "Both trained decoders").holds


@pytest.mark.breaks("block_variants.residual_path", "^The gradients of all .* blocks have the same length")
def test_gradients_of_other_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def turned(decoder: Any, loss_of: Any) -> tuple[float, ByBlock]:
        loss, found = gradients_by_block(decoder, loss_of)
        return loss, ByBlock(found.weights.roll(1), found.w_out, found.stream, found.sizes)

    monkeypatch.setattr(trained, "gradients_by_block", turned)
    assert not check("residual_path", "same length through those layers").holds


@pytest.mark.breaks("block_variants.feed_forwards", "^The three kinds have equally many parameters")
def test_gated_layers_as_wide_as_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "gated_width", lambda d_mlp: d_mlp)
    assert not check("feed_forwards", "counted in the models", seeds="1").holds


@pytest.mark.breaks("block_variants.feed_forwards", "trained feed-forward layers write what transformers’ LlamaMLP")
def test_an_activation_that_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(feed_forward.ACTIVATIONS, "gelu", F.relu)
    assert not check("feed_forwards", "LlamaMLP", seeds="1").holds
