"""Time and memory against length: standard attention, ours in tiles and torch's, measured here; and bytes moved."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

#: Numbers in fast memory: 16, 66 and 262 kB in float32.
MEMORIES = (4096, 16384, 65536)

PANEL = Panel(
    name="flash_growth",
    title="Time and memory",
    chapter="systems",
    order=30,
    about="Time and memory of standard attention, of ours in tiles and of torch's, as the text grows.",
    also=("flashattention", "long context", "quadratic", "benchmark", "out of memory"),
    requires=("model", "attention"),
    controls=(
        Control(
            "pass",
            "Pass",
            "Whether the backward pass is measured too.",
            "forward",
            choices=(("forward", "Forward"), ("both", "Forward and backward")),
        ),
        Control(
            "mask",
            "Mask",
            "Whether a query sees later keys.",
            "causal",
            choices=(("causal", "Causal"), ("none", "None")),
        ),
        Control(
            "longest",
            "Tokens",
            "The longest text that is measured. Longer texts take longer.",
            16384,
            choices=(1024, 4096, 16384),
            range=(128, 16384),
            unit="tokens",
        ),
        Control(
            "memory", "Fast memory M", "The numbers that fast memory holds.", 16384, choices=MEMORIES, unit="numbers"
        ),
    ),
    views=(
        View(
            "measured",
            "Time and memory, measured here",
            "One head of this model's width on random numbers, measured on this machine now, length by length. The "
            "arithmetic grows with N² in all three methods. The memory grows with N² only where the square of scores "
            "is kept.",
            controls=("pass", "mask", "longest"),
            compares="weights",
            together=True,  # both head widths are timed in turns
            provenance=("MEASURED", "FORMULA"),
            source=(
                "experiments.systems.attention_methods:standard",
                "experiments.systems.attention_methods:tiled",
                "experiments.systems.attention_methods:sdpa",
                "experiments.memory_peak:memory_peak",
                "experiments.systems.flash_growth:timed",
            ),
            heavy=True,
        ),
        View(
            "text_grows",
            "As the text grows: bytes moved",
            "The bytes that cross between slow and fast memory grow with N² in all three methods, because each block "
            "of queries reads the keys and values again. A larger fast memory holds larger tiles, and larger tiles "
            "read them fewer times.",
            controls=("memory", "mask"),
            provenance=("FORMULA", "MEASURED"),
            source=(
                "stack.systems.attention_io:standard",
                "stack.systems.attention_io:flash_1",
                "stack.systems.attention_io:flash_2",
                "stack.systems.attention_io:paper_tile",
                "stack.systems.memory_meter:Ledger",
            ),
            heavy=True,
        ),
    ),
)
