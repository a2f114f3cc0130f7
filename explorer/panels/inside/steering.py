"""Steering: any direction of the stream added to a run, at several strengths, beside placebos of the same length."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="steering",
    title="Steering",
    chapter="inside",
    order=55,
    about="A direction added behind a block: what the text becomes, how fluent it stays, and what placebos do.",
    also=("activation addition", "steering vector", "representation engineering", "contrast", "control vector"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "more", "Towards", "A text; the direction leads to what it leaves behind the block.",
            "The sea, the ship, the waves, the whale", longest=200,
        ),
        Control(
            "less", "Away from", "A text that it leads away from.", "The town, the street, the house, the car",
            longest=200,
        ),
        Control("watch", "Watched word", "One token; empty: the one that is raised most.", "sea", longest=40),
        Control(
            "strength", "Strength", "Of the stream’s length behind the block.", 0.5,
            choices=(-0.5, 0.125, 0.25, 0.5, 1.0),
        ),
    ),
    views=(
        View(
            "curve",
            "A direction and its placebos",
            "The direction from one text to the other is added behind a block at every token, and the prompt goes on. "
            "Where the watched word rises and placebos of the same length leave it, the direction says something. "
            "Where the surprise rises as well, the text falls apart.",
            depends=("layer",),
            controls=("more", "less", "watch"),
            provenance=("MEASURED",),
            source=(
                "experiments.inside.steering:continued",
                "experiments.inside.steering:directions",
                "tracing.changes.direction_edits:Contrast",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
