"""Steering: what a direction does beside its placebos, from two texts or from the stack; what breaks its checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.inside import steering as experiment
from explorer.panels.inside import steering_views as views
from explorer.panels.protocol import Check, Rendered
from explorer.tracing import AddToken, Trace, TraceKey, capture, parse_intervention
from explorer.tracing.changes.direction_edits import Contrast, Steer
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "SHARES", (-0.25, 0.25))
    monkeypatch.setattr(experiment, "NEW", 3)


def test_a_direction_between_two_texts_beside_placebos(view: View) -> None:
    *parts, last = view("steering.curve", more="the king", less="a whale", watch="")
    assert len(parts) == 1
    assert all(each.holds for each in last.checks), last.checks
    rows = last.data.rows
    assert [each.name for each in rows] == ["unchanged", *experiment.NAMES * 2]
    by = {(each.name, each.share): each for each in rows}
    assert by["direction", 0.25].watched > by["unchanged", 0.0].watched > by["direction", -0.25].watched
    assert all(each.divergence > 0 for each in rows[1:])
    assert rows[0].divergence == pytest.approx(0, abs=1e-9)
    assert by["mixture", 0.25].change is None
    assert (by["random-1", 0.25].change or "").startswith("steer:random-1:")


def test_placebos_are_as_long_and_the_mixture_at_a_right_angle() -> None:
    streams = torch.randn(9, 16, generator=torch.Generator().manual_seed(0))
    made = experiment.directions(3 * streams[4], streams)
    assert made.norm(dim=-1).tolist() == pytest.approx([1.0] * 4, abs=1e-5)
    assert abs(float(made[0] @ made[-1])) < 1e-5


def _added(text: str) -> AddToken | Steer | Contrast:
    edit = parse_intervention(text)
    assert isinstance(edit, AddToken | Steer | Contrast)
    return edit


@pytest.mark.parametrize("text", ["steer:sae-3-17:3:all:8", "add:2:all:300:-4", "steer:lens-logit-1-40:1:2:5"])
def test_what_is_on_the_stack_is_measured(view: View, small: Model, run: Trace, text: str) -> None:
    edit = _added(text)
    key = TraceKey(small.name, run.key.text, interventions=(edit,))
    shown = view("steering.curve", trace=capture(small, key))[-1]
    assert all(each.holds for each in shown.checks), shown.checks
    assert shown.data.on_stack
    assert shown.data.layer == edit.layer
    added = next(each for each in shown.data.rows if each.name == "direction" and each.share == 0.25).change
    vector = views.vector_of(small, _added(added))
    assert float(vector.norm()) == pytest.approx(0.25 * shown.data.length, rel=1e-3)


def test_texts_that_have_no_direction(view: View) -> None:
    with pytest.raises(NotApplicableError, match="Two equal texts"):
        view("steering.curve", more="same", less="same")


@pytest.mark.breaks("steering.curve", r"^The surprise of every text")
@pytest.mark.breaks("steering.curve", r"^The direction among the page’s interventions")
def test_texts_read_backwards_and_a_push_of_another_length(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = experiment.continued

    def wrong(decoder: Any, ids: Tensor, block: int, pushes: Tensor, tokens: int, *, first: bool = False) -> Any:
        made = plain(decoder, ids, block, 1.2 * pushes, tokens, first=first)
        return [replace(each, ids=each.ids[::-1], surprise=each.surprise + 0.1) for each in made]

    monkeypatch.setattr(experiment, "continued", wrong)
    assert not check("steering.curve", "The surprise").holds
    assert not check("steering.curve", "The direction among").holds
