"""The loss along a text under three caches, and the attention on the first tokens."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.sinks import Streamed
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class SinksPolicy:
    name: str
    sinks: int
    window: int
    held: int
    loss: Float[Tensor, " token"]
    before: float
    """Perplexity until the smaller caches are full."""
    after: float
    """From there on."""
    on_first: Float[Tensor, " layer"]


@dataclass(frozen=True, kw_only=True)
class SinksLosses(Payload):
    ids: list[int]
    policies: list[SinksPolicy]
    total: int
    window: int
    """Tokens that a smaller cache holds in all."""


def losses(made: Streamed, window: int) -> SinksLosses:
    full = min(window, len(made.ids) - 2)
    return SinksLosses(
        ids=list(made.ids),
        policies=[
            SinksPolicy(
                **vars(each),
                before=float(each.loss[: full - 1].mean().exp()),
                after=float(each.loss[full:].mean().exp()),
            )
            for each in made.policies
        ],
        total=3,
        window=window,
    )
