"""What the panels on preferences let a person set alike."""

from __future__ import annotations

from explorer.panels.controls import Control

#: The rules of `corpora.preferences`.
RULES = (
    ("polite", "it is polite"), ("short", "it is short"), ("grounded", "it is grounded"), ("format", "it is JSON"),
    ("correct", "it is correct"),
)  # fmt: skip
#: The losses of `stack.finetuning.preferences.methods`.
LOSSES = (
    ("dpo", "DPO"), ("cdpo", "cDPO"), ("robust", "robust DPO"), ("ipo", "IPO"), ("hinge", "hinge"), ("kto", "KTO"),
    ("orpo", "ORPO"), ("simpo", "SimPO"),
)  # fmt: skip
BETA = Control(
    "beta", "β", "The smaller, the farther a policy may go from its reference; in ORPO the weight of the odds. "
    "SimPO keeps 2.5.", 0.1, choices=(0.03, 0.1, 0.3, 1.0), range=(1e-3, 10.0),
)  # fmt: skip
