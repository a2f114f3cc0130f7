"""Scaling laws: a sweep of small models that were trained here, laws fitted to it, and a run that was predicted."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

_FIT = (
    "stack.pretraining.scaling_fit:objective",
    "stack.pretraining.scaling_fit:fit",
    "stack.pretraining.scaling_fit:bootstrap",
)

PANEL = Panel(
    name="scaling",
    title="Scaling laws",
    chapter="pretraining",
    order=82,
    about="How does a loss fall with parameters and tokens? Laws fitted to small models that were trained here.",
    also=("chinchilla", "kaplan", "hoffmann", "isoflop", "power law", "compute optimal", "bootstrap", "extrapolation"),
    requires=(),
    controls=(
        Control(
            "count",
            "N counts",
            "Which parameters the law reads.",
            "all",
            choices=(("all", "all parameters"), ("blocks", "without embeddings")),
        ),
        Control(
            "budget",
            "Budget",
            "Operations that may be spent.",
            1e21,
            choices=(
                (1e13, "10¹³"),
                (1e18, "10¹⁸"),
                (1e21, "10²¹"),
                (5.76e23, "5.76·10²³, Chinchilla"),
                (3.8e25, "3.8·10²⁵, Llama 3.1 405B"),
            ),
            range=(1e12, 1e28),
        ),
    ),
    views=(
        View(
            "groups",
            "Groups of equal compute",
            "Each group spends the same on other sizes: a larger model reads fewer tokens. Between too small and too "
            "short lies the best size. Its scaling exponent says how it grows with compute.",
            provenance=("RECORDED", "DERIVED"),
            source=(
                "stack.pretraining.scaling_fit:parabola",
                "experiments.pretraining.scaling:groups",
                "experiments.pretraining.scaling:lowest",
                "training.sweep:train_one",
            ),
            heavy=True,
        ),
        View(
            "law",
            "One law for all runs",
            "L(N, D) = E + A / N^α + B / D^β, fitted to every run at once as Hoffmann et al. did. The band holds the "
            "middle of the laws of resampled runs; the residuals are what the law does not say.",
            controls=("count",),
            provenance=("DERIVED", "QUOTED"),
            source=(*_FIT, "experiments.pretraining.sweep:fitted"),
            heavy=True,
        ),
        View(
            "prediction",
            "A run that was predicted first",
            "The law’s loss for a larger run was written down, with an interval, before that run was trained. A "
            "scaling law that says nothing about the next run is a description.",
            provenance=("RECORDED", "DERIVED"),
            source=("experiments.pretraining.sweep:predict", "experiments.pretraining.sweep:Fitted"),
            heavy=True,
        ),
        View(
            "embeddings",
            "With and without embeddings",
            "Kaplan et al. leave embeddings out of N, Hoffmann et al. count them. In small models they are a large "
            "part, so the scaling exponent depends on the count.",
            provenance=("DERIVED", "QUOTED"),
            source=(
                "experiments.pretraining.scaling:local_exponents",
                "experiments.pretraining.scaling:without_table",
            ),
            heavy=True,
        ),
        View(
            "budget",
            "“I have 10²¹ FLOP”",
            "Each law’s answer side by side, ours too: parameters, tokens, loss. Ours was fitted to runs far below "
            "such budgets.",
            controls=("budget",),
            provenance=("FORMULA", "QUOTED", "DERIVED"),
            source=("stack.pretraining.scaling_law:Law", "experiments.pretraining.compute:searched"),
            heavy=True,
        ),
    ),
)
