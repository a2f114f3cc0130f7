"""Instructions to fine-tune on, made here by recipe: no key of a held-out item is trained on.

    made("json")  ->  Instructions(card=..., train=(Pair(...), ...), held_out=(...))

The same seed gives the same items on every machine; a card says how many there are, whose they are, and the sha256 of
them all. Nothing of them is taken from a benchmark: no set that carries a canary is near.

>>> found = made("units")
>>> len(found.train), len(found.held_out), found.card.licence.partition(":")[0]
(400, 100, 'Apache-2.0')
>>> {pair.request for pair in found.train} & {pair.request for pair in found.held_out}
set()
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from functools import lru_cache

from explorer.corpora.instructions.recipes import RECIPES
from explorer.errors import BadRequestError

TRAIN, HELD_OUT, SEED = 400, 100, 40
ABOUT = {
    "number_words": "A number below 1,000 is written in words.",
    "dates": "A date that is written out becomes ISO 8601.",
    "units": "A size is said in the next smaller unit.",
    "polite": "A request is answered by a promise in one polite sentence.",
    "json": "A sentence on a person becomes an object with name, age and city.",
    "code": "A description becomes a Python function over a list of numbers.",
    "grounded": "A question is answered from a passage, or it is said that the passage does not say.",
}
LICENCE = "Apache-2.0: made for this project by rules"


@dataclass(frozen=True)
class Pair:
    """A request and its answer."""

    request: str
    answer: str


@dataclass(frozen=True)
class DataCard:
    """What the items are."""

    name: str
    about: str
    licence: str
    seed: int
    train: int
    held_out: int
    sha256: str
    """Of all requests and answers, in order."""


@dataclass(frozen=True)
class Instructions:
    """One set, split."""

    card: DataCard
    train: tuple[Pair, ...]
    held_out: tuple[Pair, ...]


@lru_cache(maxsize=len(RECIPES))
def made(name: str) -> Instructions:
    """The set of that name. Raises BadRequestError for one that there is not."""
    if name not in RECIPES:
        raise BadRequestError(f"There is no set of instructions “{name[:40]}”.", f"There are {', '.join(RECIPES)}.")
    rng = random.Random(f"{name} {SEED}")  # noqa: S311 - items, not secrets
    items: dict[str, Pair] = {}
    while len(items) < TRAIN + HELD_OUT:
        key, request, answer = RECIPES[name](rng)
        items.setdefault(key, Pair(request, answer))
    pairs = tuple(items.values())
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(f"{pair.request}\x00{pair.answer}\x00".encode())
    card = DataCard(name, ABOUT[name], LICENCE, SEED, TRAIN, HELD_OUT, digest.hexdigest())
    return Instructions(card, pairs[:TRAIN], pairs[TRAIN:])
