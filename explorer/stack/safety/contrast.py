"""The direction between two conditions in the residual stream, added and taken away, beside placebos.

Of the same items under two conditions, read at one layer and one place::

    d       = mean(x | pressed) - mean(x | plain)
    added   = x + c d                      at that layer, at that place
    ablated = x - (x . r) r,  r = d / |d|  wherever the stream is written

(Rimsky et al. 2023, arXiv 2312.06681: such a vector moves sycophancy; Arditi et al. 2024, arXiv 2406.11717: ablation.)
Any vector of that length moves a model. So two placebos of the same norm stand beside it: a random direction, and the
difference of means under shuffled labels. The direction is taken from one half of the items and tried on the other.

Worked example: two coordinates; pressure moves the first one by 2.

>>> plain, pressed = torch.tensor([[0.0, 1.0], [0.0, 3.0]]), torch.tensor([[2.0, 1.0], [2.0, 3.0]])
>>> d = difference(plain, pressed)
>>> d.tolist(), ablated(torch.tensor([5.0, 7.0]), d).tolist()
([2.0, 0.0], [0.0, 7.0])
>>> other = shuffled_labels(plain, pressed, torch.Generator().manual_seed(0))
>>> round(float(other.norm()), 6)
2.0
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def difference(
    plain: Float[Tensor, "item d_model"], pressed: Float[Tensor, "item d_model"]
) -> Float[Tensor, " d_model"]:
    """The difference of the means."""
    return (pressed.double().mean(0) - plain.double().mean(0)).to(plain.dtype)


def ablated(x: Float[Tensor, "*row d_model"], direction: Float[Tensor, " d_model"]) -> Float[Tensor, "*row d_model"]:
    """Without what points along a direction; unchanged for a direction of length 0."""
    r = direction / direction.norm().clamp_min(1e-30)
    return x - (x @ r)[..., None] * r


def random_direction(like: Float[Tensor, " d_model"], generator: torch.Generator) -> Float[Tensor, " d_model"]:
    """A random one of the same norm."""
    drawn = torch.randn(like.shape, generator=generator, dtype=torch.float64)
    return (drawn / drawn.norm() * like.double().norm()).to(like.dtype)


def shuffled_labels(
    plain: Float[Tensor, "item d_model"], pressed: Float[Tensor, "item d_model"], generator: torch.Generator
) -> Float[Tensor, " d_model"]:
    """The difference of the means where half of the items have their labels exchanged, at the true one's norm."""
    true, signs = difference(plain, pressed), torch.ones(len(plain), dtype=torch.float64)
    signs[torch.randperm(len(plain), generator=generator)[: len(plain) // 2]] = -1
    apart = (pressed.double() - plain.double()) * signs[:, None]
    # Without the part along the true direction, which an odd half would leave in.
    made = ablated(apart.mean(0), true.double())
    if float(made.norm()) < 1e-9:
        return random_direction(true, generator)
    return (made / made.norm() * true.double().norm()).to(plain.dtype)
