"""Token attribution against captum's, where both have the same definition."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer.stack.frontier import shapley
from explorer.stack.frontier.carried import Contrast, carry, enter, say
from explorer.stack.frontier.token_attribution import (
    gradient_x_input,
    grouped,
    integrated_gradients,
    leave_one_out,
    present,
)
from explorer.stack.transformer.decoder import Decoder

attr = pytest.importorskip("captum.attr")
GROUPS = [[0, 1], [2], [3]]


def test_attributions_are_those_of_captum(tiny: Decoder) -> None:
    """On the difference of two logits: captum's shares of single numbers add up to ours of tokens."""
    x, at = enter(tiny, torch.tensor([1, 4, 7, 2]))
    baseline = tiny.embed.weight.mean(0).expand_as(x)

    def score(rows: Tensor) -> Tensor:
        return Contrast(3, 5)(say(tiny, carry(tiny, rows, at)))

    mask = torch.tensor([0, 0, 1, 2])[None, :, None].repeat(1, 1, x.shape[1])
    first = [group[0] for group in GROUPS]
    theirs = attr.InputXGradient(score).attribute(x[None].clone().requires_grad_()).sum(-1)[0].detach()
    torch.testing.assert_close(gradient_x_input(score, x, torch.zeros_like(x)), theirs, atol=1e-5, rtol=0)
    # their midpoints of equal parts of the path are ours, and so is what the sum misses
    path = attr.IntegratedGradients(score)
    theirs, missed = path.attribute(
        x[None], baseline[None], n_steps=8, method="riemann_middle", return_convergence_delta=True
    )  # fmt: skip
    ours = integrated_gradients(score, x, baseline, 8)
    torch.testing.assert_close(ours.shares, theirs.sum(-1)[0], atol=1e-5, rtol=0)
    assert ours.error == pytest.approx(abs(float(missed)), abs=1e-5)
    torch.testing.assert_close(grouped(ours.shares, GROUPS)[0], theirs[0, :2].sum(), atol=1e-5, rtol=0)
    # a group's share stands at each of its numbers
    theirs = attr.FeatureAblation(score).attribute(x[None], baseline[None], feature_mask=mask)[0, first, 0]
    torch.testing.assert_close(leave_one_out(score, x, baseline, GROUPS), theirs, atol=1e-5, rtol=0)
    theirs = attr.ShapleyValues(score).attribute(x[None], baseline[None], feature_mask=mask)[0, first, 0]
    ours = shapley.exact(lambda those: present(score, x, baseline, GROUPS, those), 3)
    torch.testing.assert_close(ours.float(), theirs, atol=1e-5, rtol=0)
    assert float(theirs.abs().min()) > 0.01
