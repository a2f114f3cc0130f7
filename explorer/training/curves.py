"""The curves of a training, as tables beside its model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.stack.pretraining.train import Progress


def write_curves(progress: Progress, folder: Path) -> None:
    """loss.csv: every step. held_out.csv: the held-out loss of each kind (and scores), whenever they were measured."""
    import csv

    if progress.curve:
        with (folder / "loss.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(progress.curve[0].row())
            for point in progress.curve:
                writer.writerow(f"{v:.5g}" if isinstance(v, float) else v for v in point.row().values())
    if progress.evaluations:
        with (folder / "held_out.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            first = progress.evaluations[0]
            writer.writerow(["step", "tokens", *first.losses, "mean", *first.scores])
            for each in progress.evaluations:
                values = (*each.losses.values(), each.mean, *each.scores.values())
                writer.writerow([each.step, each.tokens, *(f"{value:.4f}" for value in values)])
