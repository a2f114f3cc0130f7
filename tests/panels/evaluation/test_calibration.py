"""Calibration of a small model: as excerpts are read, with a loss that is transformers' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiments.evaluation import calibration as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.evaluation.calibration import ece, nll
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_excerpts_come_one_by_one(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("calibration.reliability", excerpts=1, progress=lambda *said: told.append(said))
    assert [each.data.done for each in shown] == list(range(1, 7))
    made = shown[-1].data
    assert all(check.holds for check in shown[-1].checks)
    assert len(made.confidence) == len(made.correct) == len(made.kind) == len(made.tempered)
    assert set(made.kind.tolist()) == set(range(6))
    assert 0.2 < made.confidence.mean() < 1
    assert made.proved["right"][0] == pytest.approx(ece(made.confidence, made.correct.float(), 15), abs=1e-9)
    assert ("Excerpts read", 6, 6) in told


def test_the_temperature_is_fitted_on_other_excerpts(small: Model) -> None:
    *_, made = experiment.predictions(small, 1)
    fitted = [experiment.ids_of(small, kind.excerpts[0].text) for kind in experiment.passages.read()]
    logits = torch.cat([experiment.logits_of(small, ids) for ids in fitted])
    targets = torch.cat([ids[1:] for ids in fitted])
    assert nll(logits, targets, made.temperature) <= nll(logits, targets) + 5e-3
    assert made.fitted_on <= experiment.FITTED


@pytest.mark.breaks("calibration.reliability", r"= the loss that transformers computes$")
def test_a_prediction_read_one_token_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.logits_of

    def late(model: Model, ids: Any) -> Any:
        return torch.roll(real(model, ids), 1, 0)

    monkeypatch.setattr(experiment, "logits_of", late)
    assert not check("calibration.reliability", "transformers", excerpts=1).holds
