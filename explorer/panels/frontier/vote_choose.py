"""Sample, vote, choose: many texts for one prompt, and how an answer is taken from them."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

STAGE = Control(
    "stage", "Model", "Which weights write.", "base",
    choices=(
        ("base", "taught", "Taught on right answers, at once and in steps"),
        ("rewarded", "rewarded", "The same after GRPO on right answers"),
    ),
)  # fmt: skip

PANEL = Panel(
    name="vote_choose",
    title="Sample, vote, choose",
    chapter="frontier",
    order=11,
    about="A model writes many texts. Does the vote find the right answer, or a verifier that scores them?",
    also=("self-consistency", "best of n", "pass@k", "maj@k", "verifier", "reward hacking", "over-optimisation",
          "self-verification"),
    requires=(),
    controls=(
        Control("prompt", "Prompt", "A digit and four instructions: +1 to +9, -1 to -9, *2 to *9.", "9+9+6+6*2",
                longest=20),
        STAGE,
        Control("temperature", "Temperature", "It divides the logits before a text is drawn.", 1.0,
                choices=(0.5, 0.7, 1.0, 1.3)),
        Control("seed", "Seed", "It draws the texts.", 0, range=SEEDS),
        Control("prompts", "Prompts", "Held-out prompts that the mean is over.", 12, choices=(12, 24, 48),
                range=(2, 48)),
        Control("among", "Texts", "Of which one is chosen, where the methods are compared.", 4,
                choices=(2, 4, 8, 16, 32, 64)),
    ),
    views=(
        View(
            "votes",
            "64 texts, and all that could be",
            "All texts are counted, so that pass@k, the vote and best of n are known exactly. Beside them stands what "
            "64 drawn texts say.",
            controls=("prompt", "stage", "temperature", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.thinking.voting:majority",
                "stack.frontier.thinking.best_of_n:best_of",
                "stack.frontier.thinking.best_of_n:estimated",
                "stack.frontier.thinking.verifier:Verifier",
            ),
            heavy=True,
        ),
        View(
            "optimised",
            "A verifier, taken too far",
            "The best of n by a verifier’s score, over held-out prompts: what the verifier says of it, and how often "
            "it is right. The more texts, the more often the best is one that the verifier is wrong about.",
            controls=("stage", "prompts"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.thinking.best_of_n:best_of",
                "stack.frontier.thinking.best_of_n:divergence",
                "experiments.frontier.vote_choose:optimised",
            ),
            heavy=True,
        ),
        View(
            "self_checked",
            "The model judges its own texts",
            "Four scores that the model gives its own texts, beside the vote and the trained verifiers, on the same "
            "texts of held-out prompts: how often the chosen one is right, and what a score knows at all.",
            controls=("stage", "prompts", "among"),
            in_page=("among",),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.thinking.self_check:own_scores",
                "stack.frontier.thinking.self_check:auc",
                "stack.frontier.thinking.best_of_n:best_of",
                "stack.evaluation.paired_tests:sign_flips",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
