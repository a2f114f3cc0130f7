"""Ways to distil: one student taught in several ways, beside the same student on text alone."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View
from explorer.panels.trained_here import TEXTS

SOURCE = (
    "stack.frontier.distillation.student:Student",
    "stack.frontier.distillation.chunked:distilled_loss",
    "stack.frontier.distillation.features:Projections",
    "stack.frontier.distillation.continued:continued",
)
WAYS = ("text", "forward", "reverse", "jsd", "features", "own", "written", "likeliest")

PANEL = Panel(
    name="ways_to_distil",
    title="Ways to distil",
    chapter="frontier",
    order=41,
    about="One student learns from a teacher’s distributions, streams or texts; the control learns from text alone.",
    also=("distillation", "logit matching", "feature matching", "FitNets", "on-policy", "MiniLLM", "GKD",
          "sequence-level", "soft targets"),
    requires=(),
    controls=(
        Control("teacher", "Teacher", "Whose students are shown.", "six-kinds-moe",
                choices=(("six-kinds-moe", "six-kinds mixture", "12 M parameters, eight ways"),
                         ("smollm2-135m", "SmolLM2", "135 M parameters, two ways"))),
        Control("steps", "Steps", "Batches that each student reads.", 20, choices=(10, 20, 40, 80), range=(2, 160)),
        Control("seeds", "Seeds", "Each draws other first weights and other windows.", 3, choices=(1, 2, 3, 5)),
        Control("size", "Student", "Parameters, in millions.", "0.3", choices=(("0.3", "0.3 M"), ("0.6", "0.6 M"),
                                                                              ("1", "1 M"))),
        Control("temperature", "Temperature", "That teacher’s and student’s logits are divided by.", 1.0,
                choices=(1.0, 2.0, 4.0)),
        TEXTS,
        Control("seed", "First seed", "It draws the weights and the windows.", 0, range=SEEDS),
    ),
    views=(
        View(
            "recorded",
            "Recorded, three seeds",
            "All students of one seed start from the same weights and read the same windows, or their beginnings "
            "written on by the teacher or by the student itself. The held-out loss less that of text alone shows what "
            "the teacher adds.",
            controls=("teacher",),
            provenance=("RECORDED",),
            source=SOURCE,
        ),
        View(
            "live",
            "Trained here",
            "The same trainings as they go, shorter, with a student, a temperature and seeds of your choice.",
            controls=("steps", "seeds", "size", "temperature", "texts", "seed"),
            provenance=("MEASURED",),
            requires=("companion:six-kinds-moe",),
            source=SOURCE,
            heavy=True,
            long=True,
            trains=WAYS,
        ),
    ),
)  # fmt: skip
