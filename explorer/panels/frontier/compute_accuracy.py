"""Compute against accuracy: what more work at the time of the answer buys."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

SOURCE = (
    "experiments.frontier.compute_accuracy:measured",
    "stack.frontier.thinking.voting:majority",
    "stack.frontier.thinking.best_of_n:best_of",
    "stack.systems.roofline:work",
)

PANEL = Panel(
    name="compute_accuracy",
    title="Compute against accuracy",
    chapter="frontier",
    order=13,
    about="Steps, votes, a verifier, a search or a larger model: which answer is right most often for its work?",
    also=("test-time compute", "inference scaling", "small model thinking", "flops"),
    requires=(),
    controls=(Control("prompts", "Prompts", "Held-out prompts that are answered.", 12, choices=(12, 24, 48),
                      range=(2, 48)),),
    views=(
        View(
            "recorded",
            "300 prompts, recorded",
            "Each way to answer, by its floating-point operations and the share that is right, with its 95 % interval "
            "over held-out prompts.",
            provenance=("RECORDED",),
            source=SOURCE,
        ),
        View(
            "live",
            "Measured here",
            "The same on fewer prompts. The accuracy of each prompt is exact, since all of its texts are counted; the "
            "interval is over prompts.",
            controls=("prompts",),
            provenance=("MEASURED", "DERIVED"),
            source=SOURCE,
            heavy=True,
        ),
    ),
)  # fmt: skip
