"""What experts do, as pictures: shares by text kind, one expert's tokens and contexts, information by layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from explorer.experiments.architectures import experts as measuring
from explorer.experiments.architectures import experts_said
from explorer.experiments.architectures.experts import Analysis, Top
from explorer.figures.payload import Payload
from explorer.stack.architectures.specialisation import Counting
from explorer.stack.architectures.token_classes import CLASSES
from explorer.stack.worst import worst
from explorer.tracing.probes.corpus import CorpusRouting

#: Contexts of a kind, tokens on either side of a context's middle.
CONTEXTS, NEAR = 3, 8


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


# ---- what is drawn ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ExpertsCorpus(Payload):
    """What was read, and how it was counted."""

    count: Counting
    layers: list[int]
    n_experts: int
    k: int
    kinds: list[str]
    classes: list[str]
    tokens: int
    passages: int
    shuffles: int
    least: int
    """Occurrences from which a token's lift is read."""
    share: Float[Tensor, "layer expert"]


def corpus_of(made: Analysis) -> ExpertsCorpus:
    routing = made.routing
    return ExpertsCorpus(
        count=made.counting,
        layers=list(routing.layers),
        n_experts=routing.n_experts,
        k=routing.indices.shape[-1],
        kinds=list(made.labels.kinds),
        classes=list(CLASSES),
        tokens=len(routing.ids),
        passages=routing.n_passages,
        shuffles=len(made.measured[0].shuffled),
        least=measuring.LEAST,
        share=made.share,
    )


@dataclass(frozen=True, kw_only=True)
class ExpertsByKind(ExpertsCorpus):
    """Which kinds of text go to which expert."""

    shares: Float[Tensor, "layer kind expert"]
    beyond: Bool[Tensor, "layer kind expert"]
    low: Float[Tensor, "layer kind expert"]
    high: Float[Tensor, "layer kind expert"]
    bits: Float[Tensor, " layer"]
    chance: Float[Tensor, " layer"]
    band_high: Float[Tensor, " layer"]
    of_routing: Float[Tensor, " layer"]


