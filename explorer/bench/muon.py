"""Muon against AdamW by the recipe of `assets/sweeps/muon-or-adamw`: tokens until the same held-out loss."""

from __future__ import annotations

import sys
from pathlib import Path

from explorer.bench import Report
from explorer.experiments.machine import processor
from explorer.experiments.pretraining import muon_or_adamw as experiment

DESCRIPTION = "Muon against AdamW, three seeds each, some 10 minutes of two cores; into=FOLDER keeps the result"


def run(report: Report, into: str = "nowhere", workers: int = 2) -> None:
    """Add each run's held-out loss and the ratio of tokens."""
    made = experiment.study(experiment.recipe(), processor(), workers, _tell)
    for each in (*made.grid, *made.runs):
        report.add(
            f"{each.rule} at {each.rate:g}, seed {each.seed}, {each.tokens:,} tokens", each.rule, each.held, "nats"
        )
    found = experiment.saving(made)
    for name, value in (("mean", found.mean), ("low", found.low), ("high", found.high)):
        report.add(f"tokens of Muon by AdamW's, until AdamW's last loss: {name}", "muon", value, "times")
    report.add("processor time", "explorer", made.seconds, "s")
    if into != "nowhere":
        experiment.store(made, Path(into))


def _tell(run: experiment.Trained) -> None:
    print(f"{run.rule} {run.rate:g} seed {run.seed}: {run.steps} steps, {run.held:.4f}", file=sys.stderr, flush=True)
