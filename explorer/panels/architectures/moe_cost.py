"""Cost: what a mixture's token uses of all that is there, which experts a batch reads, and what the clock says."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="moe_cost",
    title="Cost",
    chapter="architectures",
    order=50,
    about="A mixture computes like a small model and is stored like a large one. What it reads depends on the batch.",
    also=("moe", "mixture of experts", "mixtral", "deepseek", "flops"),
    requires=("run", "experts"),
    controls=(
        Control("model", "", "The model whose parameters are opened: one of the rows."),
        Control(
            "weights",
            "Weights",
            "Bits of a stored number.",
            "bf16",
            choices=(("fp32", "32-bit"), ("bf16", "16-bit"), ("int8", "8-bit"), ("int4", "4-bit")),
        ),
        Control(
            "memory",
            "GPU",
            "A card with the memory that its driver reports, or an amount of memory.",
            80,
            choices=(1, 8, 16, 24, 40, 80, 141, 192, 320, 640, 1128),
            unit="GB",
        ),
        Control(
            "context",
            "Tokens read",
            "Cached tokens that a new token reads.",
            4096,
            choices=tuple(2**power for power in range(7, 18)),
        ),
        Control(
            "sequences",
            "Sequences",
            "Sequences that are served at once.",
            1,
            choices=tuple(2**power for power in range(9)),
        ),
        Control(
            "rounds",
            "Rounds",
            "More rounds narrow the quartiles and take longer.",
            9,
            choices=(5, 9, 15, 45),
            range=(2, 45),
        ),
    ),
    views=(
        View(
            "sizes",
            "Total and active parameters",
            "What a model stores and what one token uses, counted from real configs. The filled dot decides the "
            "arithmetic, the hollow dot the memory. The totals that the makers state are quoted beside it.",
            compares="weights",
            provenance=("FORMULA", "QUOTED"),
            requires=("model",),
            source=(
                "stack.architectures.moe_parameters:parameters",
                "stack.architectures.moe_parameters:from_hf",
                "stack.architectures.moe_cost:flops",
                "stack.architectures.moe_cost:attention_flops",
                "stack.architectures.shared_experts:fine_grained",
            ),
        ),
        View(
            "reading",
            "Experts that a batch reads",
            "A single token reads k experts; a batch reads each expert that any of its tokens chose. The counts come "
            "from passages of six kinds. An uneven load makes them fewer than the formula for an even router, and "
            "neighbouring tokens may choose the same experts more often than random tokens.",
            depends=("layer",),
            compares="any",
            unchanged=True,
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.systems.roofline:experts_read",
                "stack.architectures.moe_cost:expected_distinct",
                "stack.architectures.moe_cost:drawn",
                "stack.architectures.moe_cost:distinct",
            ),
            heavy=True,
        ),
        View(
            "speed",
            "Decode speed by the clock",
            "The mixture and two dense decoders, one of its active size and one of its total size, continue the same "
            "passages with one engine on this machine. Choosing and gathering experts takes time that parameter "
            "counts do not show.",
            controls=("rounds",),
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.engine:Engine",
                "experiments.architectures.moe_cost:dense_twin",
                "experiments.architectures.moe_cost:speeds",
                "experiments.timing:compare",
            ),
            heavy=True,
            requires=("experts", "decoder"),
        ),
    ),
)
