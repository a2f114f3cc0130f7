"""What was measured when the model of scenes was trained: every held-out question, and the connectors compared."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from explorer.corpora.scenes.drawn import Scene, scene_of
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from explorer.training.scenes_recipe import SceneRecipe

NAME = "scenes"
#: Of DINOv2 small.
D_VISION, PATCH = 384, 14


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One held-out question."""

    seed: int
    unseen: bool
    """Whether it asks about a colour and shape never trained on together."""
    kind: str
    things: int
    hidden: float
    """Of what is asked about, the share behind others."""
    question: str
    answer: str
    said: str
    blind: str
    usual: str
    """The commonest answer to questions of its kind."""

    @property
    def scene(self) -> Scene:
        return scene_of(self.seed, unseen=self.unseen)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One connector, trained shorter from one seed."""

    arm: str
    seed: int
    steps: int
    image_tokens: int
    parameters: int
    processor_seconds: int
    right: dict[str, float]
    mean: float


@dataclass(frozen=True, kw_only=True)
class Point:
    """Of the kept model's curve."""

    step: int
    loss: float
    right: dict[str, float]
    """Empty where it was not measured."""


@dataclass(frozen=True)
class Record:
    """All of it."""

    answers: tuple[Answered, ...]
    compared: tuple[Arm, ...]
    curve: tuple[Point, ...]
    kept: Arm
    """The model on the shelf."""
    captions_right: float
    captions_of: int
    """Scenes."""
    machine: str
    seconds: float
    """Of processor time, all trainings together."""


@cache
def stored() -> Record:
    """As `python -m explorer scenes` wrote it."""
    folder = shelf_folder() / NAME
    about = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    with (folder / "held_out.csv").open(encoding="utf-8", newline="") as file:
        answers = tuple(_answered(row) for row in csv.DictReader(file))
    with (folder / "curve.csv").open(encoding="utf-8", newline="") as file:
        curve = tuple(_point(row) for row in csv.DictReader(file))
    return Record(
        answers, tuple(Arm(**each) for each in about["compared"]), curve, Arm(**about["kept"]),
        about["captions_right"], about["captions_of"], about["machine"], float(about["processor_seconds"]),
    )  # fmt: skip


def _answered(row: dict[str, str]) -> Answered:
    return Answered(
        seed=int(row["seed"]), unseen=row["unseen"] == "1", kind=row["kind"], things=int(row["things"]),
        hidden=float(row["hidden"]), question=row["question"], answer=row["answer"], said=row["said"],
        blind=row["blind"], usual=row["usual"],
    )  # fmt: skip


def _point(row: dict[str, str]) -> Point:
    right = {kind: float(share) for kind, share in row.items() if kind not in ("step", "seconds", "loss") and share}
    return Point(step=int(row["step"]), loss=float(row["loss"]), right=right)


def recipe() -> SceneRecipe:
    """What the model was trained by."""
    from explorer.training.scenes_recipe import FILE, read

    return read(shelf_folder() / NAME / FILE)


def built() -> dict[str, tuple[int, int]]:
    """Image tokens and parameters of each connector's model, built anew from the recipe; no weight is drawn."""
    import torch

    from explorer.stack.frontier.vision_language.model import VisionLanguage

    said, found = recipe(), dict[str, tuple[int, int]]()
    with torch.device("meta"):
        for arm in said.compared.arms:
            model = VisionLanguage(said.model.config(arm, D_VISION, PATCH))
            found[arm] = model.config.n_tokens, sum(each.numel() for each in model.parameters())
    return found
