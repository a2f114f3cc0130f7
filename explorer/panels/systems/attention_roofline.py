"""Roofline and IO: whether memory or arithmetic limits attention, on named devices and here; and how d counts."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

FORMS = (
    "stack.systems.attention_io:standard",
    "stack.systems.attention_io:flash_1",
    "stack.systems.attention_io:flash_2",
    "stack.systems.attention_io:backward",
    "stack.systems.attention_io:decoding",
    "stack.systems.attention_io:shared",
)

SIDES = (16, 32, 64, 128, 256)
#: Numbers in fast memory at which the traffic is counted.
MEMORIES = (8192, 16384, 32768)

PANEL = Panel(
    name="attention_roofline",
    title="Roofline and IO",
    chapter="systems",
    order=40,
    about="Each attention kernel computes and moves bytes. The roofline shows which of the two limits its speed.",
    also=("arithmetic intensity", "hbm", "sram", "h100", "a100", "mi300x", "io complexity"),
    requires=(),
    controls=(
        Control("device", "Device", "The device whose data sheet gives the roof."),
        Control(
            "number",
            "Numbers",
            "The format of the numbers that the kernels multiply.",
            "bf16",
            choices=(("bf16", "bf16"), ("fp8", "FP8"), ("fp32", "float32")),
        ),
        Control(
            "n",
            "Tokens N",
            "The length of the text.",
            2048,
            choices=tuple(2**power for power in range(7, 17)),
            range=(128, 65536),
            unit="tokens",
        ),
        Control("d", "Dimensions d", "The width of the head.", 64, choices=SIDES, range=(16, 256)),
        Control("rows", "Tile rows", "Queries of a tile.", 128, choices=SIDES, range=(16, 256)),
        Control("columns", "Tile columns", "Keys of a tile.", 128, choices=SIDES, range=(16, 256)),
        Control(
            "mask",
            "Mask",
            "Whether a query sees later keys.",
            "causal",
            choices=(("causal", "Causal"), ("none", "None")),
        ),
        Control(
            "memory", "Fast memory M", "The numbers that fast memory holds.", 16384, choices=MEMORIES, unit="numbers"
        ),
    ),
    views=(
        View(
            "devices",
            "Under the roofs of named devices",
            "All kernels compute the same attention exactly. Standard attention writes and reads squares of scores, so "
            "it computes little for each byte. FlashAttention computes more for each byte, the larger its tiles are. A "
            "decoding step reads every key for one query. These are predictions from data sheets: nothing is timed.",
            controls=("n", "d", "rows", "columns", "mask", "number"),
            provenance=("FORMULA", "QUOTED"),
            source=(*FORMS, "stack.systems.accelerator:Accelerator", "stack.systems.roofline:Machine"),
        ),
        View(
            "here",
            "Predicted and measured on this machine",
            "The kernels that run here are timed, and each time stands beside the least that this machine’s arithmetic "
            "and memory allow.",
            controls=("n", "d", "rows", "columns", "mask"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.systems.roofline:probes",
                "experiments.machine:speed",
                "stack.systems.hardware:caches",
                "experiments.systems.attention_roofline:timed",
                *FORMS,
            ),
            heavy=True,
        ),
        View(
            "dimension",
            "Twice the d, four times the traffic",
            "A summary that is often copied says that FlashAttention needs O(N² d / M) memory accesses. The counts at "
            "one size M of fast memory contradict it: a larger d makes the tiles smaller and each row longer, so the "
            "traffic grows with d².",
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
