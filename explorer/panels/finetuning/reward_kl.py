"""Reward against KL: what each training gained for how far it went, and what a flawed reward does."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="reward_kl",
    title="Reward against KL",
    chapter="finetuning",
    order=100,
    about="How much reward does a policy gain as it leaves its reference? And if the reward is flawed?",
    also=(
        "rlhf",
        "beta",
        "optimum",
        "pareto",
        "overoptimization",
        "goodhart",
        "kl penalty",
        "grpo",
        "ppo",
        "dpo",
    ),
    requires=(),
    controls=(
        Control(
            "beta",
            "β",
            "What a nat of KL costs in reward.",
            0.2,
            choices=(0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0),
        ),
        Control("sum", "Sum", "Two numbers of two digits whose sum is below 100.", "28+24", longest=12),
        Control(
            "flaw",
            "Flawed reward",
            "What is rewarded in place of the right sum.",
            "large",
            choices=(
                ("digit", "last digit", "1 where the last digit is the sum’s"),
                ("parts", "in parts", "1 for any answer in parts"),
                ("large", "large", "half for the sum, a twentieth more for each more, 1 from ten above on"),
                ("both", "last digit and large", "half for the last digit, half as large"),
            ),
        ),
    ),
    views=(
        View(
            "frontier",
            "Trainings beside the exact optimum",
            "The frontier of reward and KL from the SFT model, exact over 10,100 answers, and where DPO, PPO and GRPO "
            "went. No policy lies above it.",
            controls=("beta",),
            in_page=("beta",),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.finetuning.optimum:optimum",
                "stack.finetuning.sums:distribution",
                "stack.finetuning.actor_critic:ActorCritic",
                "experiments.finetuning.reward_kl:farthest_above",
            ),
            heavy=True,
        ),
        View(
            "optimum",
            "One sum under the best policy",
            "π* is the SFT model with every right answer made likelier by one factor. Beside it, what DPO and GRPO "
            "made of the same answers.",
            controls=("sum", "beta"),
            in_page=("beta",),
            provenance=("MEASURED",),
            source=(
                "stack.finetuning.optimum:optimum",
                "stack.finetuning.sums:distribution",
                "experiments.finetuning.reward_kl:ascended",
            ),
            heavy=True,
        ),
        View(
            "hacking",
            "A flawed reward",
            "Reward hacking: what is rewarded is not quite what is meant. The best policy under such a reward, and "
            "what GRPO trains on it, beside how often each is right.",
            controls=("flaw", "beta"),
            in_page=("beta",),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.finetuning.flawed:rewards",
                "stack.finetuning.aligning:grpo",
                "experiments.finetuning.reward_kl:hacking",
            ),
            heavy=True,
        ),
    ),
)
