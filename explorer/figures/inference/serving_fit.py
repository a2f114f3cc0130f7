"""Will it fit, and how fast: what the page draws of one serving, and how its controls are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.figures.inference.own_model import OwnLimits, limits
from explorer.figures.payload import Payload
from explorer.stack.inference.accelerators import CARDS, GIB, Card
from explorer.stack.inference.known_models import REAL_MODELS
from explorer.stack.inference.memory_calculator import parameters
from explorer.stack.inference.model_sizes import Sizes
from explorer.stack.inference.serving_fit import (
    CardNeed,
    Pace,
    Serving,
    divides,
    held_tokens,
    kv_heads,
    most_users,
    pace,
    per_card,
)
from explorer.stack.inference.serving_remedies import CACHES, MOST_CARDS, Remedy, remedies
from explorer.stack.inference.weight_schemes import ALIASES, SCHEMES

START = {"model": "Llama-3.1-8B", "weights": "q4_k_m", "cache": "bf16", "card": "rtx4090"}
CACHE_TITLES = {
    "fp32": "32-bit",
    "bf16": "16-bit",
    "fp8": "8-bit (FP8)",
    "int8": "8-bit, groups of 32",
    "int4": "4-bit",
}
#: What a number of the controls may be, and what it begins with: another card's memory is in GiB, as cards are sold.
RANGES = {
    "batch": (1, 65_536, 1),
    "length": (1, 1 << 20, 8192),
    "cards": (1, MOST_CARDS, 1),
    "gb": (1, 4096, 24),
    "gbs": (1, 100_000, 1000),
}
TFLOPS = (0.0, 100_000.0, 150.0)


@dataclass(frozen=True)
class ServingAsked:
    """The controls as they were read: what is no number, or unknown, is the beginning's."""

    model: str
    """A name, "own" or "config"."""
    weights: str
    cache: str
    batch: int
    length: int
    cards: int
    card: str
    """A name, or "own"."""
    gb: int
    gbs: int
    tflops: float
    """0: not stated."""

    def device(self) -> Card:
        """The chosen card, or one of the given numbers."""
        if self.card != "own":
            return CARDS[self.card]
        title = f"card of {self.gb} GB"
        return Card("own", title, self.gb * GIB, self.gbs * 1e9, self.tflops * 1e12 or None)


@dataclass(frozen=True)
class ServingPreset:
    """A question that is often asked."""

    title: str
    controls: Mapping[str, str | int]


def _preset(title: str, model: str, weights: str, batch: int, length: int, cards: int, card: str) -> ServingPreset:
    chosen = {"model": model, "weights": weights, "cache": "bf16", "batch": batch, "length": length}
    return ServingPreset(title, {**chosen, "cards": cards, "card": card})


PRESETS = (
    _preset("8B on one 24 GB card", "Llama-3.1-8B", "q4_k_m", 1, 8192, 1, "rtx4090"),
    _preset("70B on two 24 GB cards", "Llama-3-70B", "q4_k_m", 1, 8192, 2, "rtx4090"),
    _preset("Qwen3-30B-A3B on a Mac", "Qwen3-30B-A3B", "q4_k_m", 1, 32768, 1, "m3_max"),
    _preset("gpt-oss-120b on one H100", "gpt-oss-120b", "mxfp4", 8, 32768, 1, "h100"),
    _preset("DeepSeek-V3 on eight H200", "DeepSeek-V3", "fp8", 16, 32768, 8, "h200"),
)


@dataclass(frozen=True)
class ServingRemedy:
    """A change after which it fits, and the controls that make it."""

    words: str
    controls: Mapping[str, str | int]
    total: float
    """Bytes on a card then."""
    capacity: float


@dataclass(frozen=True)
class ServingAnswer:
    """Whether it fits, on what, and how fast."""

    name: str
    parameters: int
    active: int
    weights_title: str
    stays: str
    cache_bytes: float
    device: str
    device_source: str
    capacity: float
    bandwidth: float
    flops: float | None
    need: CardNeed
    weights: float
    total: float
    fits: bool
    most_users: int
    kv_heads: int
    """On a card; all are `n_kv_heads`."""
    n_kv_heads: int
    n_heads: int
    cached: int
    """Numbers that a token leaves in a block."""
    n_layers: int
    held: int
    """Tokens of one user's cache, summed over blocks."""
    latent: bool
    divides: bool
    remedies: tuple[ServingRemedy, ...]
    pace: Pace
    together: float
    """Tokens a second at most, all users."""


@dataclass(frozen=True)
class FormatOnCard:
    """One way to store the weights, and what the fullest card then holds, part by part."""

    name: str
    title: str
    stays: str
    parts: Mapping[str, float]
    """Bytes: the parts of the weights, then cache, activations and overhead."""
    total: float


@dataclass(frozen=True)
class MemoryFormats(Payload):
    """The chosen model in every format, on a card."""

    asked: ServingAsked
    name: str
    capacity: float
    formats: tuple[FormatOnCard, ...]


