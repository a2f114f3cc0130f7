"""Cost: what a mixture's token uses of all that is there, which experts a batch reads, and what the clock says."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="moe_cost",
    title="Cost",
    chapter="architectures",
    order=50,
    about="A mixture computes like a small model and is stored like a large one; what it reads depends on the batch.",
    also=("moe", "mixture of experts", "mixtral", "deepseek", "flops"),
    requires=("run", "experts"),
    views=(
        View(
            "sizes",
            "Total and active parameters",
            "What is stored against what one token passes through, counted from real configs: arithmetic follows the "
            "filled dot, memory the hollow one. What the makers state in all is quoted beside it.",
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
            "A token alone reads k experts, a batch reads every expert that one of its tokens chose, counted over "
            "passages of six kinds: uneven load makes it fewer than the formula’s even router, and neighbours in one "
            "text may agree more than strangers do.",
            depends=("layer",),
            compares="any",
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
            "Decode speed against the clock",
            "The mixture against dense decoders of its active and of its total size, writing on from the same passages "
            "through one engine on this machine; choosing and gathering experts costs time that parameter counts do "
            "not show.",
            controls=("rounds",),
            provenance=("MEASURED",),
            source=(
                "stack.inference.engine:Engine",
                "experiments.architectures.moe_cost:dense_twin",
                "experiments.architectures.moe_cost:speeds",
                "experiments.timing:compare",
            ),
            heavy=True,
            requires=("experts", "decoder"),
        ),
    ),
)
