"""Windows and reach: how far blocks that look a window back let a token be known, and how much of it arrives."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="window_reach",
    title="Windows and reach",
    chapter="systems",
    order=60,
    about="How far a token is heard when each block looks only a window back: the bound, and what is measured.",
    also=("sliding window", "receptive field", "local attention", "mistral", "gemma"),
    requires=("run", "decoder"),
    views=(
        View(
            "cone",
            "How far one token is heard",
            "The selected token is replaced by others and every stream is compared: ink is how much it changed, the "
            "dashed line how far a window in each block can carry it. The bound holds exactly, and says little of "
            "what arrives.",
            depends=("position",),
            controls=("window",),
            compares="place",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.context.window_reach:reach",
                "stack.context.window_reach:reached",
                "stack.transformer.attention:Visibility",
                "experiments.systems.window_reach:influence",
            ),
            heavy=True,
        ),
    ),
)
