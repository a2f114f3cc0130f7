"""Inside a step: what an optimizer makes of one gradient, and what another one would have made of it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

RULES = (("adamw", "AdamW"), ("muon", "Muon"), ("lion", "Lion"), ("sgd", "SGD with momentum"))
_CONTROLS = ("matrix", "rule", "other", "steps", "rate")

PANEL = Panel(
    name="inside_step",
    title="Inside a step",
    chapter="pretraining",
    order=70,
    about="What does an optimizer make of a gradient? The same step of one matrix, by two of them.",
    also=("adam", "adamw", "muon", "lion", "sgd", "momentum", "newton-schulz", "optimizer", "learning rate", "update"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "matrix",
            "Matrix",
            "Which matrix of the selected block is trained; all other weights stay as they are.",
            "out",
            choices=(
                ("q", "W_Q, query"),
                ("k", "W_K, key"),
                ("v", "W_V, value"),
                ("o", "W_O, attention’s output"),
                ("gate", "W_gate"),
                ("in", "W_in"),
                ("out", "W_out"),
            ),
        ),
        Control("rule", "Optimizer", "It takes all steps.", "adamw", choices=RULES),
        Control(
            "other", "The last step also by", "From the same weights, after the same gradients.", "muon", choices=RULES
        ),
        Control("steps", "Step", "The one that is opened; those before it are taken as well.", 4, choices=(1, 2, 4, 8)),
        Control(
            "rate",
            "Learning rate",
            "Times the one that is usual for each: SGD 0.1, AdamW 0.001, Lion 0.0001, Muon 0.02.",
            1.0,
            choices=((0.1, "× 0.1"), (0.3, "× 0.3"), (1.0, "× 1"), (3.0, "× 3"), (10.0, "× 10")),
        ),
    ),
    views=(
        View(
            "step",
            "One step, term by term",
            "The model reads the run’s text and one matrix is moved so that the next tokens get likelier. A gradient "
            "says where to; the optimizer decides how far each weight goes. The corner shows 24 × 24 of the weights.",
            depends=("layer",),
            controls=_CONTROLS,
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.optimizers.adam:Adam",
                "stack.pretraining.optimizers.muon:Muon",
                "stack.pretraining.optimizers.lion:Lion",
                "stack.pretraining.optimizers.sgd:SGD",
                "experiments.pretraining.inside_step:opened",
            ),
            heavy=True,
            compares="any",
        ),
        View(
            "spectrum",
            "In how many directions a step goes",
            "The singular values of the gradient and of each update. A few directions carry most of a gradient. "
            "Muon gives all "
            "directions that are not tiny the same weight, by the iteration of Newton and Schulz.",
            depends=("layer",),
            controls=_CONTROLS,
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.optimizers.muon:iterates",
                "stack.pretraining.optimizers.muon:polynomial",
                "experiments.pretraining.inside_step:spectra",
                "experiments.pretraining.inside_step:stable_rank",
            ),
            heavy=True,
            compares="any",
        ),
        View(
            "tokens",
            "Muon or AdamW: tokens to a loss",
            "How many tokens Muon reads until a small decoder has the loss that AdamW ends with: three seeds, each "
            "rate the best of a grid of its own. A run that stops earlier decays earlier.",
            requires=(),
            provenance=("RECORDED",),
            source=(
                "experiments.pretraining.muon_or_adamw:saving",
                "experiments.pretraining.muon_or_adamw:reached",
                "experiments.pretraining.muon_or_adamw:train",
                "stack.architectures.paired_interval:paired_interval",
            ),
        ),
    ),
)
