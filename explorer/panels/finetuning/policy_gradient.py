"""Policy gradient: one set of answers, rewarded once, under eight estimators."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

_ESTIMATORS = ("REINFORCE", "RLOO", "PPO", "GRPO", "Dr.GRPO", "DAPO", "GSPO", "CISPO")
_MEASURED = ("policy", "prompts", "group", "longest", "ends", "rule", "pattern", "seed")

PANEL = Panel(
    name="policy_gradient",
    title="Policy gradient",
    chapter="finetuning",
    order=90,
    about="A model answers a prompt several times, each answer is rewarded. What does each estimator make of it?",
    also=(
        "reinforce", "rloo", "ppo", "grpo", "dr.grpo", "dapo", "gspo", "cispo", "rlhf", "rlvr", "advantage",
        "clip", "importance ratio", "loss is 0", "trl", "verifiable reward", "reward",
    ),
    requires=("model",),
    controls=(
        Control(
            "policy", "Policy", "Who answers: a small model of sums that was trained here, or the page’s model.", "sft",
            choices=(("sft", "sums, after SFT"), ("base", "sums, base"), ("page", "the page’s model")),
        ),
        Control("prompts", "Prompts", "What the model answers; several are separated by |.", "", longest=400),
        Control("group", "Answers", "Drawn for each prompt.", 8, choices=(4, 8, 16)),
        Control("longest", "Tokens", "An answer has at most so many.", 5, range=(2, 16)),
        Control(
            "ends", "An answer ends", "The token that ends it; if empty, the model decides.", None,
            choices=(("model", "with the model’s own end"), ("comma", "with a comma"), ("line", "with a new line")),
        ),
        Control(
            "rule", "Reward", "A program gives it: 1 for a right sum, or for a text that has the pattern.", "sum",
            choices=(("sum", "the sum is right"), ("pattern", "it has a pattern")),
        ),
        Control("pattern", "Pattern", "A regular expression that the whole answer has.", r"\d+", longest=120),
        Control("seed", "Seed", "It draws the answers.", 0, range=SEEDS),
        Control("estimator", "Estimator", "What turns rewards into tokens’ weights.", "GRPO", choices=_ESTIMATORS),
        Control("prompt", "Prompt", "Whose answers are shown.", 0, range=(0, 3)),
        Control(
            "age", "The policy since it wrote the answers", "GRPO updates on these same answers.", 0,
            choices=((0, "fresh"), (1, "3 updates on"), (2, "8 updates on")),
        ),
        Control(
            "scope", "Gradient from", "Which answers it is computed from.", "prompt",
            choices=(("prompt", "this prompt"), ("all", "all prompts")),
        ),
        Control(
            "step", "Steps of", "Every estimator moves equally far, or has the same learning rate.", "length",
            choices=(("length", "equal length"), ("rate", "equal learning rate")),
        ),
        Control(
            "shown", "Shown", "What stands under each token.", "weight",
            choices=(("weight", "weight"), ("ratio", "ratio to the sampler")),
        ),
        Control("rewards", "", "Rewards as they were pressed: 0, 1, or x as it was.", "", longest=64),
    ),
    views=(
        View(
            "estimators",
            "The same answers under another estimator",
            "An estimator turns rewards into one weight for every token; the policy gradient is the sum of the tokens’ "
            "gradients with these weights. Press a reward, or choose another estimator, and see how the same "
            "answers push elsewhere.",
            controls=(*_MEASURED, "estimator", "prompt", "age", "scope", "step", "shown", "rewards"),
            in_page=("estimator", "prompt", "age", "scope", "step", "shown", "rewards"),
            provenance=("MEASURED", "DERIVED"),
            compares="any",
            source=(
                "stack.finetuning.policy.estimate:surrogate",
                "stack.finetuning.policy.advantages:standardised",
                "stack.finetuning.policy.clip:clipped",
                "stack.finetuning.policy.aggregate:shares",
                "stack.finetuning.policy.by_name:all_of",
                "experiments.finetuning.policy_moved:Moved",
            ),
            optional=("decoder",),
            heavy=True,
        ),
    ),
)  # fmt: skip
