"""Trainings that were made here once and whose curves lie beside the weights."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from explorer.stack.worst import worst

COLUMNS = ("step", "tokens", "lm", "balance", "busiest", "idlest")


def curve(folder: Path) -> list[dict[str, float]]:
    """A training's rows, one a step; empty where none are stored."""
    path = folder / "loss.csv"
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: float(row[name] or "nan") for name in COLUMNS} for row in csv.DictReader(file)]


def end_error(folder: Path, rows: list[dict[str, float]]) -> float:
    """Steps and tokens at the curve's end, and its number of rows, against those of the training's own record: the
    largest relative difference."""
    record = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    pairs = (
        (rows[-1]["step"], record["steps"]), (rows[-1]["tokens"], record["tokens"]), (len(rows), record["steps"]),
    )  # fmt: skip
    return worst(abs(found / said - 1) for found, said in pairs)
