"""Two models on the same minimal pairs: what each prefers, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora.minimal_pairs import Pair
from explorer.errors import BadRequestError
from explorer.experiments.progress import Ticks, unheard
from explorer.tracing.bridge.anatomy import RUNNING
from explorer.tracing.bridge.hooking import edit_hooks, hooked
from explorer.tracing.capturing.capture import vetted
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.changes.edits import Limits, Run
from explorer.tracing.changes.interventions import Intervention
from explorer.tracing.key import TraceKey

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Rows that are read at once.
AT_ONCE = 24


@dataclass(frozen=True)
class Contestant:
    """A model, and what is changed inside it while it reads."""

    name: str
    model: Model
    inside: tuple[Intervention, ...] = ()


@dataclass(frozen=True, eq=False)
class Cut:
    """One item as a model reads it: the tokens before the choices part, and the two that part them."""

    context: tuple[int, ...]
    right: int
    wrong: int


def contestant(model: Model, name: str, interventions: tuple[Intervention, ...] = ()) -> Contestant:
    """The model under interventions. Raises BadRequestError for one that acts at one position or does not fit, and
    NotApplicableError where weights are changed that the explorer's own decoder does not know."""
    loaded, dims = model.original, model.dims
    for each in interventions:
        if getattr(each, "position", None) is not None:
            raise BadRequestError(
                f"“{each.text[:60]}” acts at one position, and each item has other words there.",
                "Take one that acts at all positions.",
            )
        each.check(Limits(dims.n_layers, dims.n_heads, dims.d_vocab, dims.n_ctx, dims.n_experts))
    changed = under(loaded, TraceKey(loaded.name, "", interventions=interventions))
    return Contestant(name, changed, tuple(each for each in interventions if each.site != "weights"))


def cut(model: Model, item: Pair) -> Cut:
    """Both sentences are encoded whole: a token may hold the end of the prefix."""
    right, wrong = (model.vocabulary.encode(item.prefix + verb) for verb in (item.right, item.wrong))
    same = next(at for at, (a, b) in enumerate(zip(right, wrong, strict=False)) if a != b)
    return Cut(tuple(right[:same]), right[same], wrong[same])


def margins(one: Contestant, items: Sequence[Pair], tell: Ticks = unheard) -> list[float]:
    """log p(right) - log p(wrong) of each item, in nats."""
    cuts = [cut(one.model, item) for item in items]
    found = dict[int, float]()
    for rows in _batches(cuts, 1 if one.inside else AT_ONCE):
        logits = last_logits(one, torch.tensor([cuts[at].context for at in rows]))
        for at, row in zip(rows, logits, strict=True):
            found[at] = float(row[cuts[at].right].double() - row[cuts[at].wrong].double())
        tell(len(found), len(items))
    return [found[at] for at in range(len(items))]


def _batches(cuts: Sequence[Cut], most: int) -> Iterator[list[int]]:
    """Items of one length together."""
    lengths = sorted({len(each.context) for each in cuts})
    for length in lengths:
        alike = [at for at, each in enumerate(cuts) if len(each.context) == length]
        for start in range(0, len(alike), most):
            yield alike[start : start + most]


@torch.inference_mode()
def last_logits(one: Contestant, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row d_vocab"]:
    """By the explorer's own decoder; under hooks by transformers' layers, one row."""
    if not one.inside:
        return one.model.decoder(ids, last_only=True)[:, -1]
    source = _NoDirections(vetted(one.model).W_U)
    constants = {each.text: vector for each in one.inside if (vector := each.constant(source)) is not None}
    run = Run(ids.shape[1], width=ids.shape[1], constants=constants)
    with RUNNING, hooked(one.model, edit_hooks(one.model, one.inside, run)):
        logits = one.model.hf(ids, use_cache=False, logits_to_keep=1).logits[:, -1]
    run.check_fired()
    return logits


@torch.inference_mode()
def elsewhere(one: Contestant, items: Sequence[Pair]) -> list[float]:
    """The same margins by transformers' own model, of a contestant without anything inside."""
    made = []
    for item in items:
        read = cut(one.model, item)
        row = one.model.hf(torch.tensor([read.context]), use_cache=False).logits[0, -1].double()
        made.append(float(row[read.right] - row[read.wrong]))
    return made


class _NoDirections:
    """Where interventions take a token's direction from; nothing is taken from another prompt's run."""

    def __init__(self, W_U: Float[Tensor, "d_vocab d_model"]) -> None:
        self.W_U = W_U

    def direction(self, token_id: int) -> Float[Tensor, " d_model"]:
        return torch.nn.functional.normalize(self.W_U[token_id], dim=0)

    def stream(self, text: str, layer: int, position: int) -> Float[Tensor, " d_model"]:
        said = f"“{text[:40]}”, block {layer}, position {position}: this acts at one position."
        raise BadRequestError(said, "Take a change that acts at all positions.")


def coin_rounds(only_first: int, only_second: int, generator: torch.Generator, rounds: int = 20_000) -> float:
    """The part of rounds of fair coins, one for each item that flipped, that are at least as one-sided."""
    n = only_first + only_second
    heads = torch.randint(2, (rounds, max(n, 1)), generator=generator)[:, :n].sum(-1)
    apart = (2 * heads - n).abs()
    return float((apart >= abs(only_first - only_second)).double().mean())
