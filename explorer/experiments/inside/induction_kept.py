"""Trainings in which induction appears, in numbers, and those of several seeds that are kept.

    python -m explorer induction

writes `assets/sweeps/induction/` anew: the curves of every seed, and what the two heads of the first one looked at.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from pydantic import TypeAdapter
from safetensors.torch import load_file, save_file
from torch import Tensor

from explorer import places
from explorer.experiments.inside.induction_born import SEEDS, Arm, Asked, Cause, born, trainings

FOLDER = places.assets() / "sweeps" / "induction"
CURVES, PICTURES = "curves.json", "pictures.safetensors"


@dataclass(frozen=True)
class Curve:
    """A training in numbers."""

    name: str
    layers: int
    std: float
    seed: int
    loss: list[float]
    """Of every step."""
    step: list[int]
    accuracy: list[float]
    previous: list[list[list[float]]]
    """Point, layer, head."""
    induction: list[list[list[float]]]
    composition: list[list[list[float]]]
    """Point, head below, head; empty of one layer."""
    cause: Cause | None

    @property
    def best(self) -> list[float]:
        """The highest induction score of any head, by point."""
        return [max(score for layer in point for score in layer) for point in self.induction]

    @property
    def born(self) -> float:
        return born(self.step, self.best)


def curve(arm: Arm, seed: int) -> Curve:
    points = arm.points
    rounded = [[round(float(value), 4) for value in arm.losses]]
    return Curve(
        arm.name, arm.model.config.n_layers, arm.model.config.std, seed, rounded[0], [each.step for each in points],
        [each.accuracy for each in points], [_short(each.previous) for each in points],
        [_short(each.induction) for each in points], [_short(each.composition) for each in points], arm.cause,
    )  # fmt: skip


def _short(values: Float[Tensor, "row column"]) -> list[list[float]]:
    return [[round(value, 4) for value in row] for row in values.tolist()]


@dataclass(frozen=True, eq=False)
class Recording:
    """All that is kept."""

    curves: tuple[Curve, ...]
    pictures: UInt8[Tensor, "point part query key"]
    """Of the first seed's two layers: its previous-token head and its induction head."""
    machine: str
    seconds: float
    """Of processor time, one thread."""

    def of(self, name: str) -> list[Curve]:
        return [each for each in self.curves if each.name == name]


def pictures(arm: Arm) -> UInt8[Tensor, "point part query key"]:
    """What the two heads of the end looked at on the first held text, by point."""
    below, head = arm.best
    return torch.stack([torch.stack([each.patterns[0, below], each.patterns[-1, head]]) for each in arm.points])


def record(machine: str, told: Callable[[str], None], folder: Path = FOLDER, asked: Asked | None = None) -> Path:
    """Train with every seed, and write it."""
    asked, found, shown = asked or Asked(), list[Curve](), None
    began = time.process_time()
    for seed in SEEDS:
        *_, made = trainings(Asked(asked.steps, seed, asked.std))
        shown = pictures(made[0]) if shown is None else shown
        found += [curve(arm, seed) for arm in made]
        told(", ".join(f"{each.name} {each.accuracy[-1]:.3f} (born {each.born:.0f})" for each in found[-3:]))
    assert shown is not None
    folder.mkdir(parents=True, exist_ok=True)
    card = {"machine": machine, "seconds": round(time.process_time() - began, 1)}
    said = json.dumps(card | {"curves": [asdict(each) for each in found]})
    (folder / CURVES).write_text(said + "\n", encoding="utf-8")
    save_file({"pictures": shown}, folder / PICTURES)
    return folder


@cache
def stored() -> Recording:
    """What was trained once and is committed."""
    read = json.loads((FOLDER / CURVES).read_text(encoding="utf-8"))
    found = TypeAdapter(list[Curve]).validate_python(read["curves"])
    return Recording(tuple(found), load_file(FOLDER / PICTURES)["pictures"], read["machine"], read["seconds"])


def kept_without(curve: Curve) -> float:
    """Of the induction head's score, the share that is left without the two heads that its keys read most."""
    if curve.cause is None:
        raise ValueError("one layer has no head below")
    return curve.cause.without_pair[1] / curve.cause.score
