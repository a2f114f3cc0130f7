"""The recipe of a model that reads drawn scenes: `models/<name>/scenes.toml`.

[data]       scenes trained on and held out, questions in one text, the encoder and its block
[model]      the decoder's sizes, the connector
[optimiser]  rows, rate, steps
[compared]   connectors trained shorter, each from several seeds, "blind" among them
[emoji]      emoji trained on and held out beside the scenes, and the share of texts about them
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError

from explorer.corpora.scenes.asked import WORDS
from explorer.corpora.scenes.drawn import SIDE
from explorer.errors import BadRequestError
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.frontier.vision_language.connectors import Kind
from explorer.stack.frontier.vision_language.model import VisionLanguageConfig
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.transformer.config import DecoderConfig
from explorer.training.recipe import Table

FILE = "scenes.toml"
Arm = Kind | Literal["blind"]


class SceneData(Table):
    """What is drawn and asked."""

    train: PositiveInt
    held_out: PositiveInt
    unseen: PositiveInt
    """Held-out scenes with a colour and a shape that no trained scene has together."""
    turns: PositiveInt = 4
    """Questions in one text."""
    described: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Share of texts that are a caption alone; the others end with one."""
    encoder: str
    block: PositiveInt


class SceneModel(Table):
    """The decoder and the connector that is kept."""

    n_layers: PositiveInt
    d_model: PositiveInt
    n_heads: PositiveInt
    d_mlp: PositiveInt
    n_ctx: PositiveInt
    connector: Kind
    k: PositiveInt = 2
    n_latents: PositiveInt = 16

    def config(self, arm: Arm, d_vision: int, patch: int, d_vocab: int = len(WORDS)) -> VisionLanguageConfig:
        """The model's, with that connector."""
        heads, side = self.n_heads, SIDE // patch
        d_head = self.d_model // heads
        decoder = DecoderConfig(
            self.n_layers, self.d_model, heads, heads, d_head, self.d_mlp, d_vocab, self.n_ctx,
            rope=RopeConfig(d_head=d_head),
        )  # fmt: skip
        kind = None if arm == "blind" else arm
        return VisionLanguageConfig(decoder, d_vision, side, side, WORDS.index("<image>"), kind, self.k, self.n_latents)


class SceneOptimiser(Table):
    """AdamW, its decay 0.1."""

    rows: PositiveInt
    peak: PositiveFloat
    warmup: PositiveInt
    steps: PositiveInt

    def schedule(self, steps: int | None = None) -> Schedule:
        return Schedule("cosine", self.peak, self.peak / 20, self.warmup, steps or self.steps)


class Compared(Table):
    """Trained shorter."""

    arms: Annotated[tuple[Arm, ...], Field(strict=False)]
    seeds: Annotated[tuple[int, ...], Field(strict=False)]
    steps: PositiveInt


class EmojiData(Table):
    """Pictures of emoji, on the scenes' pages."""

    train: PositiveInt
    held_out: PositiveInt
    """Of each sort."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Of the texts in a step."""
    pairs: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Of these, the share that asks “is this a …?” alone."""


class SceneRun(Table):
    """How it goes."""

    seed: Annotated[int, Field(ge=0)] = 0
    evaluate_every: PositiveInt = 100
    evaluate_scenes: PositiveInt = 60


class SceneRecipe(Table):
    """All of it."""

    name: str
    title: str
    summary: str
    data: SceneData
    model: SceneModel
    optimiser: SceneOptimiser
    compared: Compared = Compared(arms=(), seeds=(), steps=1)
    emoji: EmojiData | None = None
    run: SceneRun


def read(path: Path) -> SceneRecipe:
    """Raises BadRequestError for what makes no sense."""
    try:
        return SceneRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError) as error:
        raise BadRequestError(f"{path.parent.name}/{path.name}: {str(error)[:300]}", "Mend the recipe.") from error
