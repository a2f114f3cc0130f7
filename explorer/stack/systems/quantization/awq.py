"""AWQ: channels that carry large activations are made larger in the weights before these are rounded.

An error in a weight counts as much as the activation that meets it. A rounding step is about the same for all weights
of a group, so that a weight which is multiplied by s before rounding, and whose input is divided by s, loses 1/s of
it. s follows the channel's mean size, and one exponent for all channels says how far::

    s_j = mean|x_j|^alpha,  brought to sqrt(max s * min s) = 1          alpha from 0 to 1, searched
    Q   = round(W diag(s)) diag(1/s)

Nothing is trained; the error of the outputs on the text decides, tr((W - Q) H (W - Q)^T), which is that of all matrices
that read the channels. alpha = 0 is rounding to nearest. (Lin et al. 2023, arXiv 2306.00978; its second half is
`clipping`.)

Worked example: the second channel is ten times as loud. With a scale of its own the error there is smaller.

>>> import torch
>>> from explorer.stack.systems.quantization.calibration import Sums
>>> from explorer.stack.systems.quantization.integers import Integers
>>> drawn = torch.Generator().manual_seed(0)
>>> sums = Sums(8)
>>> sums.add(torch.randn(64, 8, generator=drawn) * torch.tensor([1, 10, 1, 1, 1, 1, 1, 1.0]))
>>> found = search([torch.randn(16, 8, generator=drawn)], sums.inputs(), Integers("int3", "INT3", 3, 8))
>>> round(found.alpha, 2), found.loss < 0.6 * found.losses[0]
(0.65, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.quantization.calibration import Inputs
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.gptq import loss

#: The authors' grid: twenty exponents from 0 on.
ALPHAS = tuple(at / 20 for at in range(20))


@dataclass(frozen=True, eq=False)
class Search:
    """What each exponent loses, and the scales of the best."""

    alphas: tuple[float, ...]
    losses: tuple[float, ...]
    """tr((W - Q) H (W - Q)^T), summed over the matrices."""
    alpha: float
    scale: Float[Tensor, " in"]

    @property
    def loss(self) -> float:
        return self.losses[self.alphas.index(self.alpha)]


def scale_of(mean_abs: Float[Tensor, " in"], alpha: float) -> Float[Tensor, " in"]:
    """s, float32; a channel that is always nought counts as 1e-4."""
    scale = mean_abs.double().clamp_min(1e-4).pow(alpha)
    return (scale / (scale.max() * scale.min()).sqrt()).float()


def rounded(weight: Float[Tensor, "out in"], scale: Float[Tensor, " in"], format: Format) -> Float[Tensor, "out in"]:  # noqa: A002
    """round(W diag(s)) diag(1/s): what the matrix comes to once the fold is undone."""
    return format.quantize(weight.float() * scale).dequantize() / scale


def search(
    weights: Sequence[Float[Tensor, "_ in"]],
    inputs: Inputs,
    formats: Format | Sequence[Format],
    alphas: Sequence[float] = ALPHAS,
) -> Search:
    """The best exponent for the matrices that read these inputs, in one format or in one each.

    Raises NotApplicableError for rows that do not fit."""
    hessian = inputs.hessian
    each_in = [formats] * len(weights) if isinstance(formats, Format) else formats
    losses = []
    for alpha in alphas:
        scale = scale_of(inputs.mean_abs, alpha)
        losses.append(sum(loss(w, rounded(w, scale, fmt), hessian) for w, fmt in zip(weights, each_in, strict=True)))
    best = alphas[min(range(len(losses)), key=losses.__getitem__)]
    return Search(tuple(alphas), tuple(losses), best, scale_of(inputs.mean_abs, best))
