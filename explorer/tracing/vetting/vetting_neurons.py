"""Are neurons right? What they write is held against what their MLP wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.stack.worst import worst
from explorer.tracing.vetting.tolerance import FLOOR, Tolerance
from explorer.zoo.reference import said

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace


def neurons(trace: Trace, to: Tolerance) -> str:
    """Whether the neurons of each MLP write what it wrote."""
    if trace.mlp_pre is None or trace.readout.W_out[0] is None:
        return ""  # there are none: said where they are asked for
    pos = len(trace) - 1
    found = trace.attribution(pos, int(trace.logits[pos].argmax()), "raw")
    for layer in range(trace.dims.n_layers):
        neurons = found.neurons(layer, 1)
        size = worst(float(found.mlp.abs().max()), float(neurons.contribution.abs().max()), FLOOR)
        error = abs(neurons.total + neurons.bias - float(found.mlp[layer])) / size
        if reason := said(error, f"in block {layer} the sum differs from the MLP’s output by {{}}.", to.sums):
            return reason
    return ""