def by_kind(made: Analysis) -> ExpertsByKind:
    found, kind = made.by_kind, made.measured[0]
    return ExpertsByKind(
        **vars(corpus_of(made)), shares=found.share, beyond=found.beyond, low=found.low, high=found.high,
        bits=kind.bits, chance=kind.chance, band_high=kind.high, of_routing=kind.of_routing,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OneExpert(ExpertsCorpus):
    """All experts' lists and contexts: the page shows one."""

    ids: Int[Tensor, " token"]
    starts: Int[Tensor, " passage"]
    kind_of_passage: Int[Tensor, " passage"]
    documents: list[str]
    near: int
    lift: Top
    often: Top
    by_kind: Float[Tensor, "layer kind expert"]
    kind_low: Float[Tensor, "layer kind expert"]
    kind_high: Float[Tensor, "layer kind expert"]
    by_class: Float[Tensor, "layer class expert"]
    class_low: Float[Tensor, "layer class expert"]
    class_high: Float[Tensor, "layer class expert"]
    at: Int[Tensor, "layer expert kind rank"]
    weights: UInt8[Tensor, "layer expert kind rank place"]
    """255 times the weight."""


def one_expert(made: Analysis, documents: Sequence[str]) -> OneExpert:
    found, lengths = contexts(made), made.routing.passage.bincount()
    return OneExpert(
        **vars(corpus_of(made)), ids=made.routing.ids, starts=lengths.cumsum(0) - lengths,
        kind_of_passage=made.labels.kind_of_passage, documents=list(documents), near=NEAR,
        lift=made.by_lift, often=made.by_count,
        by_kind=made.by_kind.share, kind_low=made.by_kind.low, kind_high=made.by_kind.high,
        by_class=made.by_class.share, class_low=made.by_class.low, class_high=made.by_class.high,
        at=found.at, weights=(found.weights * 255).round().byte(),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LabelInformation:
    """What the expert tells about one label."""

    label: str
    bits: Float[Tensor, " layer"]
    chance: Float[Tensor, " layer"]
    low: Float[Tensor, " layer"]
    high: Float[Tensor, " layer"]
    beyond: Bool[Tensor, " layer"]
    of_label: Float[Tensor, " layer"]
    of_routing: Float[Tensor, " layer"]
    entropy: float
    miller_madow: Float[Tensor, " layer"]


@dataclass(frozen=True, kw_only=True)
class ExpertsInformation(ExpertsCorpus):
    """Bits by layer, and what they say."""

    available: Float[Tensor, " layer"]
    sentences: list[str]
    measured: list[LabelInformation]


def information(made: Analysis) -> ExpertsInformation:
    return ExpertsInformation(
        **vars(corpus_of(made)), available=made.measured[0].available, sentences=list(experts_said.verdicts(made)),
        measured=_informed(made),
    )  # fmt: skip


def _informed(made: Analysis) -> list[LabelInformation]:
    return [
        LabelInformation(
            label=one.label,
            bits=one.bits,
            chance=one.chance,
            low=one.low,
            high=one.high,
            beyond=one.beyond,
            of_label=one.of_label,
            of_routing=one.of_routing,
            entropy=one.label_entropy,
            miller_madow=one.miller_madow,
        )
        for one in made.measured
    ]


# ---- counted anew ----------------------------------------------------------------------------------------------------


def recounted(
    routing: CorpusRouting, labels: Int[Tensor, " token"], n_labels: int, counting: Counting
) -> Float[Tensor, "layer label expert"]:
    """n(label, expert) of each layer from the routes themselves, a bin for each pair.

    >>> indices, weights = torch.tensor([[[0, 1], [1, 0]]]), torch.tensor([[[0.75, 0.25], [0.5, 0.5]]])
    >>> two = CorpusRouting(torch.tensor([7, 8]), torch.tensor([0, 0]), (0,), indices, weights, 2)
    >>> recounted(two, torch.tensor([0, 0]), 1, "weight").tolist()
    [[[1.25, 0.75]]]
    """
    tables = []
    for indices, weights in zip(routing.indices, routing.weights.double(), strict=True):  # token slot
        if counting == "first":
            of = torch.zeros_like(weights)
            of[torch.arange(len(of)), weights.argmax(-1)] = 1
        elif counting == "weight":
            of = weights / weights.sum(1, keepdim=True)
        else:
            of = torch.full_like(weights, 1 / weights.shape[1])
        bins = (labels[:, None] * routing.n_experts + indices).flatten()
        counted = torch.bincount(bins, weights=of.flatten(), minlength=n_labels * routing.n_experts)
        tables.append(counted.view(n_labels, routing.n_experts))
    return torch.stack(tables)


def shares_error(made: Analysis) -> float:
    """The shares of each text kind against those of the table counted anew."""
    table = recounted(made.routing, made.labels.kind, len(made.labels.kinds), made.counting)
    return float((table / table.sum(-1, keepdim=True) - made.by_kind.share).abs().max())


def listed_error(made: Analysis) -> float:
    """The shares of all tokens listed, of all experts, against those of the table counted anew."""
    table = recounted(made.routing, made.labels.token, len(made.labels.occurring), made.counting)
    share = table / table.sum(-1, keepdim=True)  # layer label expert
    off = 0.0
    for top in (made.by_lift, made.by_count):
        there = top.ids >= 0
        at = torch.searchsorted(made.labels.occurring, top.ids.clamp_min(0)).clamp_max(share.shape[1] - 1)
        own = share.transpose(1, 2).gather(-1, at)  # layer expert rank
        off = worst(off, float(((own - top.share).abs() * there).max()))
    return off


def information_error(made: Analysis) -> float:
    """The bits against H(expert) + H(label) − H(both) of tables counted anew; of the text kind once the token is known,
    H(expert, token) + H(kind, token) − H(token) − H(all three). What the routing carries is told by a label that no two
    tokens of the text have in common."""
    kinds, n, token = len(made.labels.kinds), len(made.labels.occurring), made.labels.token

    def table(labels: Tensor, of: int) -> Tensor:
        return recounted(made.routing, labels, of, made.counting)

    def bits(counts: Float[Tensor, "layer label expert"]) -> tuple[Tensor, Tensor, Tensor]:
        return _entropy(counts.sum(1)), _entropy(counts.sum(2)), _entropy(counts.flatten(1))

    ways = [(made.labels.kind, kinds), (made.labels.token_class, len(CLASSES)), (token, n)]
    found = [bits(table(*way)) for way in ways]
    again = [expert + label - both for expert, label, both in found]
    _, known, both = found[2]
    _, pair, three = bits(table(token * kinds + made.labels.kind, n * kinds))
    again.append(both + pair - known - three)
    shown = [*(one.bits for one in made.measured), made.measured[0].available]
    places = len(made.labels.token)
    expert, place, both = bits(table(torch.arange(places), places))
    again.append(expert + place - both)
    return worst(float((one - value).abs().max()) for one, value in zip(shown, again, strict=True))


def _entropy(counts: Float[Tensor, "layer outcome"]) -> Float[Tensor, " layer"]:
    """In bits, from counts: log N − (1/N) sum n log n."""
    total = counts.sum(1)
    return (total.log() - torch.special.xlogy(counts, counts).sum(1) / total) / math.log(2)
