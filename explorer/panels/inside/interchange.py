"""Interchange: a few directions of the stream that carry one variable, beside their controls."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="interchange",
    title="Interchange",
    chapter="inside",
    order=15,
    about="Few directions of the stream that hold one variable, found by exchanging them between two runs.",
    also=("DAS", "distributed alignment search", "interchange intervention", "causal abstraction", "carry"),
    requires=("companion:sums",),
    controls=(
        Control("pairs", "Base and source", "What the two sums of a pair share.", "same",
                choices=(("same", "one first number"), ("any", "nothing"))),
        Control("layer", "Block", "Whose input is exchanged.", 1, choices=(0, 1)),
        Control(
            "position", "Position", "Of the token whose stream is exchanged.", 4,
            choices=((0, "tens of the first"), (1, "units of the first"), (2, "+"), (3, "tens of the second"),
                     (4, "units of the second"), (5, "=")),
        ),
        Control("steps", "Steps", "Steps of gradient descent on the directions.", 50, choices=(25, 50, 100),
                range=(2, 100)),
        Control("seed", "Seed", "It draws the pairs, the first directions and the random weights.", 0, range=SEEDS),
    ),
    views=(
        View(
            "carried",
            "Where the carry is",
            "A model that adds two numbers first writes whether there is a carry. In an interchange intervention a run "
            "without one is given, along a few directions at one place, what a run with one has there: if it now says "
            "that there is a carry, these directions hold it. They are found by gradient descent, which also "
            "fits what means nothing.",
            controls=("pairs", "layer", "position", "steps", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.interchange:interchanged",
                "stack.frontier.interchange:learned",
                "experiments.inside.interchange:found",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
