"""Attention: every head at a glance, one head taken apart, what each block reads from the selected token."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="attention",
    title="Attention",
    chapter="overview",
    order=30,
    about="Which tokens read which, and how those weights are made.",
    also=("induction", "circuits", "what a head reads"),
    views=(
        View(
            "wall",
            "All heads at once",
            "Each tile is one head's map, rows read columns: strong first columns are sinks, strong diagonals read the "
            "previous token; sort to find them, hover for arcs over the text, click to open one.",
            compares="text",
            source=(
                "tracing.head_scores:score_heads",
                "tracing.induction:induction_scores",
                "figures.overview.attention:pool_maps",
            ),
        ),
        View(
            "head",
            "One head",
            "What the selected query reads, and how that row is made: dot products, scale, causal mask, softmax, and "
            "what the values make of it; hollow bars are keys that the mask removes.",
            depends=("layer", "head", "position", "target"),
            compares="row",
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
            "For the selected token: the strongest weight that any head of a block puts on each earlier token, so that "
            "a name read deep in the model stands out.",
            depends=("position",),
            compares="row",
            source=("figures.overview.attention:unseen_weight", "tracing.windows:windows"),
        ),
    ),
)
