"""Two models on the same minimal pairs: what each prefers, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from explorer.corpora.minimal_pairs import Pair
from explorer.experiments.evaluation.reader import Hooked, Reader, Shared, reader
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.evaluation.scoring import Request
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.changes.interventions import Intervention
from explorer.tracing.key import TraceKey

if TYPE_CHECKING:
    from explorer.zoo.model import Model


@dataclass(frozen=True)
class Contestant:
    """A model, and what reads it."""

    name: str
    model: Model
    reader: Reader

    @property
    def inside(self) -> bool:
        """Whether activations are changed while it reads."""
        return isinstance(self.reader, Hooked)


@dataclass(frozen=True, eq=False)
class Cut:
    """One item as a model reads it: the tokens before the choices part, and the two that part them."""

    context: tuple[int, ...]
    right: int
    wrong: int


def as_it_is(model: Model, name: str) -> Contestant:
    """The model with the weights that it has."""
    return Contestant(name, model, Shared(model))


def contestant(model: Model, name: str, interventions: tuple[Intervention, ...] = ()) -> Contestant:
    """The model under interventions. Raises BadRequestError for one that acts at one position or does not fit, and
    NotApplicableError where weights are changed that the explorer's own decoder does not know."""
    loaded = model.original
    changed = under(loaded, TraceKey(loaded.name, "", interventions=interventions))
    return Contestant(name, changed, reader(loaded, interventions))


def cut(model: Model, item: Pair) -> Cut:
    """Both sentences are encoded whole: a token may hold the end of the prefix."""
    right, wrong = (model.vocabulary.encode(item.prefix + verb) for verb in (item.right, item.wrong))
    same = next(at for at, (a, b) in enumerate(zip(right, wrong, strict=False)) if a != b)
    return Cut(tuple(right[:same]), right[same], wrong[same])


def margins(one: Contestant, items: Sequence[Pair], tell: Ticks = unheard) -> list[float]:
    """log p(right) - log p(wrong) of each item, in nats."""
    cuts = [cut(one.model, item) for item in items]
    asked = [Request(each.context, (verb,)) for each in cuts for verb in (each.right, each.wrong)]
    found = dict[int, float]()
    for at, scored in one.reader.score(asked):
        found[at] = scored.total
        tell(len(found) // 2, len(items))
    return [found[2 * at] - found[2 * at + 1] for at in range(len(items))]


@torch.inference_mode()
def elsewhere(one: Contestant, items: Sequence[Pair]) -> list[float]:
    """The same margins by transformers' own model, of a contestant without anything inside."""
    made = []
    for item in items:
        read = cut(one.model, item)
        row = one.model.hf(torch.tensor([read.context]), use_cache=False).logits[0, -1].double()
        made.append(float(row[read.right] - row[read.wrong]))
    return made


def coin_rounds(only_first: int, only_second: int, generator: torch.Generator, rounds: int = 20_000) -> float:
    """The part of rounds of fair coins, one for each item that flipped, that are at least as one-sided."""
    n = only_first + only_second
    heads = torch.randint(2, (rounds, max(n, 1)), generator=generator)[:, :n].sum(-1)
    apart = (2 * heads - n).abs()
    return float((apart >= abs(only_first - only_second)).double().mean())
