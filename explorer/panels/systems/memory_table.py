"""70B in every format: the reference's table computed, each row beside what it says."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="memory_table",
    title="70B in every format",
    chapter="systems",
    order=150,
    about="What a model of 70 billion weights takes in each format, scales counted, beside what a table says.",
    also=("quantization", "gguf", "q4_k_m", "nf4", "gptq", "awq", "quip", "gigabytes", "llama 70b"),
    requires=(),
    views=(
        View(
            "table",
            "70B in every format",
            "The technical reference gives one number a format. Counted in bits per weight from real sizes, with "
            "scales and with what libraries leave in 16 bits, most hold, and some hold only for the codes alone.",
            provenance=("FORMULA", "QUOTED", "DERIVED"),
            source=(
                "stack.systems.quantization.memory_table:nbytes",
                "stack.systems.quantization.memory_table:q4_k_m",
                "stack.systems.quantization.memory_table:packed_bits",
            ),
        ),
    ),
)
