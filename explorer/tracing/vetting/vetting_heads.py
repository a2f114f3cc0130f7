"""Are single heads right? Each held against the model's own output projection, which the bridge has no part in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.tracing.bridge.readout import stream_factor
from explorer.tracing.bridge.value_heads import alone, projection
from explorer.zoo.reference import Reference, relative, said

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model


def single_heads(model: Model, trace: Trace, reference: Reference) -> str:
    """Each head by itself: transformers' own input of the output projection, cut by the width of a value and read by
    that projection. A sum over heads does not see one head's numbers told as another's."""
    bound = model.placement.relative
    for layer, block in enumerate(model.bridge.blocks):
        project = projection(block)
        if project is None or (entered := reference.entered.get(project)) is None:
            return f"transformers does not show what block {layer}'s output projection reads."
        if entered.shape[-1] % trace.dims.n_heads:
            return f"what block {layer}'s output projection reads is no multiple of {trace.dims.n_heads} heads."
        z = entered.unflatten(-1, (trace.dims.n_heads, -1))  # pos head d_v
        if (error := relative(trace.z[layer], z)) > bound:
            return said(error, f"in block {layer} single heads’ weighted sums of values differ by {{}}.", bound)
        own = alone(project, z) * stream_factor(model.hf.config.get_text_config())
        made = trace.z[layer].transpose(0, 1) @ trace.readout.W_O[layer]  # head pos d_model
        if reason := said(
            relative(made, own),
            f"in block {layer} single heads write {{}} else than the model’s own output projection makes of them.",
            bound,
        ):
            return reason
    return ""
