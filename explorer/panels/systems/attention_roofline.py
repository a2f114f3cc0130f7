"""Roofline and IO: whether attention waits for memory or arithmetic, on named devices and here; and how d counts."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

FORMS = (
    "stack.systems.attention_io:standard",
    "stack.systems.attention_io:flash_1",
    "stack.systems.attention_io:flash_2",
    "stack.systems.attention_io:backward",
    "stack.systems.attention_io:decoding",
)

PANEL = Panel(
    name="attention_roofline",
    title="Roofline and IO",
    chapter="systems",
    order=40,
    about="Bytes and operations of each attention kernel, and which of them a device waits for.",
    also=("arithmetic intensity", "hbm", "sram", "h100", "a100", "mi300x", "io complexity"),
    requires=(),
    views=(
        View(
            "devices",
            "Under the roofs of named devices",
            "The same attention, exact whichever way. The squares of standard attention keep it at few operations a "
            "byte; FlashAttention’s intensity grows with its tile; a decoding step reads each key for one query "
            "alone. Predictions from data sheets: nothing is timed.",
            controls=("n", "d", "rows", "columns", "mask", "number"),
            provenance=("FORMULA", "QUOTED"),
            source=(*FORMS, "stack.systems.accelerator:Accelerator", "stack.systems.roofline:Machine"),
        ),
        View(
            "here",
            "Predicted and measured on this machine",
            "Both limits measured, the caches read from the system, and the kernels that run here timed beside what "
            "the roof allows them.",
            controls=("n", "d", "rows", "columns", "mask"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.systems.roofline:probe",
                "stack.systems.hardware:caches",
                "experiments.systems.attention_roofline:timed",
                *FORMS,
            ),
            heavy=True,
        ),
        View(
            "dimension",
            "Double d, and four times the traffic",
            "A summary that is often copied says O(N² d / M) accesses. The loops, counted at one fast memory M, say "
            "otherwise: a tile’s side shrinks as d grows, and each row brings d numbers, so d counts twice.",
            controls=("memory",),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "experiments.systems.attention_io:by_dimension",
                "stack.systems.attention_io:paper_tile",
                "stack.systems.attention_io:power",
                "stack.systems.memory_meter:Ledger",
            ),
            heavy=True,
        ),
    ),
)
