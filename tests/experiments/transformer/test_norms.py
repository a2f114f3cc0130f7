"""Gradients gathered from real draws, depth by depth."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from explorer.experiments.transformer import norms as experiment
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.stack.transformer import gradient_flow as mechanism
from explorer.stack.transformer.gradient_flow import Start, gradient_flow

#: Fourteen tokens, twelve different ones.
IDS = torch.tensor([40, 7, 12, 9, 3, 25, 8, 31, 7, 2, 12, 6, 18, 1])


def test_gradients_are_gathered_from_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "DEPTHS", (2, 3))
    monkeypatch.setattr(experiment, "DRAWS", 2)
    told = []
    first, found = experiment.at_start(IDS, 5, "rms", lambda done, total: told.append((done, total)))
    assert first.depths == (2,)
    assert [each.n_layers for each in first.found] == [2, 2]
    assert told[-1] == (8, 8)
    assert [(each.n_layers, each.placement) for each in found.found] == [
        (2, "pre"),
        (2, "post"),
        (3, "pre"),
        (3, "post"),
    ]
    assert (found.read, found.distinct) == (14, 12)
    assert found.error < 1e-2
    _, ids = IDS.unique(return_inverse=True)
    draws = [
        gradient_flow(Start(3, 12, norm="rms"), "post", ids, torch.Generator().manual_seed(5000 + i), check=False).w_out
        for i in range(2)
    ]
    expected = torch.stack(draws)
    torch.testing.assert_close(
        found.found[3].w_out, torch.stack([expected.mean(0), expected.amin(0), expected.amax(0)])
    )


@pytest.mark.breaks("norms.gradients", "losses change along their gradients as much as the gradients say")
def test_gradients_of_another_loss_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "DEPTHS", (2,))
    monkeypatch.setattr(experiment, "DRAWS", 1)
    scene = Scene(run=cast(Any, SimpleNamespace(ids=IDS)))

    def holds() -> bool:
        return panels()["norms"].render("gradients", scene).checks[0].holds

    assert holds()
    loss, calls = mechanism.next_token_loss, []

    def drifting(decoder: Any, ids: torch.Tensor) -> torch.Tensor:
        """Its scale changes from call to call: the difference along the gradient is no longer its length."""
        calls.append(1)
        return loss(decoder, ids) * (1 + 1e-7 * len(calls))

    monkeypatch.setattr(mechanism, "next_token_loss", drifting)
    assert not holds()
