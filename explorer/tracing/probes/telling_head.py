"""The head with which one begins where nobody has chosen any."""

from __future__ import annotations

import torch

from explorer.tracing.trace import Trace


def telling_head(trace: Trace, position: int, aim: int, layer: int | None = None) -> tuple[int, int]:
    """The head with which one begins: of those that read another token most, neither this one nor the first, which all
    heads with nothing to do look at, the one that writes most toward or against the answer; of `layer`, if given. In a
    model without heads, the first of the block whose mixer writes most.
    """
    if trace.readout.refused.get("attribution"):
        return layer or 0, 0
    share = trace.attribution(position, aim)
    if not trace.dims.n_heads:
        return int(share.attn.abs().argmax()) if layer is None else layer, 0
    size = share.heads.abs()
    read = trace.pattern[:, :, position].argmax(-1)
    elsewhere = (read != position) & (read != 0)
    here = torch.ones_like(elsewhere)
    if layer is not None:
        here[:] = False
        here[layer] = True
    wanted = here & elsewhere if bool((here & elsewhere).any()) else here
    best = int(size.masked_fill(~wanted, -1).argmax())
    return divmod(best, trace.dims.n_heads)
