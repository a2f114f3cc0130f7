"""Estimators of KL: k1, k2 and k3 on a real pair of policies."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="kl_estimators",
    title="Estimators of KL",
    chapter="finetuning",
    order=110,
    about="How far is a policy from its reference? Three estimators have values, spreads and gradients that differ.",
    also=("k1", "k2", "k3", "kl penalty", "kl divergence", "schulman", "reference policy", "beta", "unbiased"),
    requires=("run", "decoder"),
    controls=(
        Control("policy", "Policy", "The model with this adapter, or its matrices in four bits."),
        Control("draws", "Samples", "At each position, for one mean.", 8, choices=(1, 8, 64)),
        Control("seed", "Seed", "It draws the samples.", 0, range=SEEDS),
    ),
    views=(
        View(
            "estimators",
            "k1, k2, k3: value, spread and gradient",
            "At each token of the run’s text, two policies say what comes next. An estimator sees the policy’s "
            "samples: k3 has the right value and another gradient, k2 the right gradient and another value.",
            controls=("policy", "draws", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.finetuning.policy.kl:estimate",
                "stack.finetuning.policy.kl:slope",
                "stack.finetuning.policy.kl:expected",
                "experiments.finetuning.kl_estimators:compared",
            ),
            heavy=True,
            compares="any",
        ),
    ),
)
