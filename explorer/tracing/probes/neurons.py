"""A feed-forward layer's neurons at some positions of a run: what was measured of them, and what follows from it.

Stages and names are those of `FeedForwardSteps`; the pre-activation is the model's own, measured, and what follows from
it is derived.
"""

from __future__ import annotations

import torch

from explorer.errors import NotApplicableError
from explorer.stack.transformer.feed_forward import FeedForwardSteps
from explorer.tracing.trace import Trace

#: The model that is offered where blocks have no neurons of their own.
DENSE = "smollm2-135m"


def steps_at(trace: Trace, layer: int, positions: slice) -> FeedForwardSteps:
    """Every stage of a layer at some positions. Raises NotApplicableError where blocks have no plain MLP."""
    readout = trace.readout
    readout.require("neurons")
    W_out = readout.W_out[layer]
    if trace.mlp_pre is None or readout.activation is None or W_out is None:
        raise NotApplicableError(
            "This model's blocks have no plain feed-forward layer to open.",
            "In a mixture of experts, each expert has one: see “What experts do”, or open a dense model.",
            offer=DENSE,
        )
    gate_pre = trace.mlp_pre[layer, positions]
    gate = readout.activation(gate_pre)
    up = None
    if readout.linear is not None:
        stream = trace.resid_mid[layer] if readout.linear.reads == "resid_mid" else trace.stream(layer)
        with torch.inference_mode():
            up = readout.linear.made(layer, stream[positions])  # positions d_mlp
    elif "mlp_pre_linear" in trace.measured:
        up = trace.measured["mlp_pre_linear"][layer, positions]
    hidden = gate if up is None else gate * up
    out = hidden @ W_out
    b_out = readout.b_out[layer]
    return FeedForwardSteps(gate_pre, gate, up, hidden, out if b_out is None else out + b_out)
