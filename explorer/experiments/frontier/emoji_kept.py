"""What was measured when the model of emoji was trained: every held-out question, and the scenes' questions again."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from explorer.corpora.scenes import emoji
from explorer.corpora.scenes.emoji import Sort
from explorer.training.scenes_recipe import FILE, EmojiData, read
from explorer.zoo.card import shelf_folder
from explorer.zoo.scene_reader import SceneReader, seen
from explorer.zoo.vision_encoder import VisionEncoder

NAME = "emoji"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One held-out question about a picture of an emoji."""

    sort: Sort
    seed: int
    name: str
    kind: str
    question: str
    answer: str
    said: str
    blank: str
    """What the same model says about an empty page."""
    usual: str
    """The commonest answer to questions of its kind."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """Of the training: shares of held-out questions that are answered rightly."""

    step: int
    scenes: float
    """The mean over kinds."""
    name: float
    """Of emoji drawn anew."""
    presence: float


@dataclass(frozen=True)
class Record:
    """All of it."""

    answers: tuple[Answered, ...]
    curve: tuple[Point, ...]
    texts: EmojiData
    """What a step reads."""
    scenes: dict[str, tuple[int, int]]
    """Of the held-out questions about scenes: how many are right, and how many there are, kind by kind."""
    steps: int
    parameters: int
    machine: str
    seconds: float
    """Of processor time."""


@cache
def stored() -> Record:
    """As `python -m explorer scenes models/emoji/scenes.toml` wrote it."""
    folder = shelf_folder() / NAME
    about = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    with (folder / "held_out.csv").open(encoding="utf-8", newline="") as file:
        answers = tuple(_answered(row) for row in csv.DictReader(file))
    with (folder / "curve.csv").open(encoding="utf-8", newline="") as file:
        curve = tuple(_point(row) for row in csv.DictReader(file) if row["name"])
    scenes = {kind: (row["right"], row["of"]) for kind, row in about["scenes"].items()}
    texts = read(folder / FILE).emoji
    assert texts is not None
    return Record(answers, curve, texts, scenes, about["steps"], about["parameters"], about["machine"],
                  float(about["processor_seconds"]))  # fmt: skip


def _point(row: dict[str, str]) -> Point:
    return Point(step=int(row["step"]), **{name: float(row[name]) for name in ("scenes", "name", "presence")})


def _answered(row: dict[str, str]) -> Answered:
    sort = emoji.SORTS[emoji.SORTS.index(row["sort"])]
    return Answered(
        sort=sort, seed=int(row["seed"]), name=row["name"], kind=row["kind"], question=row["question"],
        answer=row["answer"], said=row["said"], blank=row["blank"], usual=row["usual"],
    )  # fmt: skip


def asked_again(reader: SceneReader, eye: VisionEncoder, some: Sequence[Answered]) -> list[str]:
    """What the model answers to recorded questions, from the drawing on."""
    pictures = [emoji.pixels(emoji.rendering_of(each.seed, each.sort)) for each in some]
    with torch.inference_mode():
        patches = seen(eye.model, np.stack(pictures), reader.block)
        return [
            reader.words[int(reader.model(reader.ids(each.question), patches[at][None])[0, -1].argmax())]
            for at, each in enumerate(some)
        ]
