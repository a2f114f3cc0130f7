"""An exponential moving average of the weights, kept beside them: EMA.

    A <- d A + (1 - d) W           corrected for its start at zero: A / (1 - d^t)

Polyak and Juditsky 1992 averaged all iterates; the exponential form is what diffusion and language models keep
(Tarvainen and Valpola 2017, arXiv 1703.01780).

>>> average = averaged([torch.tensor([1.0]), torch.tensor([2.0])], decay=0.5)
>>> round(average.item(), 4)  # (.25 · 1 + .5 · 2) / .75
1.6667
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def averaged(weights: Iterable[Tensor], decay: float) -> Tensor:
    """The corrected average after the last of them. Raises ValueError where there are none."""
    average, start = None, 1.0
    for each in weights:
        start *= decay
        average = torch.lerp(torch.zeros_like(each) if average is None else average, each, 1 - decay)
    if average is None:
        raise ValueError("nothing to average")
    return average / (1 - start)
