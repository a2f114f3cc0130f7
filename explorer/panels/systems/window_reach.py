"""Windows and reach: how far blocks that look a window back let a token be known, and how much of it arrives."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

#: Windows that may be put on a model.
WINDOWS = (2, 3, 4, 8, 16, 32, 64, 128, 256)

PANEL = Panel(
    name="window_reach",
    title="Windows and reach",
    chapter="systems",
    order=60,
    about="How far a token reaches when each block looks only a window back: the bound, and the measurement.",
    also=("sliding window", "receptive field", "local attention", "mistral", "gemma"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "window",
            "Window, tokens",
            "How far back a block looks. Where the model’s own windows hide nothing of this text, the view takes one "
            "that fits it.",
            "own",
            choices=(("own", "The model’s own"), *WINDOWS),
        ),
    ),
    views=(
        View(
            "cone",
            "How far one token reaches",
            "The page replaces the selected token by others and compares every stream. Ink shows how much a stream "
            "changed. The dashed line shows how far the windows can carry a change. No change passes this bound; the "
            "map shows how much arrives before it.",
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
