"""Attention: every head at a glance, one head taken apart, what each block reads from the selected token."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="attention",
    title="Attention",
    chapter="overview",
    order=30,
    about="Which token reads which, and how the attention weights come about.",
    also=("induction", "circuits", "what a head reads"),
    requires=("run", "attention"),
    views=(
        View(
            "wall",
            "All heads at once",
            "Each tile is the map of one head: the token of a row reads the tokens of the columns. A strong first "
            "column is an attention sink; a strong diagonal beside the edge reads the previous token. Click a tile "
            "to open the head.",
            compares="text",
            together=True,
            source=(
                "tracing.derived.head_scores:score_heads",
                "tracing.probes.induction:induction_scores",
                "figures.overview.attention:pool_maps",
            ),
        ),
        View(
            "head",
            "One head",
            "Which tokens the selected query reads, and how its weights come about: dot products, scale, causal mask "
            "and softmax; then the weights times the lengths of the values.",
            depends=("layer", "head", "position", "target", "over", "rival"),
            compares="row",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.trace:Trace.scores",
                "figures.overview.attention:open_row",
                "figures.overview.attention:softmax_error",
                "tracing.windows:windows",
            ),
        ),
        View(
            "reads",
            "What each block reads from here",
            "For the selected token: the largest weight that any head of each block puts on each earlier token.",
            depends=("position",),
            compares="row",
            together=True,
            source=("figures.overview.attention:unseen_weight", "tracing.windows:windows"),
        ),
    ),
)
