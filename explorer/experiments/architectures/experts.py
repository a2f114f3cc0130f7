"""What experts do, over a corpus: shares by text kind, top tokens of an expert, information by layer, each beside what
shuffled labels give.

All of it is worked out once for a corpus and a way of counting, for all layers and experts: the page then follows the
selection by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.architectures import expert_shares, specialisation
from explorer.stack.architectures.expert_shares import Lifts, Shares
from explorer.stack.architectures.specialisation import Counting, Measured, Shuffle
from explorer.stack.architectures.token_classes import CLASSES, classes
from explorer.tracing.probes import corpus
from explorer.tracing.probes.corpus import CorpusRouting

if TYPE_CHECKING:
    from explorer.zoo.model import Model

T = TypeVar("T")
#: Shuffles behind each band; the least number of occurrences of a token that a lift is read from.
SHUFFLES, LEAST = 100, 8
#: Tokens in a list.
LISTED = 12


#: A model's passages, and what shuffling makes of them, stay as long as it does.
_KNOWN: WeakKeyDictionary[Model, dict[Counting, Analysis]] = WeakKeyDictionary()


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

    def told(value: T) -> T:
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


def over_passages(
    model: Model, counting: Counting = "pairs", progress: Callable[[int, int], None] | None = None
) -> Analysis:
    """The analysis of a model over the explorer's own passages; made once for as long as the model stays loaded.

    Raises NotApplicableError for a model whose experts cannot be seen.
    """
    known, tell = _KNOWN.setdefault(model, {}), progress or (lambda *_: None)
    if counting not in known:
        over = corpus.over_passages(model, lambda _stage, done, total: tell(done, 2 * total))
        named = next((other.labels for other in known.values()), None) or labels(
            over.routing, over.kinds, over.kind_of_passage, model.vocabulary.bytes
        )
        known[counting] = analyse(
            over.routing, named, counting, SHUFFLES, lambda done, total: tell(total + done, 2 * total)
        )
    return known[counting]
