"""What experts do, as a picture: shares by text kind, top tokens and contexts of an expert, information by layer.

All of it is worked out once for a corpus and a way of counting, for all layers and experts: the page then follows the
selection by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.architectures import expert_shares, specialisation
from explorer.stack.architectures.expert_shares import Lifts, Shares
from explorer.stack.architectures.specialisation import Counting, Measured, Shuffle
from explorer.stack.architectures.token_classes import CLASSES, classes
from explorer.tracing.corpus import CorpusRouting

#: Shuffles behind each band; the least number of occurrences of a token that a lift is read from.
SHUFFLES, LEAST = 100, 8
#: Tokens in a list, contexts of a kind, tokens on either side of a context's middle.
LISTED, CONTEXTS, NEAR = 12, 3, 8
#: How the labels are called in a sentence.
LABELS = {
    "kind": "The text kind",
    "class": "The token class",
    "token": "Which token it is",
    "kind_given_token": "The text kind, once the token is known,",
}


@dataclass(frozen=True)
class Labels:
    """What each token of a corpus is."""

    kinds: tuple[str, ...]
    kind_of_passage: Int[Tensor, " passage"]
    kind: Int[Tensor, " token"]
    token_class: Int[Tensor, " token"]
    token: Int[Tensor, " token"]
    """The token's place among those that occur."""
    occurring: Int[Tensor, " label"]
    """The ids of the tokens that occur."""


def labels(
    routing: CorpusRouting,
    kinds: Sequence[str],
    kind_of_passage: Int[Tensor, " passage"],
    bytes_of: Callable[[int], bytes],
) -> Labels:
    """`bytes_of` gives the bytes of a token id."""
    occurring, token = torch.unique(routing.ids, return_inverse=True)
    raw = {int(i): bytes_of(int(i)) for i in occurring}
    lengths = torch.bincount(routing.passage).tolist()
    found = [c for ids in routing.ids.split(lengths) for c in classes(raw[i] for i in ids.tolist())]
    kind = kind_of_passage[routing.passage]
    return Labels(tuple(kinds), kind_of_passage, kind, torch.tensor(found), token, occurring)


@dataclass(frozen=True)
class Top:
    """The first tokens of each expert's list; a place without a token has the id -1."""

    ids: Int[Tensor, "layer expert rank"]
    lift: Float[Tensor, "layer expert rank"]
    share: Float[Tensor, "layer expert rank"]
    """p(expert | token)."""
    low: Float[Tensor, "layer expert rank"]
    high: Float[Tensor, "layer expert rank"]
    """The band of that share while each passage's tokens are turned round: what the token's passages explain."""
    count: Float[Tensor, "layer expert rank"]
    """How often the token occurs in the corpus."""


@dataclass(frozen=True)
class Analysis:
    """One corpus, counted one way."""

    routing: CorpusRouting
    labels: Labels
    counting: Counting
    measured: tuple[Measured, ...]
    """Of text kind, token class, token, and text kind once the token is known."""
    by_kind: Shares
    by_class: Shares
    share: Float[Tensor, "layer expert"]
    """Of all that is counted, what each expert takes."""
    lifts: Lifts
    by_lift: Top
    """Of the tokens that occur `LEAST` times or more, the commoner first among equals."""
    by_count: Top
    """By how much of the expert's work a token is."""


def analyse(
    routing: CorpusRouting,
    known: Labels,
    counting: Counting = "pairs",
    shuffles: int = SHUFFLES,
    progress: Callable[[int, int], None] | None = None,
    seed: int = 0,
) -> Analysis:
    """Shares, lifts and information of every layer and expert, each with its shuffled control."""
    generator, passage = torch.Generator().manual_seed(seed), routing.passage
    routed = specialisation.mass(routing.indices, routing.weights, routing.n_experts, counting)
    steps = iter(range(1, 6))

    def kinds(g: torch.Generator) -> Tensor:
        return specialisation.passages_shuffled(known.kind_of_passage, passage, g)

    def turned(of: Tensor) -> Shuffle:
        return lambda g: specialisation.turned(of, passage, g)

    def told(value: Any) -> Any:
        if progress:
            progress(next(steps), 6)
        return value

    ways: list[tuple[str, Tensor, int, Shuffle]] = [
        ("kind", known.kind, len(known.kinds), kinds),
        ("class", known.token_class, len(CLASSES), turned(known.token_class)),
        ("token", known.token, len(known.occurring), turned(known.token)),
    ]
    measured = [
        told(specialisation.measure(name, routed, these, n, shuffle, shuffles, generator))
        for name, these, n, shuffle in ways
    ]
    given = specialisation.measure_given("kind_given_token", routed, known.kind, known.token, shuffles, generator)
    by_kind, by_class = (
        told(expert_shares.shares(routed, these, n, shuffle, shuffles, generator)) for _, these, n, shuffle in ways[:2]
    )

    def chance(listed: Tensor) -> tuple[Tensor, Tensor]:
        return expert_shares.shares_of(routed, known.token, listed, turned(known.token), shuffles, generator)

    found = expert_shares.lifts(specialisation.tabulate(routed, known.token, len(known.occurring)))
    count = found.count[:, None]
    often_enough = torch.where((count >= LEAST) & (found.lift > 0), found.lift + 1e-6 * count, -1.0)
    total = routed.sum(0)
    return Analysis(
        routing,
        known,
        counting,
        (*measured, given),
        by_kind,
        by_class,
        total / total.sum(-1, keepdim=True),
        found,
        _top(found, known, often_enough, chance),
        _top(found, known, found.share * count, chance),
    )


