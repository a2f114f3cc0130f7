"""Are neurons right? What they write is held against what their MLP wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.stack.worst import worst
from explorer.tracing.vetting.tolerance import FLOOR, Tolerance
from explorer.zoo.reference import relative, said

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace


def neurons(trace: Trace, to: Tolerance) -> str:
    """Whether the neurons of each MLP write what it wrote."""
    if trace.mlp_pre is None or trace.readout.W_out[0] is None:
        return ""  # there are none: said where they are asked for
    if "attribution" in trace.readout.absent:
        return _written(trace, to)
    pos = len(trace) - 1
    found = trace.attribution(pos, int(trace.logits[pos].argmax()), "raw")
    for layer in range(trace.dims.n_layers):
        neurons = found.neurons(layer, 1)
        size = worst(float(found.mlp.abs().max()), float(neurons.contribution.abs().max()), FLOOR)
        error = abs(neurons.total + neurons.bias - float(found.mlp[layer])) / size
        if reason := said(error, f"in block {layer} the sum differs from the MLP’s output by {{}}.", to.sums):
            return reason
    return ""


def _written(trace: Trace, to: Tolerance) -> str:
    """The same where nothing adds up to the logits: the vectors themselves."""
    for layer, (matrix, bias) in enumerate(zip(trace.readout.W_out, trace.readout.b_out, strict=True)):
        assert matrix is not None
        made = trace.neurons(layer) @ matrix
        error = relative(made if bias is None else made + bias, trace.mlp_out[layer])
        if reason := said(error, f"in block {layer} the sum differs from the MLP’s output by {{}}.", to.sums):
            return reason
    return ""
