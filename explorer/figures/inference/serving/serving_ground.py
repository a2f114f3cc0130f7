"""What the page's own formulas start from: the sizes of models, the bits of formats, cards, and what may be asked.

The page computes what a change of a control shows (`assets/views/inference/memory_calculator`), with a server or
without one; a test holds each of its numbers against the modules of ``stack.inference``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from explorer.figures.inference.serving import own_model
from explorer.figures.inference.serving.number_limits import NumberLimits
from explorer.figures.inference.serving.serving_asked import CARD_LIMITS, LIMITS, START
from explorer.stack.inference.serving.cards import CARDS
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.inference.serving.serving_fit import CHUNK, MOST_USERS, OVERHEAD
from explorer.stack.inference.serving.serving_remedies import CACHES, MOST_CARDS, STEP
from explorer.stack.inference.serving.weight_schemes import ALIASES, SCHEMES, format_bits
from explorer.stack.systems.accelerator import Quoted
from explorer.stack.systems.accelerators import ACCELERATORS
from explorer.stack.systems.quantization.mix import SMALLER, mix

CACHE_TITLES = {
    "fp32": "32-bit",
    "bf16": "16-bit",
    "fp8": "8-bit (FP8)",
    "int8": "8-bit, groups of 32",
    "int4": "4-bit",
}


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A number as a document says it, and where."""

    said: str
    title: str
    address: str

    @classmethod
    def of(cls, quoted: Quoted) -> Stated:
        return cls(said=quoted.said, title=quoted.document.title, address=quoted.document.address)


@dataclass(frozen=True, kw_only=True)
class StoredAs:
    """One way to store the weights: see `weight_schemes.Scheme`."""

    name: str
    title: str
    stays: str
    packs: Literal["all", "mix", "blocks", "experts"]
    format: str
    base: str
    """Of one of llama.cpp's mixes: what most matrices take."""


@dataclass(frozen=True, kw_only=True)
class CacheAs:
    """One way to store keys and values."""

    name: str
    title: str
    bytes: float
    """A number."""


@dataclass(frozen=True, kw_only=True)
class CardOffered:
    """A card that can be chosen: its numbers, and who states them."""

    name: str
    title: str
    memory: float
    bandwidth: float
    flops: float | None
    sold: Stated | None
    """Its memory as it is sold; None of a card of one's own numbers, as the next two."""
    reported: Stated | None
    """Its memory as its system reports it: that is counted with."""
    read_at: Stated | None
    """Its bandwidth."""


@dataclass(frozen=True, kw_only=True)
class PastedModel:
    """The model of the config that was pasted, or of the hub's name that was given."""

    name: str
    sizes: Sizes | None
    wrong: str | None
    """Why there are no sizes."""


@dataclass(frozen=True, kw_only=True)
class ServingGround:
    """All that the sum of a serving is made of, besides what is asked."""

    models: Mapping[str, Sizes]
    plain: Sizes
    """A model of one's own numbers begins with it."""
    pasted: PastedModel
    schemes: tuple[StoredAs, ...]
    aliases: Mapping[str, str]
    """Names of schemes that links used before."""
    bits: Mapping[str, float]
    """A weight takes, by format."""
    smaller: Mapping[str, str]
    """What a K type falls back to."""
    caches: tuple[CacheAs, ...]
    cards: tuple[CardOffered, ...]
    start: Mapping[str, str]
    limits: Mapping[str, NumberLimits]
    """Of users, tokens and cards."""
    own_limits: Mapping[str, NumberLimits]
    """Of a model of one's own numbers."""
    card_limits: Mapping[str, NumberLimits]
    """Of another card."""
    overhead: float
    chunk: int
    most_users: int
    most_cards: int
    step: int
    """Tokens by which a length is shortened until it fits."""


def ground(pasted: Sizes | str, name: str) -> ServingGround:
    """`pasted`: the sizes of the config that was pasted, or a sentence that says why there are none."""
    plain = own_model.own({})
    assert isinstance(plain, Sizes)
    found = isinstance(pasted, Sizes)
    return ServingGround(
        models=REAL_MODELS,
        plain=plain,
        pasted=PastedModel(name=name, sizes=pasted if found else None, wrong=None if found else str(pasted)),
        schemes=_schemes(),
        aliases=ALIASES,
        bits=_bits(),
        smaller=SMALLER,
        caches=tuple(CacheAs(name=name, title=title, bytes=CACHES[name]) for name, title in CACHE_TITLES.items()),
        cards=_cards(),
        start=START,
        limits=LIMITS,
        own_limits=own_model.limits(),
        card_limits=CARD_LIMITS,
        overhead=OVERHEAD,
        chunk=CHUNK,
        most_users=MOST_USERS,
        most_cards=MOST_CARDS,
        step=STEP,
    )


@lru_cache(maxsize=1)
def _schemes() -> tuple[StoredAs, ...]:
    return tuple(
        StoredAs(
            name=each.name,
            title=each.title,
            stays=each.stays,
            packs=each.packs,
            format=each.format,
            base=mix(each.format).base if each.packs == "mix" else each.format,
        )
        for each in SCHEMES.values()
    )


@lru_cache(maxsize=1)
def _bits() -> Mapping[str, float]:
    """Of every format that a scheme's matrix or vector may take.

    >>> _bits()["q4_k"], _bits()["f16"]
    (4.5, 16.0)
    """
    named = {each.base for each in _schemes()} | {"f16", "f32", "fp32", *SMALLER, *SMALLER.values()} - {"q2_k"}
    return {name: format_bits(name) for name in sorted(named)}


@lru_cache(maxsize=1)
def _cards() -> tuple[CardOffered, ...]:
    made = []
    for card in CARDS.values():
        known = ACCELERATORS[card.name]
        made.append(
            CardOffered(
                name=card.name,
                title=card.title,
                memory=card.memory,
                bandwidth=card.bandwidth,
                flops=card.flops,
                sold=Stated.of(known.sold),
                reported=Stated.of(known.memory),
                read_at=Stated.of(known.bandwidth),
            )
        )
    return tuple(made)