def _top(
    found: Lifts,
    known: Labels,
    score: Float[Tensor, "layer label expert"],
    chance: Callable[[Tensor], tuple[Tensor, Tensor]],
) -> Top:
    """The labels of the best scores above 0. `chance` gives the band of the shares of those chosen."""
    best = score.topk(min(LISTED, score.shape[1]), 1)
    at = best.indices  # layer rank expert
    ids = known.occurring[at].masked_fill(best.values <= 0, -1)
    low, high = chance(at)
    of = (found.lift.gather(1, at), found.share.gather(1, at), low, high, found.count[at])
    return Top(*(each.transpose(1, 2).contiguous() for each in (ids, *of)))


@dataclass(frozen=True)
class Contexts:
    """Where in the text an expert weighs most: places of the middle token, -1 where there is none."""

    at: Int[Tensor, "layer expert kind rank"]
    weights: Float[Tensor, "layer expert kind rank place"]
    """The expert's weight for the tokens around, the middle one at place `NEAR`; 0 where it is not taken."""


def contexts(made: Analysis, k: int = CONTEXTS) -> Contexts:
    """The largest weights of each expert in each kind of text, of different tokens each."""
    routing, kind, kinds = made.routing, made.labels.kind, len(made.labels.kinds)
    n_layers, n_experts = len(routing.layers), routing.n_experts
    at = torch.full((n_layers, n_experts, kinds, k), -1)
    near = torch.zeros(n_layers, n_experts, kinds, k, 2 * NEAR + 1)
    for layer in range(n_layers):
        dense = torch.zeros(len(routing.ids), n_experts)
        dense.scatter_(1, routing.indices[layer], routing.weights[layer].float())
        for which in range(kinds):
            places = (kind == which).nonzero()[:, 0]
            best = dense[places].topk(min(24 * k, len(places)), 0)
            for expert in range(n_experts):
                chosen = _different(places[best.indices[:, expert]], best.values[:, expert], routing.ids, k)
                for rank, place in enumerate(chosen):
                    at[layer, expert, which, rank] = place
                    near[layer, expert, which, rank] = _around(dense[:, expert], routing.passage, place)
    return Contexts(at, near)


def _different(places: Tensor, weights: Tensor, ids: Tensor, k: int) -> list[int]:
    """The first places whose tokens are not those of earlier ones, where the expert is used at all."""
    chosen: dict[int, int] = {}
    for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
        if weight > 0 and len(chosen) < k:
            chosen.setdefault(int(ids[place]), place)
    return list(chosen.values())


def _around(weights: Tensor, passage: Tensor, place: int) -> Tensor:
    out = torch.zeros(2 * NEAR + 1)
    first, last = max(0, place - NEAR), min(len(weights), place + NEAR + 1)
    inside = weights[first:last] * (passage[first:last] == passage[place])
    out[first - place + NEAR : last - place + NEAR] = inside
    return out


def verdicts(made: Analysis) -> tuple[str, ...]:
    """In a plain sentence each: which label accounts for how much of the routing, where, and whether beyond chance."""
    layers = made.routing.layers
    kind, _, token, _ = made.measured
    return (*(_verdict(each, layers) for each in made.measured), _comparison(token, kind, layers))


def _verdict(each: Measured, layers: tuple[int, ...]) -> str:
    share, beyond, name = each.of_routing, each.beyond, LABELS[each.label]
    if not bool(beyond.any()):
        return f"{name} tells nothing about the expert that shuffled labels do not tell as well, in any layer."
    most, least = int(share.argmax()), int(share.argmin())
    said = f"{name} accounts for {_percent(share[most])} of the routing in layer {layers[most]}"
    if most != least:
        said += f", the most, and for {_percent(share[least])} in layer {layers[least]}, the least"
    missing = _list([layers[at] for at in range(len(layers)) if not bool(beyond[at])])
    return said + (f"; in {missing} it tells no more than shuffled labels." if missing else ".")


def _comparison(token: Measured, kind: Measured, layers: tuple[int, ...]) -> str:
    """Which of the two accounts for more in which layers."""
    more = token.excess > kind.excess
    by_token = _list([layer for layer, is_token in zip(layers, more.tolist(), strict=True) if is_token])
    by_kind = _list([layer for layer, is_token in zip(layers, more.tolist(), strict=True) if not is_token])
    if not by_token or not by_kind:
        first, second = ("token", "text kind") if by_token else ("text kind", "token")
        return f"In every layer the {first} accounts for more than the {second}."
    return f"The token accounts for more than the text kind in {by_token}, for less in {by_kind}."


def _list(layers: list[int]) -> str:
    if not layers:
        return ""
    if len(layers) > 2 and layers == list(range(layers[0], layers[-1] + 1)):
        return f"layers {layers[0]} to {layers[-1]}"
    words = [str(layer) for layer in layers]
    joined = " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
    return f"layer{'s' * (len(layers) > 1)} {joined}"


def _percent(share: Tensor) -> str:
    value = 100 * max(0.0, float(share))
    return f"{value:.0f}\u00a0%" if value >= 9.95 else f"{value:.1f}\u00a0%"
