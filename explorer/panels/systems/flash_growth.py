"""Time and memory against length: standard attention, ours in tiles and torch's, measured here; and bytes moved."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="flash_growth",
    title="Time and memory",
    chapter="systems",
    order=30,
    about="What standard attention, ours in tiles and torch's take as the text grows, until one of them stops.",
    also=("flashattention", "long context", "quadratic", "benchmark", "out of memory"),
    requires=("model",),
    views=(
        View(
            "measured",
            "Time and memory, measured here",
            "One head of this model's size on random numbers, length by length, on this machine just now. Time grows "
            "with N² whichever way it is done; memory only where the square of scores is kept.",
            controls=("pass", "mask", "longest"),
            compares="weights",
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
            "Bytes that cross between slow and fast memory grow with N² for all three, since keys and values are read "
            "again for every block of queries: a larger fast memory allows larger tiles, and so fewer readings.",
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
