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
    counted: float
    """All that was counted, of one layer: one for each token."""
    lifts: Lifts
    chance_lift: Float[Tensor, "layer expert"]
    """The best lift of shuffled tokens: 95 % of the shuffles stay below."""


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
    total = routed.sum(0)
    return Analysis(
        routing,
        known,
        counting,
        (*measured, given),
        by_kind,
        by_class,
        total / total.sum(-1, keepdim=True),
        float(total[0].sum()),
        expert_shares.lifts(specialisation.tabulate(routed, known.token, len(known.occurring))),
        _chance_lift(routed, known.token, turned(known.token), max(2, shuffles // 2), generator),
    )


def _chance_lift(
    routed: Float[Tensor, "token layer expert"],
    token: Int[Tensor, " token"],
    shuffle: Shuffle,
    shuffles: int,
    generator: torch.Generator,
) -> Float[Tensor, "layer expert"]:
    n = int(token.max()) + 1
    best = []
    for _ in range(shuffles):
        again = expert_shares.lifts(specialisation.tabulate(routed, shuffle(generator), n))
        best.append(expert_shares.best_lift(again, LEAST))
    return torch.stack(best).quantile(0.95, 0)


@dataclass(frozen=True)
class Top:
    """The first tokens of each expert's list; a place without a token has the id -1."""

    ids: Int[Tensor, "layer expert rank"]
    lift: Float[Tensor, "layer expert rank"]
    share: Float[Tensor, "layer expert rank"]
    """p(expert | token)."""
    count: Float[Tensor, "layer expert rank"]
    """How often the token occurs in the corpus."""


def top(made: Analysis, by: str, k: int = LISTED) -> Top:
    """By "lift", of the tokens that occur often enough, the commoner first among equals; or by "count", how much of
    the expert's work a token is."""
    found = made.lifts
    count = found.count[None, :, None].expand_as(found.lift)
    if by == "lift":
        score = torch.where(count >= LEAST, found.lift + 1e-6 * count, -1.0)
    else:
        score = found.share * count
    best = score.topk(min(k, score.shape[1]), 1)
    at = best.indices  # layer rank expert

    def of(values: Tensor) -> Tensor:
        return values.gather(1, at).transpose(1, 2).contiguous()

    ids = made.labels.occurring[at].masked_fill(best.values <= 0, -1).transpose(1, 2).contiguous()
    return Top(ids, of(found.lift), of(found.share), of(count.contiguous()))


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
    return tuple(_verdict(each, made.routing.layers) for each in made.measured)


def _verdict(each: Measured, layers: tuple[int, ...]) -> str:
    share, beyond, name = each.of_routing, each.beyond, LABELS[each.label]
    if not bool(beyond.any()):
        return f"{name} tells nothing about the expert that shuffled labels do not tell as well, in any layer."
    most, least = int(share.argmax()), int(share.argmin())
    said = f"{name} accounts for {_percent(share[most])} of the routing in layer {layers[most]}"
    if most != least:
        said += f", and least, {_percent(share[least])}, in layer {layers[least]}"
    missing = [str(layers[at]) for at in range(len(layers)) if not bool(beyond[at])]
    if missing:
        said += f"; in layer{'s' * (len(missing) > 1)} {', '.join(missing)} no more than shuffled labels"
    return said + "."


def _percent(share: Tensor) -> str:
    value = 100 * max(0.0, float(share))
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %"
