"""Gallery of bugs: training code that raises no error and is wrong, each as a switch."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

_CONTROLS = ("bug", "steps", "decay", "seed")

PANEL = Panel(
    name="training_bugs",
    title="Gallery of bugs",
    chapter="pretraining",
    order=78,
    about="Seven bugs of training code that raise no error: what each does to one step, and to a whole training.",
    also=(
        "gradient accumulation",
        "warm-up",
        "learning rate",
        "labels",
        "off by one",
        "packing",
        "cross-contamination",
        "weight decay",
        "adamw",
        "l2",
        "pythia",
        "training",
    ),
    requires=(),
    controls=(
        Control(
            "bug",
            "Bug",
            "The one thing that is wrong.",
            "accumulation",
            choices=(
                ("accumulation", "Accumulation: mean of means"),
                ("warmup", "Warm-up from a rate of 0"),
                ("shift", "Labels shifted twice"),
                ("packing", "Packing without a mask"),
                ("everything", "Decay of gains and embeddings"),
                ("inside", "Decay inside Adam"),
                ("unscheduled", "Decay without the schedule"),
            ),
        ),
        Control("steps", "Steps", "Batches that each training reads.", 80, choices=(40, 80, 160), range=(2, 400)),
        Control("seeds", "Seeds", "Trainings of each kind.", 3, choices=(1, 3, 5), range=(1, 8)),
        Control("decay", "Weight decay", "The coefficient wd.", 0.1, choices=(0.01, 0.1, 0.3, 1.0)),
        Control("seed", "Seed", "It draws the weights and the rows; further seeds follow it.", 0,
                range=(0, SEEDS[1] - 8)),
    ),
    views=(
        View(
            "evidence",
            "One step, right and wrong",
            "Gradient accumulation, warm-up, labels, packing or weight decay: one of them is wrong. Both steps start "
            "from the same weights and read the same rows; the table compares gradients and steps part by part.",
            controls=_CONTROLS,
            provenance=("MEASURED",),
            source=(
                "experiments.pretraining.training_bugs:Switches",
                "experiments.pretraining.training_bugs:row_losses",
                "experiments.pretraining.training_bugs:rate_of",
                "stack.pretraining.optimizers.accumulation:by_tokens",
                "stack.pretraining.optimizers.accumulation:by_batches",
                "stack.pretraining.documents:reads",
                "stack.pretraining.optimizers.decay:Unscheduled",
                "stack.pretraining.optimizers.adam:Adam",
            ),
            heavy=True,
        ),
        View(
            "curves",
            "Trained right and wrong",
            (
                "A small decoder is trained twice from each seed, with the bug and without it, in turns. Where the "
                "held-out losses do not part, the noise band says so."
            ),
            controls=("bug", "steps", "seeds", "decay", "seed"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.pretraining.training_bugs:Trainee",
                "experiments.pretraining.document_rows:DocumentRows",
                "experiments.side_by_side:in_turns",
                "stack.pretraining.seed_band:seed_band",
            ),
            heavy=True,
            long=True,
            trains=("right", "wrong"),
        ),
    ),
)  # fmt: skip
