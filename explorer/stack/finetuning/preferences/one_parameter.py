"""Where the chosen answer must fall: answers of two tokens, a or b, from a model with one parameter.

Each token is a with probability s = sigma(t), whatever stands before it. So, with the chosen answer ab::

    log p(ab) = ln s + ln(1 - s)         greatest at s = 1/2, where p(ab) = 1/4
    log p(aa) = 2 ln s

DPO of ab over aa sees only  log p(ab) - log p(aa) = ln(1 - s) - ln s = -t:  every step lowers t. A model that was
fine-tuned on ab stands at s = 1/2, and from there each step makes ab *less* likely. What gains is bb, which nobody
compared. The slope of log p(ab) is 1 - 2 s. A gradient step of rate r and weight w = beta sigma(-beta margin) moves::

    t by  r w ((1 - 2 s) - 2 (1 - s)) = - r w        (chosen term, rejected term)
    log p(ab) by about  - r w (1 - 2 s)              below 0 wherever s < 1/2

>>> path = fallen(start=0.5, beta=0.1, rate=10.0, steps=40)
>>> bool((path.ab[1:] < path.ab[:-1]).all()), bool((path.margin[1:] > path.margin[:-1]).all())
(True, True)
>>> round(path.ab[0].exp().item(), 4), round(path.bb[0].exp().item(), 4)
(0.25, 0.25)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Path:
    """Steps of gradient descent on DPO's loss: before the first one, and after each."""

    t: Float[Tensor, " step"]
    beta: float

    @property
    def s(self) -> Float[Tensor, " step"]:
        return torch.sigmoid(self.t)

    @property
    def ab(self) -> Float[Tensor, " step"]:
        """log p of the chosen answer."""
        return torch.log(self.s) + torch.log1p(-self.s)

    @property
    def aa(self) -> Float[Tensor, " step"]:
        """Of the rejected one."""
        return 2 * torch.log(self.s)

    @property
    def bb(self) -> Float[Tensor, " step"]:
        """Of the one that nobody compared."""
        return 2 * torch.log1p(-self.s)

    @property
    def margin(self) -> Float[Tensor, " step"]:
        """Over the reference, which stands at the first t."""
        return self.t[0] - self.t

    @property
    def weight(self) -> Float[Tensor, " step"]:
        return self.beta * torch.sigmoid(-self.beta * self.margin)

    @property
    def by_chosen(self) -> Float[Tensor, " step"]:
        """How fast log p(ab) moves through the chosen term, for each unit of rate."""
        return self.weight * (1 - 2 * self.s).square()

    @property
    def by_rejected(self) -> Float[Tensor, " step"]:
        """And through the rejected one."""
        return -self.weight * (1 - 2 * self.s) * 2 * (1 - self.s)


def fallen(start: float, beta: float, rate: float, steps: int) -> Path:
    """start: the probability of a at first."""
    t = torch.logit(torch.tensor(start, dtype=torch.float64))
    first, found = t, [t]
    for _ in range(steps):
        t = t - rate * beta * torch.sigmoid(-beta * (first - t))
        found.append(t)
    return Path(torch.stack(found), beta)
