"""What the balancing panel draws: the end of a training, as far as it has come, and thinned stored curves."""

from __future__ import annotations

import pytest
import torch

from explorer.figures.architectures import balancing as figure
from explorer.stack.architectures.router_training import Settings, Task, training


def test_the_ending_of_what_there_has_been() -> None:
    x = torch.randn(256, 12, generator=torch.Generator().manual_seed(0))
    task = Task.of(x[:192], x[:192].abs(), x[192:], x[192:].abs())
    part, _, run = training(task, Settings(steps=50, batch=64, k=2), torch.Generator().manual_seed(3))
    for some, steps in ((part, 20), (run, 50)):
        end, shown = figure.ending(some), figure.bands(some)
        assert shown.share.shape == (steps, 8)
        assert float(end.share.sum()) == pytest.approx(1)
        assert 1 <= end.effective <= 8
        assert end.busiest >= 1
        assert end.idle == int((some.share[-20:].mean(0) < 1 / 80).sum())
        assert (end.held_out is None) == (steps < 50)


def test_stored_curves_are_thinned() -> None:
    rows = [
        {"step": 1.0, "lm": 4.0, "balance": 2.5, "busiest": 0.5, "idlest": 0.0},
        {"step": 2.0, "lm": 2.0, "balance": 2.1, "busiest": 0.3, "idlest": 0.1},
    ]
    assert figure.stored("x", rows, points=1) == figure.StoredTraining(
        name="x", step=[1.5], lm=[3.0], balance=[2.3], busiest=[0.4], idlest=[0.05]
    )
