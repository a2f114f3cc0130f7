"""The grid of widths and rates: a recipe, the losses that it left, and the best rate of each width.

    recipe.toml    curves: a parametrisation, a width, rates; the seeds and steps of all; the hash of what is read
    losses.csv     a row a training
    card.json      what made it

The best rate of a curve is, seed by seed, the lowest point of the parabola through the least loss and its neighbours on
either side, over the logarithm of the rate; where the least loss is the first or the last of the curve, it lies outside
and only a bound is known.

>>> best([-8.0, -7.0, -6.0], [3.0, 2.0, 2.5])  # a parabola whose lowest point lies a sixth to the right
Best(exponent=-6.833333333333333, edge=False)
>>> best([-8.0, -7.0, -6.0], [1.0, 2.0, 2.5])
Best(exponent=-8.0, edge=True)
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from explorer import places
from explorer.errors import BadRequestError
from explorer.experiments.pretraining.width_and_rate import BASE, Ended, Run, trained
from explorer.stack.pretraining.mup import Name

FIELDS = ("parametrisation", "width", "exponent", "seed", "held_out", "training", "seconds")


@dataclass(frozen=True)
class Grid:
    """A recipe."""

    steps: int
    seeds: tuple[int, ...]
    curves: tuple[tuple[Name, int, tuple[float, ...]], ...]
    passages: str
    """sha256 of what is trained on."""

    def runs(self) -> Iterator[Run]:
        for seed in self.seeds:
            for name, width, exponents in self.curves:
                for exponent in exponents:
                    yield Run(name, width, exponent, seed)


@dataclass(frozen=True)
class Loss:
    """One training's end."""

    run: Run
    ended: Ended
    seconds: float
    """Processor time."""


@dataclass(frozen=True)
class Best:
    """The rate with the least loss, as a power of two."""

    exponent: float
    edge: bool
    """The least loss is the first or the last of its curve."""


def folder() -> Path:
    """The grid that comes with the explorer."""
    return places.assets() / "sweeps" / "width-and-rate"


def read_recipe(path: Path) -> Grid:
    """Raises BadRequestError for what is no such recipe."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        curves: tuple[tuple[Name, int, tuple[float, ...]], ...] = tuple(
            (cast(Name, each["parametrisation"]), int(each["width"]), tuple(float(one) for one in each["exponents"]))
            for each in found["curves"]
        )
        return Grid(int(found["steps"]), tuple(found["seeds"]), curves, str(found["data"]["passages"]))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadRequestError(
            f"{path.name} is no grid of widths and rates: {error}",
            "assets/sweeps/width-and-rate/recipe.toml is one.",
        ) from error


def losses(of: Path) -> list[Loss]:
    """What the trainings beside a recipe left."""
    path = of / "losses.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as rows:
        return [
            Loss(
                Run(cast(Name, row["parametrisation"]), int(row["width"]), float(row["exponent"]), int(row["seed"])),
                Ended(float(row["held_out"]), float(row["training"])),
                float(row["seconds"]),
            )
            for row in csv.DictReader(rows)
        ]


def train_missing(recipe: Path, told: Callable[[str], None] = lambda _: None) -> Path:
    """Train each run of the recipe whose loss is not there, and write it beside the recipe at once.

    Raises BadRequestError where the passages are others than the recipe's.
    """
    grid = read_recipe(recipe)
    if grid.passages != passages_hash():
        raise BadRequestError("The passages are others than the recipe names.", "Write their sha256 into the recipe.")
    path = recipe.parent / "losses.csv"
    have = {each.run for each in losses(recipe.parent)}
    if not have:
        path.write_text(",".join(FIELDS) + "\n", encoding="utf-8")
    for run in grid.runs():
        if run in have:
            continue
        begun = time.process_time()
        ended = trained(run, grid.steps)
        row = (run.parametrisation, run.width, f"{run.exponent:g}", run.seed, f"{ended.held_out:.5f}")
        with path.open("a", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerow(
                [*row, f"{ended.training:.5f}", f"{time.process_time() - begun:.2f}"]
            )
        told(
            f"{run.parametrisation}, width {run.width}, rate 2^{run.exponent:g}, seed {run.seed}: {ended.held_out:.4f}"
        )
    _write_card(recipe.parent)
    return path


def _write_card(of: Path) -> None:
    import torch

    seconds = sum(each.seconds for each in losses(of))
    card = {
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "processor_seconds": round(seconds),
        "passages": passages_hash(),
        "licence": "The losses are facts of this project, Apache-2.0. The passages: assets/passages/SOURCES.md.",
    }
    (of / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def passages_hash() -> str:
    return hashlib.sha256((places.assets() / "passages" / "passages.json").read_bytes()).hexdigest()


def best(exponents: Sequence[float], of_losses: Sequence[float]) -> Best:
    """See the module; the exponents rise by equal steps."""
    at = min(range(len(of_losses)), key=lambda each: of_losses[each])
    if at in (0, len(of_losses) - 1):
        return Best(float(exponents[at]), edge=True)
    before, least, after = of_losses[at - 1 : at + 2]
    if not math.isfinite(before + after):
        return Best(float(exponents[at]), edge=False)
    shift = (before - after) / (2 * (before - 2 * least + after))
    return Best(exponents[at] + shift * (exponents[at + 1] - exponents[at]), edge=False)


@dataclass(frozen=True)
class Curve:
    """The losses of one parametrisation at one width."""

    parametrisation: Name
    width: int
    exponents: tuple[float, ...]
    seeds: tuple[int, ...]
    losses: tuple[tuple[float, ...], ...]
    """Held out; a row a seed."""
    best: tuple[Best, ...]
    """Of each seed."""


def curves(grid: Grid, found: Sequence[Loss]) -> tuple[Curve, ...]:
    """Of every parametrisation and width whose runs are all there; at the base's width muP's is the standard one's."""
    by_run = {each.run: each.ended.held_out for each in found}
    made: list[Curve] = []
    for name, width, exponents in grid.curves:
        runs = [[Run(name, width, each, seed) for each in exponents] for seed in grid.seeds]
        if any(run not in by_run for row in runs for run in row):
            continue
        values = tuple(tuple(by_run[run] for run in row) for row in runs)
        lowest = tuple(best(exponents, row) for row in values)
        for shown in ("standard", "mup") if width == BASE else (name,):
            made.append(Curve(shown, width, exponents, grid.seeds, values, lowest))
    return tuple(sorted(made, key=lambda each: (each.parametrisation != "standard", each.width)))