@dataclass(frozen=True)
class ServingFit(Payload):
    """One serving, answered, and what else can be chosen."""

    asked: ServingAsked
    wrong: str | None
    """Why there is no answer: own numbers, or a config, that are no model's."""
    answer: ServingAnswer | None
    models: tuple[tuple[str, int], ...]
    schemes: tuple[tuple[str, str], ...]
    caches: tuple[tuple[str, str], ...]
    devices: tuple[tuple[str, str], ...]
    presets: tuple[ServingPreset, ...]
    limits: Mapping[str, OwnLimits]
    config: str
    """The pasted config, or the hub's name that was given."""


def asked(controls: Mapping[str, Any]) -> ServingAsked:
    """
    >>> asked({"batch": "1e99", "weights": "int4", "card": "abacus"}).batch
    65536
    """

    def one(name: str, known: Any) -> str:
        said = str(controls.get(name, ""))
        said = ALIASES.get(said, said) if name == "weights" else said
        return said if said in known else START[name]

    def whole(name: str) -> int:
        return round(_number(controls.get(name), *RANGES[name]))

    return ServingAsked(
        one("model", (*REAL_MODELS, "own", "config")), one("weights", SCHEMES), one("cache", CACHES), whole("batch"),
        whole("length"), whole("cards"), one("card", (*CARDS, "own")), whole("gb"), whole("gbs"),
        tflops=float(_number(controls.get("tflops"), *TFLOPS)),
    )  # fmt: skip


def _number(said: Any, low: float | int, high: float | int, start: float | int) -> float | int:
    try:
        value = float(said)
    except (TypeError, ValueError, OverflowError):
        return start
    return start if math.isnan(value) else min(max(value, low), high)


def fit(of: ServingAsked, sizes: Sizes | str, name: str, config: str = "") -> ServingFit:
    """`sizes`: of the chosen model, or a sentence that says why there are none."""
    return ServingFit(
        asked=of,
        wrong=sizes if isinstance(sizes, str) else None,
        answer=_answer(of, sizes, name) if isinstance(sizes, Sizes) else None,
        models=tuple((each, parameters(known_sizes).total) for each, known_sizes in REAL_MODELS.items()),
        schemes=tuple((each.name, each.title) for each in SCHEMES.values()),
        caches=tuple(CACHE_TITLES.items()),
        devices=tuple((each.name, each.title) for each in CARDS.values()),
        presets=PRESETS,
        limits=limits(),
        config=config,
    )


def formats(of: ServingAsked, sizes: Sizes | str, name: str) -> MemoryFormats:
    """What a card holds in each format; no format where there is no model."""
    card, made = of.device(), []
    if not isinstance(sizes, Sizes):
        return MemoryFormats(of, name, card.memory, ())
    for scheme in SCHEMES.values():
        need = per_card(Serving(sizes, scheme.name, CACHES[of.cache], of.batch, of.length, of.cards, card))
        parts = dict(need.parts) | {"cache": need.cache, "activations": need.activations, "overhead": need.overhead}
        made.append(FormatOnCard(scheme.name, scheme.title, scheme.stays, parts, need.total))
    return MemoryFormats(of, name, card.memory, tuple(made))


def _answer(of: ServingAsked, sizes: Sizes, name: str) -> ServingAnswer:
    card, scheme = of.device(), SCHEMES[of.weights]
    serving = Serving(sizes, of.weights, CACHES[of.cache], of.batch, of.length, of.cards, card)
    need, speed = per_card(serving), pace(serving)
    return ServingAnswer(
        name, parameters(sizes).total, parameters(sizes, active=True).total, scheme.title, scheme.stays,
        CACHES[of.cache], card.title.partition(",")[0], card.source, card.memory, card.bandwidth, card.flops,
        need, need.weights, need.total, need.total <= card.memory, most_users(serving),
        kv_heads(sizes, of.cards), sizes.n_kv_heads, sizes.n_heads, sizes.cached, sizes.n_layers,
        held_tokens(sizes, of.length), sizes.latent is not None, divides(sizes, of.cards),
        tuple(_said(each, of) for each in remedies(serving)), speed, speed.tokens(of.batch),
    )  # fmt: skip


def _said(found: Remedy, of: ServingAsked) -> ServingRemedy:
    value, serving = found.value, found.serving
    cache = next(name for name, nbytes in CACHES.items() if nbytes == serving.cache_bytes)
    users = f"{value} user{'' if value == 1 else 's'}" + ("" if value == 1 else " at most")
    kind, lighter, card = found.change, SCHEMES[serving.scheme].title, serving.card
    words, controls = {
        "users": (f"{users} instead of {of.batch:,}", {"batch": value}),
        "length": (f"{serving.length:,} tokens each", {"length": value}),
        "cache": (f"a cache of {CACHE_TITLES[cache]}", {"cache": cache}),
        "cache and users": (f"a {CACHE_TITLES[cache]} cache and {users}", {"cache": cache, "batch": value}),
        "weights": (f"weights in {lighter}", {"weights": serving.scheme}),
        "cards": (f"{value} cards instead of {of.cards}", {"cards": value}),
        "card": (f"{of.cards} × {card.title.partition(',')[0]}", {"card": card.name}),
    }[kind]
    return ServingRemedy(words, controls, per_card(serving).total, card.memory)
