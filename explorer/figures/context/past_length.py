"""Perplexity along a text that goes on past the trained length, a line a scheme."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.past_length import PastLength
from explorer.figures.payload import Payload

#: Stretches of the text within which losses are averaged.
BINS = 16


@dataclass(frozen=True, kw_only=True)
class PastLengthCourse(Payload):
    reader: str
    n_ctx: int
    trained: bool
    """Whether the model was trained on that length; else it is the config's limit."""
    length: int
    names: list[str]
    edges: list[int]
    """Of the stretches, in tokens from the start."""
    loss: Float[Tensor, "scheme bin"]
    """Mean nats a token of each stretch; NaN where it has not been read."""
    within: Float[Tensor, " scheme"]
    """Perplexity up to the length."""
    past: Float[Tensor, " scheme"]
    """Perplexity behind it."""


NAMES = ("own", "linear", "ntk", "dynamic", "yarn", "llama3")


def course(made: PastLength, reader: str, trained: bool) -> PastLengthCourse:
    n = len(made.ids)
    edges = [round(n * at / BINS) for at in range(BINS + 1)]
    loss = torch.full((len(NAMES), BINS), torch.nan)
    within, past = torch.full((len(NAMES),), torch.nan), torch.full((len(NAMES),), torch.nan)
    for row, name in enumerate(NAMES):
        if name not in made.losses:
            continue
        found = made.losses[name]
        for at in range(BINS):
            part = found[edges[at] : edges[at + 1]]
            if len(found) >= min(edges[at + 1], n - 1) and len(part):
                loss[row, at] = part.mean()
        if len(found) == n - 1:
            within[row], past[row] = found[: made.n_ctx - 1].mean().exp(), found[made.n_ctx - 1 :].mean().exp()
    return PastLengthCourse(
        reader=reader, n_ctx=made.n_ctx, trained=trained, length=n, names=list(NAMES), edges=edges,
        loss=loss, within=within, past=past,
    )  # fmt: skip
