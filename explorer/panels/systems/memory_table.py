"""70B in every format: the reference's table computed, each row beside what it says."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="memory_table",
    title="70B in every format",
    chapter="systems",
    order=150,
    about="Memory of a model with 70 billion weights in each format, with scales, compared with a published table.",
    also=("quantization", "gguf", "q4_k_m", "nf4", "gptq", "awq", "quip", "gigabytes", "llama 70b"),
    requires=(),
    controls=(Control("model", "Model", "The model whose weights are counted."),),
    views=(
        View(
            "table",
            "70B in every format",
            "The technical reference gives one number for each format. This table counts the bytes from the models’ "
            "real sizes, with scales and with the matrices that libraries keep in 16 bits. Some quoted numbers hold "
            "only for the codes without scales.",
            provenance=("FORMULA", "QUOTED", "DERIVED"),
            source=(
                "stack.systems.quantization.memory_table:nbytes",
                "stack.systems.quantization.memory_table:q4_k_m",
                "stack.systems.quantization.memory_table:packed_bits",
            ),
        ),
    ),
)
