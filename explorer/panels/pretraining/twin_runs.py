"""Two training runs: one thing changed, from the first step or at a later one, tensor by tensor and in the loss."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View
from explorer.panels.trained_here import TEXTS

OPTIMIZERS = (("adamw", "AdamW"), ("muon", "Muon"), ("lion", "Lion"), ("sgd", "SGD with momentum"))
SCHEDULES = (("wsd", "WSD"), ("cosine", "cosine"), ("linear", "linear"), ("constant", "constant"))
RATES, SHARES, DECAYS = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2), (0.0, 0.05, 0.1, 0.25), (0.0, 0.01, 0.1, 1.0)
BATCHES, NORMS, LAST = (2, 4, 8, 16), (0.1, 1.0, 10.0), SEEDS[1] - 8
#: What of the first run is another thing in the second; the control `to_NAME` has its value there.
CHANGES = (
    ("optimizer", "optimizer"),
    ("rate", "learning rate"),
    ("warmup", "warm-up"),
    ("schedule", "schedule"),
    ("weight_decay", "weight decay"),
    ("rows", "batch"),
    ("clip", "clipping"),
    ("seed", "seed"),
)
_RUN = (
    *("layers", "steps", "texts", "change", "fork"),
    *(name for name, _ in CHANGES),
    *(f"to_{name}" for name, _ in CHANGES),
)

PANEL = Panel(
    name="twin_runs",
    title="Two training runs",
    chapter="pretraining",
    order=74,
    about="Train a small decoder twice with one thing changed, and compare every tensor and the loss.",
    also=(
        "compare runs",
        "fork",
        "distribution",
        "histogram",
        "weights",
        "gradients",
        "activations",
        "updates",
        "seeds",
        "noise",
        "optimizer",
        "muon",
        "training",
    ),
    requires=(),
    controls=(
        Control("layers", "Blocks", "Of both decoders.", 2, choices=(1, 2, 4)),
        Control("steps", "Steps", "Batches that each run reads.", 80, choices=(40, 80, 160), range=(2, 400)),
        TEXTS,
        Control("seeds", "Seeds", "Trainings of each run; a verdict needs three.", 3, choices=(1, 3, 5), range=(1, 8)),
        Control("change", "One thing changed", "What differs in the second run.", "optimizer", choices=CHANGES),
        Control("fork", "Fork after", "Steps that both runs share; 0: none.", 0, range=(0, None), unit="steps"),
        Control("optimizer", "Optimizer", "Of the first run.", "adamw", choices=OPTIMIZERS),
        Control("to_optimizer", "becomes", "The second run’s optimizer.", "muon", choices=OPTIMIZERS),
        Control("rate", "Peak learning rate", "Of the first run.", 3e-3, choices=RATES),
        Control("to_rate", "becomes", "The second run’s peak learning rate.", 1e-2, choices=(*RATES, 10.0)),
        Control("warmup", "Warm-up", "Share of the steps, of the first run.", 0.1, choices=SHARES),
        Control("to_warmup", "becomes", "Share of the second run’s steps.", 0.0, choices=SHARES),
        Control("schedule", "Schedule", "Of the first run.", "wsd", choices=SCHEDULES),
        Control("to_schedule", "becomes", "The second run’s schedule.", "cosine", choices=SCHEDULES),
        Control("weight_decay", "Weight decay", "Of the first run.", 0.1, choices=DECAYS),
        Control("to_weight_decay", "becomes", "The second run’s weight decay.", 1.0, choices=DECAYS),
        Control("rows", "Batch", "Windows of a step, of the first run.", 8, choices=BATCHES),
        Control("to_rows", "becomes", "Windows of the second run’s step.", 16, choices=BATCHES),
        Control("clip", "Greatest gradient norm", "Of the first run.", 1.0, choices=NORMS),
        Control("to_clip", "becomes", "The second run’s greatest gradient norm.", 0.1, choices=NORMS),
        Control("seed", "Seed", "Draws weights and windows of the first run; further seeds follow.", 0,
                range=(0, LAST)),
        Control("to_seed", "becomes", "The second run’s seed; after a fork it draws the windows alone.", 100,
                range=(0, LAST)),
        Control(
            "of",
            "",
            "What of the tensor is drawn.",
            "weights",
            choices=(
                ("weights", "weights"),
                ("gradients", "gradients", "After clipping."),
                ("updates", "updates", "What a step adds to the weights, decay included."),
                ("activations", "activations", "What the matrix puts out on held-out windows."),
            ),
        ),
        Control(
            "matrix",
            "Tensor",
            "The matrix or gain.",
            "q",
            choices=(
                ("q", "W_Q"),
                ("k", "W_K"),
                ("v", "W_V"),
                ("o", "W_O"),
                ("gate", "W_gate"),
                ("in", "W_in"),
                ("out", "W_out"),
                ("gain", "gain of the first norm"),
                ("embed", "embedding"),
            ),
        ),
        Control("block", "Block", "Whose tensor is drawn.", 0, range=(0, None)),
        Control(
            "range",
            "Axis",
            "Which values the axis covers.",
            "most",
            choices=(("most", "90 % of the entries"), ("all", "all entries")),
        ),
    ),
    views=(
        View(
            "bands",
            "One tensor through both runs",
            "Quantile bands of one tensor’s entries over the steps: all, 90 %, half, and the median. Both runs have "
            "one axis. They differ in one thing, from the first step or from a fork on.",
            controls=(*_RUN,),
            provenance=("MEASURED",),
            source=(
                "experiments.pretraining.twin_runs:twin_runs",
                "experiments.pretraining.twin_runs:Side",
                "stack.pretraining.quantile_bands:quantiles",
                "stack.pretraining.train:one_step",
            ),
            heavy=True,
            trains=("first", "second"),
        ),
        View(
            "difference",
            "What the one thing does to the loss",
            "Both runs are trained from several seeds, in turns. The difference of their held-out losses stands beside "
            "the noise band: what seeds alone do.",
            controls=(*_RUN, "seeds"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.pretraining.twin_runs:twin_runs",
                "experiments.pretraining.small_run:SmallRun",
                "stack.pretraining.seed_band:seed_band",
                "stack.architectures.paired_interval:paired_interval",
            ),
            heavy=True,
            long=True,
            trains=("first", "second"),
        ),
    ),
)  # fmt: skip
