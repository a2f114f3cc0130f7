"""Gptq on a tiny model: both views are drawn; a check fails when its subject is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from explorer.stack.systems.gptq import Lengths
from torch import Tensor

from explorer.panels import panels
from explorer.panels.protocol import Rendered, Scene
from explorer.panels.selection import Focus
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model

PANEL = panels()["gptq"]


@pytest.fixture
def scene(moe: Model) -> Scene:
    return Scene(moe, capture(moe, TraceKey(moe.name, "Once upon a time")), focus=Focus(position=2))


def test_the_run_by_depth(scene: Scene) -> None:
    made = PANEL.render("depths", scene)
    assert made.data.length[0] == pytest.approx(float(scene.trace.embed[2].norm()), rel=1e-5)
    assert len(made.data.length) == scene.model.dims.n_layers + 1
    assert all(check.holds for check in made.checks)


def test_texts_are_drawn_as_they_are_read_and_need_no_run(moe: Model) -> None:
    made = list[Rendered](PANEL.rendering("texts")(Scene(moe)))  # pyright: ignore[reportArgumentType]
    assert [len(each.data.read) for each in made] == list(range(1, made[0].data.total + 1))
    assert [bool(each.checks) for each in made] == [False] * (len(made) - 1) + [True]
    assert all(check.holds for check in made[-1].checks)
    assert PANEL.reads(PANEL.view("texts")) == "model"


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("gptq.depths", r"^The length at \d+ depths = torch’s norm")
def test_a_length_that_leaves_a_coordinate_out(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(x: Tensor) -> Lengths:
        squares = x[..., 1:].double().square().sum(-1)
        return Lengths(squares, squares.sqrt(), squares.sqrt())

    monkeypatch.setattr("explorer.figures.systems.gptq.lengths", short)
    assert not PANEL.render("depths", scene).checks[0].holds


@pytest.mark.breaks("gptq.texts", r"= those of transformers’ hidden states$")
def test_a_stream_read_one_block_too_late(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(model: Model, key: TraceKey, *_: object) -> Trace:
        trace = capture(model, key)
        return replace(trace, resid_post=torch.roll(trace.resid_post, 1, 0))

    monkeypatch.setattr("explorer.experiments.systems.gptq.capture", late)
    assert not PANEL.render("texts", Scene(moe)).checks[0].holds
