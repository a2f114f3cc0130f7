"""Which words mattered: every way to share an answer out among the words before it, on one text."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="which_words",
    title="Which words mattered",
    chapter="inside",
    order=1,
    about="One answer shared out among the words before it, by five methods that do not agree.",
    also=("token attribution", "saliency", "integrated gradients", "Shapley", "attention rollout", "SHAP"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "unit",
            "Unit",
            "What a share is given to.",
            "word",
            choices=(("token", "Tokens"), ("word", "Words"), ("sentence", "Sentences")),
        ),
        Control(
            "score",
            "Shared out",
            "The number that is shared out.",
            "contrast",
            choices=(
                ("contrast", "Lead over a rival", "The answer’s logit less that of the rival, or of the runner-up."),
                ("logit", "Its logit", "The answer’s logit, whatever other tokens have."),
                ("log_prob", "Its log-probability", "Which falls also where another token rises."),
            ),
        ),
        Control(
            "absent",
            "An absent token is",
            "The embedding that stands where a token is taken away.",
            "mean",
            choices=(
                ("mean", "The mean embedding", "The mean of the vocabulary’s embeddings."),
                ("zero", "Nothing", "A vector of zeros, which the first norm then blows up."),
            ),
        ),
        Control(
            "steps", "Steps", "Gradients along the way, of integrated gradients.", 32, choices=(8, 16, 32, 64, 128)
        ),
        Control(
            "orders",
            "Orders",
            "Random orders behind the Shapley values of more than 8 units.",
            8,
            choices=(2, 4, 8, 16, 32, 64),
        ),
        Control("word", "", "The unit whose numbers are shown.", 1, range=(0, None)),
    ),
    views=(
        View(
            "words",
            "One answer, five opinions",
            "Blue words push toward the answer and orange ones away from it, by each method on the same text. A "
            "picture of important words is one method’s opinion: see how differently the next method ranks them.",
            depends=("position", "target", "rival"),
            controls=("unit", "score", "absent", "steps", "orders"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.token_attribution:gradient_x_input",
                "stack.frontier.token_attribution:integrated_gradients",
                "stack.frontier.token_attribution:leave_one_out",
                "stack.frontier.shapley:exact",
                "stack.frontier.shapley:sampled",
                "stack.frontier.rollout:rollout",
            ),
            heavy=True,
        ),
        View(
            "path",
            "Along the way from nothing to the text",
            "Integrated gradients sum slopes along a straight way from absent tokens to the text. Where the curve "
            "bends sharply, few steps miss the bend, and the shares do not add up.",
            depends=("position", "target", "rival"),
            controls=("score", "absent"),
            provenance=("MEASURED", "DERIVED"),
            source=("stack.frontier.token_attribution:integrated_gradients",),
            heavy=True,
        ),
    ),
)
