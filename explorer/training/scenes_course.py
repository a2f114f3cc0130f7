"""What a model of scenes is trained and measured on: pictures as an encoder's patches, conversations by rule."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.corpora.scenes.asked import DESCRIBE, KINDS, WORDS, Question, caption, encode, question
from explorer.corpora.scenes.drawn import Scene, hidden, pixels, scene_of
from explorer.fetching import cache
from explorer.stack.frontier.vision_language.interleaving import targets
from explorer.stack.frontier.vision_language.model import Examples, VisionLanguage
from explorer.stack.pretraining.batches import Trainable
from explorer.training.scenes_recipe import SceneRecipe
from explorer.zoo.scene_reader import prompt, seen
from explorer.zoo.vision_encoder import VisionEncoder

#: Seeds of scenes: trained ones from 0 on, held-out ones from here, those with unseen pairs from there.
HELD, STRANGE = 1_000_000, 2_000_000
#: Pictures in one pass of the encoder, questions in one of the model.
AT_ONCE, ASKED_AT_ONCE = 16, 128
Drawn = TypeVar("Drawn")


@dataclass(frozen=True, eq=False)
class Seen:
    """Scenes, and their patches in half precision."""

    scenes: list[Scene]
    patches: Float[Tensor, "scene row column d_vision"]

    def first(self, count: int) -> Seen:
        return Seen(self.scenes[:count], self.patches[:count])


@dataclass(frozen=True)
class Item:
    """One question about one scene."""

    scene: int
    question: Question
    unseen: bool = False
    """Whether it asks about a pair that was never trained on."""

    def hidden(self, scene: Scene) -> float:
        """The largest share of a thing asked about that lies behind others."""
        named = scene.named(self.question.about)
        shares = hidden(scene)
        return max((float(share) for thing, share in zip(scene.things, shares, strict=True) if thing in named),
                   default=0.0)  # fmt: skip


def looked_at(recipe: SceneRecipe, eye: VisionEncoder, first: int, count: int, strange: bool = False) -> Seen:
    """Scenes of seeds from `first` on and what the encoder sees in them; kept in the cache."""
    scenes = [scene_of(first + each, unseen=strange) for each in range(count)]
    weights = eye.card.weights
    said = f"{recipe.data.encoder}|{weights.sha256 if weights else ''}|{recipe.data.block}|{scenes}"
    return Seen(scenes, patches_of(scenes, pixels, eye, recipe.data.block, said))


def patches_of(
    pictures: Sequence[Drawn], pixels: Callable[[Drawn], np.ndarray], eye: VisionEncoder, block: int, said: str
) -> Float[Tensor, "picture row column d_vision"]:
    """What the encoder sees in pictures; kept in the cache by all that it depends on, which `said` names."""
    path = cache.cache_folder() / "training" / f"scenes-{hashlib.sha256(said.encode()).hexdigest()[:16]}.npy"
    if path.is_file():
        return torch.from_numpy(np.load(path))
    found = []
    with torch.inference_mode():
        for at in range(0, len(pictures), AT_ONCE):
            drawn = np.stack([pixels(each) for each in pictures[at : at + AT_ONCE]])
            found.append(seen(eye.model, drawn, block).half())
    patches = torch.cat(found)
    path.parent.mkdir(parents=True, exist_ok=True)
    _save(path, patches)
    return patches


def _save(path: Path, patches: Tensor) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, patches.numpy())
    part.replace(path)


def items(scenes: Sequence[Scene], seed: int, strange: bool = False) -> list[Item]:
    """One question of each kind about each scene; of scenes with an unseen pair, those about the pair."""
    draw, found = np.random.default_rng(seed), []
    for at, scene in enumerate(scenes):
        for kind in KINDS:
            made = question(scene, kind, draw)
            if made is None:
                continue
            if not strange:
                found.append(Item(at, made))
            elif kind not in ("number", "presence") and scene.named(made.about) == [scene.things[0]]:
                found.append(Item(at, made, True))
    return found


class Asking(Protocol):
    """A question about one of several pictures."""

    @property
    def scene(self) -> int: ...
    @property
    def question(self) -> Question: ...


@torch.no_grad()
def answered(
    model: VisionLanguage,
    patches: Float[Tensor, "scene row column d_vision"],
    asked: Sequence[Asking],
    known: tuple[str, ...] = WORDS,
) -> Float[Tensor, "item d_vocab"]:
    """The distribution over the word that answers each question."""
    n = model.config.n_tokens
    rows = [prompt(each.question.text, n, known) for each in asked]
    found = torch.zeros(len(asked), model.config.decoder.d_vocab)
    by_length = sorted(range(len(asked)), key=lambda at: len(rows[at]))
    for at in range(0, len(asked), ASKED_AT_ONCE):
        chosen = by_length[at : at + ASKED_AT_ONCE]
        ends = torch.tensor([len(rows[each]) - 1 for each in chosen])
        ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(rows[each]) for each in chosen], batch_first=True)
        logits = model(ids, patches[[asked[each].scene for each in chosen]].float())
        found[chosen] = logits[torch.arange(len(chosen)), ends].softmax(-1)
    return found


def conversation(
    turns: Iterable[tuple[str, bool]], n_tokens: int, known: tuple[str, ...] = WORDS
) -> tuple[list[int], list[int]]:
    """Ids, and what each place predicts. `turns`: what is written, and whether the model says it."""
    ids = prompt("", n_tokens)
    said = [False] * len(ids)
    for words, own in turns:
        new = encode(words, known)
        ids += new
        said += [own] * len(new)
    return ids, targets(ids, said)


def examples(
    patches: Float[Tensor, "row height width d_vision"], rows: Sequence[tuple[list[int], list[int]]]
) -> Examples:
    """Conversations padded to one length, each with its picture."""
    ids, wanted = (
        torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(row[part]) for row in rows], batch_first=True, padding_value=padding
        )
        for part, padding in ((0, 0), (1, -100))
    )
    return Examples(patches.float(), ids, wanted)


@dataclass(frozen=True, eq=False)
class SceneCourse:
    """Conversations about the trained scenes; measured by single questions about held-out ones."""

    recipe: SceneRecipe
    train: Seen
    held: Seen
    seed: int
    n_tokens: int

    def batch(self, step: int) -> Examples:
        """The conversations of a step, a function of seed and step alone."""
        draw = np.random.default_rng([self.seed, step])
        chosen = draw.integers(len(self.train.scenes), size=self.recipe.optimiser.rows)
        rows = [conversation(self.turns(self.train.scenes[each], draw), self.n_tokens) for each in chosen]
        return examples(self.train.patches[torch.from_numpy(chosen)], rows)

    def turns(self, scene: Scene, draw: np.random.Generator) -> Iterator[tuple[str, bool]]:
        """What is written, and whether the model says it."""
        data = self.recipe.data
        if draw.random() >= data.described:
            for kind in draw.permutation(KINDS)[: data.turns]:
                made = question(scene, str(kind), draw)
                if made is not None:
                    yield made.text, False
                    yield made.answer, True
        yield DESCRIBE, False
        yield caption(scene), True

    def losses(self, model: Trainable[Examples], everything: bool = False) -> dict[str, float]:
        """Mean nats of the answers, kind by kind."""
        assert isinstance(model, VisionLanguage)
        return {kind: nats for kind, (nats, _) in self._measured(model, everything).items()}

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:
        """The share answered rightly, kind by kind."""
        assert isinstance(model, VisionLanguage)
        return {f"{kind}_right": right for kind, (_, right) in self._measured(model, everything).items()}

    def _measured(self, model: VisionLanguage, everything: bool) -> dict[str, tuple[float, float]]:
        held = self.held if everything else self.held.first(self.recipe.run.evaluate_scenes)
        asked = items(held.scenes, HELD)
        shares = answered(model, held.patches, asked)
        wanted = torch.tensor([encode(each.question.answer)[0] for each in asked])
        nats = -shares[torch.arange(len(asked)), wanted].clamp(min=1e-9).log()
        right = (shares.argmax(-1) == wanted).float()
        found = {}
        for kind in KINDS:
            own = torch.tensor([each.question.kind == kind for each in asked])
            found[kind] = (float(nats[own].mean()), float(right[own].mean()))
        return found
