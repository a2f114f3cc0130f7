"""Teacher and student: two next-token distributions side by side, and where they part."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

TEXT = "And it came to pass, when the king of Israel had heard these words, that he"

PANEL = Panel(
    name="teacher_and_student",
    title="Teacher and student",
    chapter="frontier",
    order=40,
    about="A small model learned a larger one’s next-token distributions: where it follows them and where it does not.",
    also=("distillation", "dark knowledge", "soft targets", "KL divergence", "Jensen-Shannon", "GKD", "temperature"),
    requires=("companion:six-kinds-moe", "companion:six-kinds-student"),
    controls=(
        Control("text", "Text", "Which all three models read.", TEXT, longest=600),
        Control("place", "Place", "After which the next token is shown; where they differ most if none is chosen.",
                range=(0, None)),
        Control(
            "beta",
            "Divergence, beta",
            "0 is forward KL, 1 reverse KL; between them lies the generalised JSD.",
            0.0,
            choices=((0.0, "0 forward KL"), 0.001, 0.01, 0.1, 0.25, (0.5, "0.5 JSD"), 0.75, 0.9, 0.99, 0.999,
                     (1.0, "1 reverse KL")),
        ),
        Control("temperature", "Temperature", "That all logits are divided by.", 1.0,
                choices=(0.5, 1.0, 2.0, 4.0, 8.0)),
    ),
    views=(
        View(
            "next_tokens",
            "Two distributions, token by token",
            "After each token the teacher spreads its probability over many next tokens. A text shows only one of "
            "them; the student learned from all. Its twin of the same size read the same windows and learned from the "
            "text’s own tokens alone.",
            controls=("text", "place", "beta", "temperature"),
            in_page=("place", "beta"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.distillation.divergences:divergence",
                "stack.frontier.distillation.divergences:soft_loss",
                "stack.frontier.distillation.divergences:logit_gradient",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
