"""Emoji beside drawn scenes: some of the texts of a step are about either, in one vocabulary.

Some of those about emoji ask “is this a …?” and nothing else, until the answer is yes. Each is answered yes half of the
time, whatever was asked before it, and no earlier answer names the emoji: only the picture tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.corpora.scenes import emoji
from explorer.corpora.scenes.asked import DESCRIBE, Question
from explorer.corpora.scenes.emoji import Rendering, Sort
from explorer.stack.frontier.vision_language.model import Examples, VisionLanguage
from explorer.stack.pretraining.batches import Trainable
from explorer.training.scenes_course import (
    HELD,
    SceneCourse,
    Seen,
    answered,
    conversation,
    examples,
    items,
    patches_of,
)
from explorer.training.scenes_recipe import EmojiData, SceneRecipe
from explorer.zoo.vision_encoder import VisionEncoder

#: Questions in a text that asks “is this a …?” alone.
MOST_PAIRS = 8
#: Kinds of question that the curve shows by themselves.
MEASURED = ("name", "presence")


@dataclass(frozen=True, eq=False)
class SeenEmoji:
    """Pictures of emoji, and their patches in half precision."""

    shown: list[Rendering]
    patches: Float[Tensor, "picture row column d_vision"]


@dataclass(frozen=True)
class EmojiItem:
    """One question about one picture."""

    scene: int
    """The picture's place."""
    question: Question


def looked_at(recipe: SceneRecipe, eye: VisionEncoder, sort: Sort, count: int) -> SeenEmoji:
    """Pictures of seeds from 0 on and what the encoder sees in them; kept in the cache."""
    shown = [emoji.rendering_of(each, sort) for each in range(count)]
    weights = eye.card.weights
    drawn = hashlib.sha256(emoji.sheet().tobytes()).hexdigest()
    said = f"emoji|{drawn}|{recipe.data.encoder}|{weights.sha256 if weights else ''}|{recipe.data.block}|{shown}"
    return SeenEmoji(shown, patches_of(shown, emoji.pixels, eye, recipe.data.block, said))


def emoji_items(shown: Sequence[Rendering], seed: int) -> list[EmojiItem]:
    """One question of each kind about each picture."""
    draw, found = np.random.default_rng(seed), []
    for at, each in enumerate(shown):
        for kind in emoji.KINDS:
            made = emoji.question(each, kind, draw)
            if made is not None:
                found.append(EmojiItem(at, made))
    return found


def right_by_kind(model: VisionLanguage, held: SeenEmoji, seed: int = 0) -> dict[str, float]:
    """The share answered rightly, kind by kind."""
    known = emoji.words()
    asked = emoji_items(held.shown, seed)
    said = answered(model, held.patches, asked, known).argmax(-1).tolist()
    right = {kind: list[bool]() for kind in emoji.KINDS}
    for each, word in zip(asked, said, strict=True):
        right[each.question.kind].append(known[word] == each.question.answer)
    return {kind: sum(own) / len(own) for kind, own in right.items() if own}


@dataclass(frozen=True, eq=False)
class EmojiCourse:
    """Conversations about both; measured by single questions about held-out pictures."""

    recipe: SceneRecipe
    of_scenes: SceneCourse
    train: SeenEmoji
    held: SeenEmoji
    """Drawn anew."""

    @property
    def seed(self) -> int:
        return self.of_scenes.seed

    @property
    def data(self) -> EmojiData:
        assert self.recipe.emoji is not None
        return self.recipe.emoji

    def batch(self, step: int) -> Examples:
        """The conversations of a step, a function of seed and step alone."""
        draw = np.random.default_rng([self.seed, step])
        rows, course = self.recipe.optimiser.rows, self.of_scenes
        of_emoji = round(self.data.share * rows)
        pairs = round(self.data.pairs * of_emoji)
        scenes = draw.integers(len(course.train.scenes), size=rows - of_emoji)
        shown = draw.integers(len(self.train.shown), size=of_emoji)
        turns = [course.turns(course.train.scenes[each], draw) for each in scenes]
        made = [conversation(each, course.n_tokens, emoji.words()) for each in turns]
        made += [
            conversation((_pairs if at < pairs else self._turns)(self.train.shown[each], draw), course.n_tokens,
                         emoji.words())
            for at, each in enumerate(shown)
        ]  # fmt: skip
        patches = [course.train.patches[torch.from_numpy(scenes)], self.train.patches[torch.from_numpy(shown)]]
        return examples(torch.cat(patches), made)

    def _turns(self, shown: Rendering, draw: np.random.Generator) -> Iterator[tuple[str, bool]]:
        """What is written, and whether the model says it."""
        if draw.random() >= self.recipe.data.described:
            for kind in draw.permutation(emoji.KINDS)[: self.recipe.data.turns]:
                made = emoji.question(shown, str(kind), draw)
                if made is not None:
                    yield made.text, False
                    yield made.answer, True
        yield DESCRIBE, False
        yield emoji.caption(shown), True

    def losses(self, model: Trainable[Examples], everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        """None of its own: what is measured is the share answered rightly."""
        return {}

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:
        """The share answered rightly, of held-out scenes and of emoji drawn anew: means over kinds, and some kinds."""
        assert isinstance(model, VisionLanguage)
        few = self.recipe.run.evaluate_scenes
        held = self.held if everything else SeenEmoji(self.held.shown[:few], self.held.patches[:few])
        of_scenes = self.of_scenes.scores(model, everything)
        own = right_by_kind(model, held)
        means = {"scenes": sum(of_scenes.values()) / len(of_scenes), "emoji": sum(own.values()) / len(own)}
        return means | {kind: own[kind] for kind in MEASURED}


def _pairs(shown: Rendering, draw: np.random.Generator) -> Iterator[tuple[str, bool]]:
    """“Is this a …?” until the answer is yes."""
    for _ in range(MOST_PAIRS):
        made = emoji.question(shown, "presence", draw)
        assert made is not None
        yield made.text, False
        yield made.answer, True
        if made.answer == "yes":
            return


def scene_answers(model: VisionLanguage, held: Seen, strange: bool = False) -> list[int]:
    """The word that answers each held-out question about scenes, as `items` orders them."""
    return answered(model, held.patches, items(held.scenes, HELD, strange)).argmax(-1).tolist()
