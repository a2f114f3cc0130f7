"""The loss without the whole table of logits equals torch's, and makes gradients only for whoever wants them."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.stack.transformer import chunked_loss
from explorer.stack.transformer.chunked_loss import CHUNK, linear_cross_entropy


def made(n: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(n)
    hidden, weight = (torch.randn(rows, 8, generator=generator).requires_grad_() for rows in (n, 30))
    return hidden, weight, torch.randint(30, (n,), generator=generator)


@pytest.mark.parametrize("n", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_equal_to_torch_with_gradients(n: int) -> None:
    hidden, weight, targets = made(n)
    loss = linear_cross_entropy(hidden, weight, targets)
    loss.backward()
    expected = F.cross_entropy(hidden @ weight.T, targets)
    theirs = torch.autograd.grad(expected, (hidden, weight))
    torch.testing.assert_close(loss, expected)
    for ours, their in zip((hidden.grad, weight.grad), theirs, strict=True):
        torch.testing.assert_close(ours, their)


def test_a_measurement_makes_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden, weight, targets = made(300)

    def gradient(*_: object, **named: object) -> None:
        raise AssertionError("a product of the gradient's")

    monkeypatch.setattr(chunked_loss.torch, "mm", gradient)
    with torch.no_grad():
        loss = linear_cross_entropy(hidden, weight, targets)
    torch.testing.assert_close(loss, F.cross_entropy(hidden @ weight.T, targets).detach())
    with pytest.raises(AssertionError, match="gradient"):
        linear_cross_entropy(hidden, weight, targets)
