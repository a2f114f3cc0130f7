"""Preferences: a pair of answers under every loss, what one step does to both, and where the chosen one must fall."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.preference_choices import BETA, LOSSES, RULES
from explorer.panels.protocol import Panel, View

# The page opens on a pair whose chosen answer falls on the default model: 211 in words, over 212.
_POLICY = ("rule", "which", "request", "chosen", "rejected", "method", "beta", "rate", "steps", "seed")

PANEL = Panel(
    name="preferences",
    title="Preferences",
    chapter="finetuning",
    order=60,
    about="What does a pair of answers teach? Log-ratios, eight losses, and why the chosen answer may get less likely.",
    also=(
        "dpo", "ipo", "kto", "orpo", "simpo", "cdpo", "robust dpo", "hinge", "slic", "preference optimization", "rlhf",
        "alignment", "chosen", "rejected", "margin", "log-ratio", "likelihood displacement",
    ),
    requires=("model", "decoder"),
    controls=(
        Control(
            "rule", "Preferred because", "The rule that prefers one answer, or a pair of one’s own.", "correct",
            choices=(*RULES, ("own", "you say so")),
        ),
        Control("which", "Pair", "Of the rule’s 400, counted from 0.", 8, range=(0, 399)),
        Control("request", "Request", "What the user says.", "What is the capital of Norway?", longest=300),
        Control("chosen", "Chosen answer", "The one that is preferred.", "It is Oslo.", longest=300),
        Control("rejected", "Rejected answer", "The one that is not preferred.", "It is Bergen.", longest=300),
        Control("method", "Loss", "What the policy is trained with.", "dpo", choices=LOSSES),
        BETA,
        Control("rate", "Learning rate", "Of AdamW.", 0.001, choices=(0.0001, 0.0003, 0.001), range=(1e-6, 1.0)),
        Control("steps", "Steps done", "Of AdamW, on the batch, before what is shown.", 4, choices=(0, 1, 2, 4, 8),
                range=(0, 60)),
        Control(
            "scope", "One more step on", "Whose loss is lowered.", "batch",
            choices=(("batch", "the batch"), ("pair", "this pair alone")),
        ),
        Control("length", "Length of the step", "The norm of the change of all trained numbers.", 0.1,
                choices=(0.01, 0.03, 0.1, 0.3), range=(1e-4, 10.0)),
        Control("start", "P(a) at first", "Fine-tuning on the answer ab ends at 0.5.", 0.5,
                choices=(0.2, 0.35, 0.5, 0.65, 0.8), range=(0.01, 0.99)),
        Control("seed", "Seed", "Draws the adapter’s A.", 0, range=SEEDS),
    ),
    views=(
        View(
            "pair",
            "A preference pair token by token, and the losses on it",
            "A log-ratio says how much likelier a token is under the policy than under its reference. A loss reads a "
            "margin between the chosen and the rejected answer, raises one and lowers the other.",
            controls=_POLICY,
            provenance=("MEASURED",),
            compares="any",
            source=(
                "stack.finetuning.preferences.sequences:answers",
                "stack.finetuning.preferences.direct:dpo",
                "stack.finetuning.preferences.direct:ipo",
                "stack.finetuning.preferences.unpaired:kto",
                "stack.finetuning.preferences.without_reference:orpo",
                "stack.finetuning.preferences.without_reference:simpo",
            ),
            heavy=True,
        ),
        View(
            "falls",
            "One step on a preference pair: who moves the chosen answer",
            "A loss of preferences rewards the margin, not the chosen answer. The same weights write both answers: "
            "lowering the rejected one moves the chosen one too. Each effect is an inner product of two gradients.",
            controls=(*_POLICY, "scope", "length"),
            provenance=("MEASURED", "DERIVED"),
            compares="any",
            source=(
                "experiments.finetuning.preferring:fallen",
                "stack.finetuning.preferences.training:Preferred",
            ),
            heavy=True,
        ),
        View(
            "smallest",
            "A model of one parameter in which DPO must lower the chosen answer",
            "Each token is a with probability s, b with 1 − s. The chosen answer is ab, the rejected one aa.",
            controls=("start", "beta"),
            requires=(),
            provenance=("FORMULA",),
            source=("stack.finetuning.preferences.one_parameter:Path",
                    "stack.finetuning.preferences.one_parameter:fallen"),
        ),
    ),
)  # fmt: skip
