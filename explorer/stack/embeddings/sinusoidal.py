"""Sinusoidal positions: each position is a fixed vector of sines and cosines, added to the token's embedding.

``PE[m, 2i] = sin(m * w_i)``, ``PE[m, 2i + 1] = cos(m * w_i)`` with ``w_i = theta ** (-2i / d_model)``
(Vaswani et al. 2017, arXiv 1706.03762). The dot product of two positions is ``sum_i cos((m - n) w_i)``: it depends on
the distance only, and it is largest, d_model / 2, at distance 0.

Worked example: d_model = 4, so w = 1 and 0.01. Position 1 is [sin 1, cos 1, sin 0.01, cos 0.01].

>>> table = sinusoidal(torch.arange(3), 4)
>>> [round(v, 4) for v in table[1].tolist()]
[0.8415, 0.5403, 0.01, 0.9999]
>>> [round(float(table[0] @ table[m]), 4) for m in range(3)]
[2.0, 1.5403, 0.5837]
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.embeddings.rope import Layout


def sinusoidal(
    positions: Int[Tensor, "*batch pos"], d_model: int, theta: float | int = 10_000.0, layout: Layout = "interleaved"
) -> Float[Tensor, "*batch pos d_model"]:
    """The vectors of these positions, float32. `layout`: sine and cosine side by side as in the paper ("interleaved"),
    or all sines before all cosines as in tensor2tensor and Marian ("halves"). Raises ValueError for an odd d_model.
    """
    if d_model < 2 or d_model % 2:
        raise ValueError(f"{d_model} coordinates are no pairs of a sine and a cosine")
    # float64: at position 100,000 a float32 angle is off by 0.004 radians.
    # On the CPU, as not every device has it.
    speeds = theta ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)  # half
    angles = positions.to("cpu", torch.float64)[..., None] * speeds  # *batch pos half
    sines, cosines = (each.float().to(positions.device) for each in (angles.sin(), angles.cos()))
    if layout == "halves":
        return torch.cat([sines, cosines], -1)  # *batch pos d_model
    return torch.stack([sines, cosines], -1).flatten(-2)  # *batch pos d_model
