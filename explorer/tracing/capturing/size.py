"""How many bytes a run will keep, known before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.capturing.long_run import LONG

if TYPE_CHECKING:
    from explorer.zoo.model import Model


def run_bytes(model: Model, prompt: int, new: int = 0) -> int:
    """Bytes of the trace of so many tokens of prompt and new ones: its large tensors, in float32.

    Attention's weights grow with the square of the tokens; a long run keeps neither these nor the logits (long_run.py).
    """
    dims, n, long = model.dims, prompt + new, prompt > LONG
    shape = anatomy(model.bridge)
    row = 2 * dims.d_model + shape.attention_row
    if any(name == "mlp_pre" for name, *_ in shape.kept) and not (long and shape.gate is not None):
        row += dims.d_mlp
    each = n * row + (0 if long else dims.n_heads * n * n)
    return 4 * (dims.n_layers * each + n * dims.d_model + (0 if long else n * dims.d_vocab))
