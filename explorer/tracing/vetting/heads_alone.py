"""What single heads write, asked of the model's own output projection: the yardstick of all that is said of one head.

Heads told as one another, or cut by a wrong width, still add up to what attention wrote. So each head's z goes through
the projection by itself, all others' set to zero, cut into as many parts as the model has heads: no matrix of ours, and
no cut of ours, has a part in it.
"""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

from explorer.stack.worst import worst
from explorer.tracing.bridge.value_heads import alone
from explorer.tracing.derived.attribution import Attribution
from explorer.tracing.recording import Recording


def heads_alone(run: Recording, layer: int, pos: int) -> Float[Tensor, "head d_model"]:
    """What the model's own projection makes of each head of a block at a position, behind the norm that some models put
    after attention; float64. Raises ValueError where it shows no projection, or reads no whole number of heads."""
    readout, n_heads = run.readout, run.dims.n_heads
    project, z = readout.projections[layer], run.z[layer, pos].flatten()  # (head d_v)
    if project is None or len(z) % n_heads:
        raise ValueError(f"block {layer} has no projection that reads {n_heads} heads")
    out = alone(project, z.view(1, n_heads, -1))[:, 0].double() * readout.joins  # head d_model
    weight = readout.ln1_post_weight[layer]
    if weight is not None and run.ln1_post_scale is not None:
        out = out * weight.double() / run.ln1_post_scale[layer, pos].double()
    return out


def shares_error(run: Recording, share: Attribution, layer: int) -> float:
    """The largest distance, over a block's heads, of what a head is said to add to the token's lead from what the
    model's own projection makes of it; inf where other heads are told than the model has."""
    if len(share.heads[layer]) != run.dims.n_heads:
        return math.inf
    try:
        own = heads_alone(run, layer, share.pos)
    except ValueError:
        return math.inf
    return worst((share.heads[layer] - own @ share.direction).abs().tolist())
