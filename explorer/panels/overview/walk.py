"""Walk: one token from its text to the next word, drawn from this run."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="walk",
    title="Walk",
    chapter="overview",
    order=10,
    about="One token from its text to the next word.",
    also=("overview", "how it works", "why this word", "autoregressive"),
    requires=("run",),
    views=(
        View(
            "river",
            "One token's walk",
            "The selected token's vector flows through the blocks; each adds to it, and the bars show how far each "
            "part pushes the chosen token ahead of other tokens: blue up, orange down.",
            depends=("position", "target", "over", "rival"),
            compares="parts",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "tracing.derived.attribution:attribute",
                "tracing.bridge.readout:Readout.direction",
                "experiments.overview.block_writes:logit_sum",
                "experiments.overview.block_writes:written",
                "experiments.overview.block_writes:first_writes",
                "figures.overview.why:why",
                "figures.overview.why:by_position",
                "tracing.derived.lens:lens_logits",
                "figures.overview.walk:drawn",
            ),
        ),
        View(
            "block",
            "One block, opened",
            "What the block's heads and its busiest neurons, or its mixer, did at this position. Click a head to open "
            "its map.",
            depends=("position", "target", "over", "rival", "layer"),
            compares="parts",
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "tracing.derived.attribution:Attribution.neurons",
                "tracing.derived.mixer_reads:mixer_read",
                "tracing.vetting.heads_alone:heads_alone",
                "figures.overview.walk_block:busiest_neurons",
                "figures.overview.walk_block:chosen_experts",
                "figures.overview.attention:pool_maps",
            ),
        ),
    ),
)
