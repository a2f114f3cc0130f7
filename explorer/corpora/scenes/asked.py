"""Captions of scenes and questions about them, by rule: each answer is one word and follows from the scene.

>>> from explorer.corpora.scenes.drawn import scene_of
>>> scene = scene_of(11)
>>> caption(scene)
'red triangle top-left , yellow cross top-left , green cross bottom-right .'
>>> made = [question(scene, kind, np.random.default_rng(0)) for kind in KINDS]
>>> [(each.text, each.answer) for each in made if each][2:5]  # doctest: +NORMALIZE_WHITESPACE
[('how many crosses ?', 'two'), ('where is the red triangle ?', 'top-left'),
 ('is the red triangle left of the green cross ?', 'yes')]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.corpora.scenes.drawn import COLOURS, PLACES, SHAPES, Scene, Thing
from explorer.errors import BadRequestError

NUMBERS = ("zero", "one", "two", "three", "four", "five")
#: Two things are told apart by side only where their centres are this far apart, in shares of the picture.
APART = 0.1
PLURAL = {"cross": "crosses"} | {shape: f"{shape}s" for shape in SHAPES if shape != "cross"}


@dataclass(frozen=True)
class Question:
    """What is asked, and what is true."""

    kind: str
    text: str
    answer: str
    about: str
    """The thing or things that it asks about, as `Scene.named` takes them; empty: all."""


def caption(scene: Scene) -> str:
    """Every thing from left to right, with its corner."""
    row = sorted(scene.things, key=lambda thing: thing.x)
    return " , ".join(f"{thing.name} {thing.place}" for thing in row) + " ."


def question(scene: Scene, kind: str, draw: np.random.Generator) -> Question | None:
    """One question of that kind; None where this scene has none."""
    return _RULES[kind](scene, draw)


def _one(options: list[str], draw: np.random.Generator) -> str:
    return options[int(draw.integers(len(options)))]


def _single(scene: Scene, names: list[str]) -> list[str]:
    """Those that name one thing only."""
    return [name for name in dict.fromkeys(names) if len(scene.named(name)) == 1]


def _colour(scene: Scene, draw: np.random.Generator) -> Question | None:
    names = _single(scene, [thing.shape for thing in scene.things])
    if not names:
        return None
    shape = _one(names, draw)
    return Question("colour", f"what colour is the {shape} ?", scene.named(shape)[0].colour, shape)


def _shape(scene: Scene, draw: np.random.Generator) -> Question | None:
    names = _single(scene, [thing.colour for thing in scene.things])
    if not names:
        return None
    colour = _one(names, draw)
    return Question("shape", f"what shape is the {colour} thing ?", scene.named(colour)[0].shape, colour)


def _number(scene: Scene, draw: np.random.Generator) -> Question | None:
    what = _one(["all", "colour", "shape"], draw)
    if what == "all":
        return Question("number", "how many things ?", NUMBERS[len(scene.things)], "")
    if what == "colour":
        name = _one([thing.colour for thing in scene.things] if draw.random() < 0.75 else list(COLOURS), draw)
        return Question("number", f"how many {name} things ?", NUMBERS[len(scene.named(name))], name)
    name = _one([thing.shape for thing in scene.things] if draw.random() < 0.75 else list(SHAPES), draw)
    return Question("number", f"how many {PLURAL[name]} ?", NUMBERS[len(scene.named(name))], name)


def _place(scene: Scene, draw: np.random.Generator) -> Question | None:
    names = _single(scene, [thing.name for thing in scene.things])
    if not names:
        return None
    name = _one(names, draw)
    return Question("place", f"where is the {name} ?", scene.named(name)[0].place, name)


def _relation(scene: Scene, draw: np.random.Generator) -> Question | None:
    single = [scene.named(name)[0] for name in _single(scene, [thing.name for thing in scene.things])]
    pairs: list[tuple[str, Thing, Thing, bool]] = []
    for one in single:
        for other in single:
            if abs(one.x - other.x) >= APART:
                pairs.append(("left of", one, other, one.x < other.x))
            if abs(one.y - other.y) >= APART:
                pairs.append(("above", one, other, one.y < other.y))
    if not pairs:
        return None
    words, one, other, true = pairs[int(draw.integers(len(pairs)))]
    return Question("relation", f"is the {one.name} {words} the {other.name} ?", "yes" if true else "no", one.name)


def _presence(scene: Scene, draw: np.random.Generator) -> Question | None:
    """Half of them are there; of those that are not, half have a colour and a shape that other things have."""
    there = [thing.name for thing in scene.things]
    every = [f"{colour} {shape}" for colour in COLOURS for shape in SHAPES]
    absent = [name for name in every if name not in there]
    mixed = [name for name in absent if all(scene.named(word) for word in name.split())]
    if draw.random() < 0.5:
        name = _one(there, draw)
        return Question("presence", f"is there a {name} ?", "yes", name)
    name = _one(mixed if mixed and draw.random() < 0.5 else absent, draw)
    return Question("presence", f"is there a {name} ?", "no", name)


_RULES: dict[str, Callable[[Scene, np.random.Generator], Question | None]] = {
    "colour": _colour, "shape": _shape, "number": _number, "place": _place, "relation": _relation,
    "presence": _presence,
}  # fmt: skip
KINDS = tuple(_RULES)

# ---- words -----------------------------------------------------------------------------------------------------------

START, IMAGE, DESCRIBE = "<start>", "<image>", "describe"
#: Every word is a token; padding has the id 0.
WORDS = (
    "<pad>", START, IMAGE, DESCRIBE, ".", ",", "?", *COLOURS, *SHAPES, *PLURAL.values(), *PLACES, *NUMBERS, "yes", "no",
    "what", "colour", "shape", "is", "the", "thing", "things", "how", "many", "where", "left", "of", "above", "there",
    "a",
)  # fmt: skip
_IDS = {word: at for at, word in enumerate(WORDS)}
ANSWERS = (*COLOURS, *SHAPES, *NUMBERS, *PLACES, "yes", "no")


def encode(text: str, known: tuple[str, ...] = WORDS) -> list[int]:
    """A token a word. Raises BadRequestError for a word that the model has never read."""
    ids = _IDS if known is WORDS else {word: at for at, word in enumerate(known)}
    words = text.replace("?", " ?").replace(",", " ,").lower().split()
    strange = [word for word in words if word not in ids]
    if strange:
        raise BadRequestError(
            f"This model has never read the word “{strange[0][:40]}”.",
            f"It knows {len(known)} words: {', '.join(known[7:])}.",
        )
    return [ids[word] for word in words]
