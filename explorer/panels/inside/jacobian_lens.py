"""Jacobian lens: where one concept stands ready on a text, and at which depth."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="jacobian_lens",
    title="Jacobian lens",
    chapter="inside",
    order=11,
    about="Where a token that you type stands ready to be said later, by the Jacobian lens: one backward pass.",
    also=("J-lens", "jacobian", "concept", "readiness", "gradient"),
    requires=("run", "decoder"),
    controls=(
        Control("concept", "Concept", "One token; empty: the model’s answer.", "", longest=40),
        Control("prompts", "Prompts", "Texts over which the directions are averaged.", 4, choices=(1, 2, 4, 8, 16)),
        Control("strength", "Strength", "Of the stream’s length behind the block.", 0.25, choices=(0.1, 0.25, 0.5, 1)),
    ),
    views=(
        View(
            "ready",
            "Where a concept stands ready",
            "The logit lens asks whether the model would say this token if it stopped here. The Jacobian lens asks how "
            "much a push here raises it anywhere later. One backward pass gives the answer for every block at once.",
            depends=("position",),
            controls=("concept", "prompts", "strength"),
            in_page=("strength",),
            provenance=("MEASURED", "DERIVED"),
            source=("stack.frontier.lenses.jacobian:pulled_back", "experiments.inside.jacobian_lens:deviations"),
            heavy=True,
        ),
    ),
)
