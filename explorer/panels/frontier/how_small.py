"""How small: loss against size, of students and of the same teacher pruned or merged."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="how_small",
    title="How small?",
    chapter="frontier",
    order=42,
    about="Loss against size: students of a teacher, and the teacher itself with blocks, neurons or weights left out.",
    also=("pruning", "depth pruning", "width pruning", "2:4 sparsity", "expert merging", "ShortGPT", "distillation"),
    requires=(),
    controls=(
        Control(
            "windows",
            "Held-out windows",
            "Of each kind of text, 128 tokens each; the students were measured on 4.",
            4,
            choices=(1, 2, 4),
        ),
    ),
    views=(
        View(
            "sizes",
            "Loss against what must be stored",
            "Students are trained, so each size costs a training. A pruned or merged teacher costs none: it is "
            "measured here, as it is, on the same held-out passages as the students.",
            controls=("windows",),
            provenance=("MEASURED", "RECORDED"),
            requires=("companion:six-kinds-moe",),
            source=(
                "stack.frontier.distillation.pruned:influence",
                "stack.frontier.distillation.pruned:without_blocks",
                "stack.frontier.distillation.pruned:narrowed",
                "stack.frontier.distillation.pruned:two_of_four",
                "stack.frontier.distillation.pruned:merged",
            ),
            heavy=True,
        ),
    ),
)
