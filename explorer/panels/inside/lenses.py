"""Lenses: four readings of the stream at every block of one run, held against held-out texts and an exchange."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="lenses",
    title="Lenses",
    chapter="inside",
    order=10,
    about="What the model would say at every block by the logit lens, the tuned lens, the least-squares lens and the "
    "Jacobian lens.",
    also=("tuned lens", "logit lens", "jacobian lens", "early exit", "causal swap"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "lens",
            "Lens",
            "The one whose map is drawn.",
            "tuned",
            choices=(
                ("logit", "Logit"),
                ("tuned", "Tuned"),
                ("least_squares", "Least squares"),
                ("jacobian", "Jacobian"),
            ),
        ),
        Control("texts", "Texts", "Held-out excerpts that are read.", 8, choices=(2, 4, 8, 16)),
        Control("concept", "Exchange with", "One token; empty: the model’s second choice.", "", longest=40),
    ),
    views=(
        View(
            "read",
            "What the model would say at every block",
            "Four lenses read the same streams by the model’s own readout. The logit lens reads them as they are, the "
            "others first map them to the last block’s stream. Where they disagree, the difference comes from "
            "the lens, not from the model.",
            depends=("position",),
            controls=("lens",),
            in_page=("lens",),
            provenance=("MEASURED",),
            source=("stack.frontier.lenses.lens:Lens", "stack.frontier.lenses.tuned:trained"),
            heavy=True,
        ),
        View(
            "held",
            "How far from the last word on other texts",
            "The KL divergence from what the model says in the end to what each lens says at a block, over excerpts "
            "that no lens was fitted to. Below the logit lens’s line a fitted map has learned something that holds.",
            requires=("model", "decoder"),
            controls=("texts",),
            provenance=("MEASURED",),
            source=("experiments.inside.lenses:kl_of", "stack.frontier.lenses.tuned:least_squares"),
            heavy=True,
        ),
        View(
            "swapped",
            "Two concepts exchanged: does the output follow?",
            "Each lens names a direction for the model’s answer and one for another token. What the two "
            "read of the stream is exchanged behind one block, and the model goes on. A lens whose directions the "
            "model uses turns the answer over; a random direction does not.",
            controls=("concept",),
            provenance=("MEASURED",),
            source=("stack.frontier.lenses.lens:exchanged", "stack.frontier.lenses.lens:reading"),
            heavy=True,
        ),
    ),
)
