"""Induction is born: an attention-only model is trained until a head continues what repeats."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

SOURCE = (
    "stack.frontier.induction:AttentionOnly",
    "stack.frontier.induction:repeating",
    "stack.frontier.induction:induction_score",
    "stack.frontier.induction:k_composition",
    "stack.frontier.induction:key_terms",
    "experiments.inside.induction_born:trainings",
)

PANEL = Panel(
    name="induction_born",
    title="Induction is born",
    chapter="inside",
    order=13,
    about="A two-layer attention-only model is trained until an induction head appears; one layer never has one.",
    also=("induction head", "previous-token head", "K-composition", "phase change", "in-context learning", "olsson"),
    requires=(),
    controls=(
        Control("point", "Step", "At which the heads are shown; the last one if none is chosen.", range=(0, None)),
        Control("steps", "Steps", "Batches of 32 texts that each training reads.", 600, choices=(200, 400, 600),
                range=(4, 600)),
        Control("seed", "Seed", "It draws the weights and the texts.", 0, range=SEEDS),
        Control(
            "std",
            "Wider start",
            "Standard deviation of all weights at the start of the third training; the others start at 0.02, as GPT-2.",
            0.125,
            choices=((0.06, "0.06"), (0.125, "0.125 = 1/√width"), (0.25, "0.25")),
        ),
    ),
    views=(
        View(
            "recorded",
            "Five seeds, recorded",
            "The texts are random tokens that repeat, so that from the second copy on each next token can be known. "
            "Accuracy jumps when a head of the first layer marks each place with the token before it, and a head of "
            "the second looks that mark up: in-context copying that one layer cannot do.",
            controls=("point",),
            in_page=("point",),
            provenance=("RECORDED",),
            source=SOURCE,
        ),
        View(
            "live",
            "Trained here",
            "The same three trainings, live: watch the heads’ scores rise as the accuracy on the second copy jumps. "
            "The heads that do it, and the step, differ from seed to seed.",
            controls=("point", "steps", "seed", "std"),
            in_page=("point",),
            provenance=("MEASURED",),
            source=SOURCE,
            heavy=True,
        ),
    ),
)  # fmt: skip
