"""An answer shared out among the words before it: by every method, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.which_words import Integrated, Method, Shared
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class WordShares:
    """What one method gives each unit of the text."""

    name: Method
    shares: Float[Tensor, " unit"]
    errors: Float[Tensor, " unit"] | None
    """Standard errors, of what is estimated by draws."""
    sum: float
    calls: int
    """Runs of the text that it took."""


@dataclass(frozen=True, kw_only=True)
class WhichWords(Payload):
    """One text, one number at its end, the methods that are done so far."""

    target: int
    rival: int | None
    ids: Int[Tensor, " pos"]
    starts: list[int]
    """Where each unit begins."""
    methods: list[WordShares]
    whole: float
    """The number of the text."""
    nothing: float
    """The same, with every token absent."""
    exact: bool
    """Shapley values are over all coalitions."""
    agreement: Float[Tensor, "method method"]
    """Kendall's tau-b."""
    completeness: float | None
    """How far the integrated gradients' sum is from whole - nothing."""


@dataclass(frozen=True, kw_only=True)
class WordPath(Payload):
    """The way from the text of absent tokens to the text, and what is summed along it."""

    target: int
    rival: int | None
    alphas: Float[Tensor, " step"]
    values: Float[Tensor, " step"]
    slopes: Float[Tensor, " step"]
    """dF / d alpha by the gradients at each point: the sum over tokens."""
    whole: float
    nothing: float
    steps: list[int]
    errors: Float[Tensor, " count"]
    """Completeness error with so many steps."""


def shared(made: Shared, target: int, rival: int | None) -> WhichWords:
    """Methods in the order in which they were done."""
    return WhichWords(
        target=target, rival=rival, ids=made.game.ids, starts=[group[0] for group in made.groups],
        methods=[
            WordShares(name=each.method, shares=each.shares, errors=each.errors, sum=float(each.shares.double().sum()),
                       calls=each.calls)
            for each in made.methods
        ],
        whole=made.game.whole, nothing=made.game.nothing, exact=made.exact, agreement=made.agreement,
        completeness=None if made.path is None else made.path.error,
    )  # fmt: skip


def path(found: dict[int, Integrated], target: int, rival: int | None, nothing: float) -> WordPath:
    """Of several numbers of steps, the finest one's curve."""
    finest = found[max(found)]
    return WordPath(
        target=target, rival=rival, alphas=finest.alphas, values=finest.values, slopes=finest.slopes.sum(-1),
        whole=finest.whole + nothing, nothing=nothing, steps=sorted(found),
        errors=torch.tensor([found[each].error for each in sorted(found)]),
    )  # fmt: skip
