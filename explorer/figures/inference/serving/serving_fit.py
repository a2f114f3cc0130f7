"""Will it fit, and how fast: what the page draws of one serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.figures.inference.serving.serving_asked import PRESETS, ServingAsked, ServingPreset
from explorer.figures.inference.serving.serving_ground import CACHE_TITLES, ServingGround, Stated
from explorer.figures.payload import Payload
from explorer.stack.inference.serving.memory_calculator import parameters
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.inference.serving.serving_fit import (
    CardNeed,
    Pace,
    Serving,
    divides,
    held_tokens,
    kv_heads,
    most_users,
    pace,
    per_card,
    tables,
)
from explorer.stack.inference.serving.serving_remedies import CACHES, Remedy, remedies
from explorer.stack.inference.serving.weight_schemes import SCHEMES, stored
from explorer.stack.systems.accelerators import ACCELERATORS


@dataclass(frozen=True, kw_only=True)
class ServingRemedy:
    """A change after which it fits, and the controls that make it."""

    words: str
    controls: Mapping[str, str | int]
    total: float
    """Bytes on a card then."""
    capacity: float


@dataclass(frozen=True, kw_only=True)
class ServingAnswer:
    """Whether it fits, on what, and how fast."""

    name: str
    parameters: int
    active: int
    weights_title: str
    stays: str
    cache_bytes: float
    device: str
    sold: Stated | None
    """Its memory as it is sold; None of a card of one's own numbers, as the next two."""
    reported: Stated | None
    """Its memory as its system reports it: the capacity."""
    read_at: Stated | None
    """Its bandwidth."""
    capacity: float
    bandwidth: float
    flops: float | None
    need: CardNeed
    weights: float
    """Bytes on a card."""
    stored: float
    """Bytes of all weights, once."""
    tables: float
    """Of those on a card, what a step looks up instead of reading it."""
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


@dataclass(frozen=True, kw_only=True)
class FormatOnCard:
    """One way to store the weights, and what the fullest card then holds, part by part."""

    name: str
    title: str
    stays: str
    parts: Mapping[str, float]
    """Bytes: the parts of the weights, then cache, activations and overhead."""
    total: float


@dataclass(frozen=True, kw_only=True)
class MemoryFormats(Payload):
    """The chosen model in every format, on a card."""

    asked: ServingAsked
    wrong: str | None
    """Why there are no formats."""
    name: str
    sizes: Sizes | None
    capacity: float
    formats: tuple[FormatOnCard, ...]
    ground: ServingGround


@dataclass(frozen=True, kw_only=True)
class ServingFit(Payload):
    """One serving, answered, and what the page's own formulas answer any other from."""

    asked: ServingAsked
    wrong: str | None
    """Why there is no answer: own numbers, or a config, that are no model's."""
    name: str
    sizes: Sizes | None
    """Of the model that is asked for."""
    answer: ServingAnswer | None
    ground: ServingGround
    presets: tuple[ServingPreset, ...]
    config: str
    """The pasted config, or the hub's name that was given."""


def fit(of: ServingAsked, sizes: Sizes | str, name: str, on: ServingGround, config: str = "") -> ServingFit:
    """`sizes`: of the chosen model, or a sentence that says why there are none."""
    wrong = why_not(of, sizes)
    return ServingFit(
        asked=of,
        wrong=wrong,
        name=name,
        sizes=sizes if isinstance(sizes, Sizes) else None,
        answer=_answer(of, sizes, name) if isinstance(sizes, Sizes) and wrong is None else None,
        ground=on,
        presets=PRESETS,
        config=config,
    )


def why_not(of: ServingAsked, sizes: Sizes | str) -> str | None:
    """Why nothing can be calculated: the first number that is refused, or that there is no model."""
    return next(iter(of.wrong.values()), sizes if isinstance(sizes, str) else None)


def formats(of: ServingAsked, sizes: Sizes | str, name: str, on: ServingGround) -> MemoryFormats:
    """What a card holds in each format; no format where nothing can be calculated."""
    card, made, wrong = of.device(), [], why_not(of, sizes)
    if not isinstance(sizes, Sizes) or wrong is not None:
        return MemoryFormats(asked=of, wrong=wrong, name=name, sizes=None, capacity=card.memory, formats=(), ground=on)
    for scheme in SCHEMES.values():
        need = per_card(Serving(sizes, scheme.name, CACHES[of.cache], of.batch, of.length, of.cards, card))
        parts = dict(need.parts) | {"cache": need.cache, "activations": need.activations, "overhead": need.overhead}
        made.append(
            FormatOnCard(name=scheme.name, title=scheme.title, stays=scheme.stays, parts=parts, total=need.total)
        )
    return MemoryFormats(
        asked=of, wrong=None, name=name, sizes=sizes, capacity=card.memory, formats=tuple(made), ground=on
    )


def _answer(of: ServingAsked, sizes: Sizes, name: str) -> ServingAnswer:
    card, scheme = of.device(), SCHEMES[of.weights]
    serving = Serving(sizes, of.weights, CACHES[of.cache], of.batch, of.length, of.cards, card)
    need, speed, known = per_card(serving), pace(serving), ACCELERATORS.get(card.name)
    return ServingAnswer(
        name=name,
        parameters=parameters(sizes).total,
        active=parameters(sizes, active=True).total,
        weights_title=scheme.title,
        stays=scheme.stays,
        cache_bytes=CACHES[of.cache],
        device=card.title,
        sold=known and Stated.of(known.sold),
        reported=known and Stated.of(known.memory),
        read_at=known and Stated.of(known.bandwidth),
        capacity=card.memory,
        bandwidth=card.bandwidth,
        flops=card.flops,
        need=need,
        weights=need.weights,
        stored=sum(stored(sizes, of.weights).values()),
        tables=tables(serving),
        total=need.total,
        fits=need.total <= card.memory,
        most_users=most_users(serving),
        kv_heads=kv_heads(sizes, of.cards),
        n_kv_heads=sizes.n_kv_heads,
        n_heads=sizes.n_heads,
        cached=sizes.cached,
        n_layers=sizes.n_layers,
        held=held_tokens(sizes, of.length),
        latent=sizes.latent is not None,
        divides=divides(sizes, of.cards),
        remedies=tuple(_said(each, of) for each in remedies(serving)),
        pace=speed,
        together=speed.tokens(of.batch),
    )


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
        "card": (f"{of.cards} × {card.title}", {"card": card.name}),
    }[kind]
    return ServingRemedy(words=words, controls=controls, total=per_card(serving).total, capacity=card.memory)
