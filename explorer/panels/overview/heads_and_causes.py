"""Heads and causes: direct attribution of every head against the measured effect of removing it."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="heads_and_causes",
    title="Heads & causes",
    chapter="overview",
    order=60,
    about="Which heads matter, and how.",
    views=(
        View(
            "scatter",
            "Direct share against cause",
            "What each head writes toward the target (across) and how its logit moves when the head is removed (up); "
            "far from the dashed line, it works through other parts.",
            depends=("position", "target"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.causes:ablation_effects",
                "tracing.attribution:attribute",
                "figures.overview.heads_and_causes:shares_error",
            ),
            heavy=True,
        ),
    ),
)
