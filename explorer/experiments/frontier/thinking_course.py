"""How the models that think came to it: accuracy and length at every measured step, as the training wrote them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from explorer.experiments.frontier import thinking
from explorer.experiments.frontier.thinking import Stage
from explorer.stack.frontier.thinking.chains import held_out
from explorer.stack.worst import worst
from explorer.training import chains as training
from explorer.training import recipe as recipes

#: Models of the shelf that are measured again.
AGAIN: tuple[Stage, ...] = ("base", "rewarded")


@dataclass(frozen=True)
class Point:
    """One training at one of its steps; means over the measured held-out prompts, all of whose texts are counted."""

    training: str
    seed: int
    step: int
    direct: float
    """Right behind `=`."""
    chain: float
    """Right behind `>`."""
    steps: float
    """Written, in the mean."""
    seconds: float
    """Of processor time, from the training's first step on."""


@cache
def stored() -> tuple[Point, ...]:
    """As `python -m explorer train models/chains/recipe.toml` wrote it."""
    with (thinking.folder() / training.CURVES).open(encoding="utf-8", newline="") as file:
        return tuple(
            Point(
                row["training"], int(row["seed"]), int(row["step"]), float(row["direct"]), float(row["chain"]),
                float(row["steps"]), float(row["seconds"]),
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def prompts() -> int:
    """Held-out prompts that are measured."""
    said = recipes.read(thinking.folder() / "recipe.toml").chains
    assert said is not None
    return said.measured


def again() -> float:
    """What the kept weights reach now, from the last row of their training: the largest difference."""
    exam = training.Exam(held_out(prompts()), thinking.signs())
    found = list[float]()
    for stage in AGAIN:
        last = [each for each in stored() if (each.training, each.seed) == (stage, 0)][-1]
        now = exam(thinking.decoder(stage))
        found += [abs(now["direct"] - last.direct), abs(now["chain"] - last.chain), abs(now["steps"] - last.steps)]
    return worst(found)
