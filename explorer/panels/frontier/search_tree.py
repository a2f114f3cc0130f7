"""The search tree: several chains grown side by side, their beginnings shared."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="search_tree",
    title="The search tree",
    chapter="frontier",
    order=12,
    about="A search grows several chains from the model’s logits and keeps the best. What is shared, what is spent?",
    also=("tree of thoughts", "beam search", "process reward", "prefix cache", "lookahead"),
    requires=(),
    controls=(
        Control("prompt", "Prompt", "A digit and four instructions: +1 to +9, -1 to -9, *2 to *9.", "9+9+6+6*2",
                longest=20),
        Control(
            "stage", "Model", "Which weights write.", "base",
            choices=(("base", "taught"), ("rewarded", "rewarded"), ("small", "small")),
        ),
        Control("width", "Kept", "Beginnings that go on after each step.", 2, choices=(1, 2, 3, 4)),
        Control("branch", "Branches", "Steps that are tried behind each.", 3, choices=(2, 3, 4)),
        Control(
            "by", "Best by", "What beginnings compete by.", "logprob",
            choices=(
                ("logprob", "log-probability", "The model’s own total"),
                ("process", "verifier", "The least score of a beginning’s numbers"),
            ),
        ),
    ),
    views=(
        View(
            "tree",
            "The tree, from logits",
            "Each dot is a step with its probability, given the steps before it. Solid ones go on, hollow ones are "
            "dropped. A beginning’s keys and values are kept once for all that go on from it.",
            controls=("prompt", "stage", "width", "branch", "by"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.thinking.search:searched",
                "stack.frontier.thinking.search:tokens_of",
                "experiments.frontier.search_tree:flops",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
