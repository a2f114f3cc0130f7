"""What lenses say of a run at every block, how far that is from its last word, and what an exchange changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.lenses import Held, Read, Swapped
from explorer.figures.payload import Payload
from explorer.stack.frontier.lenses.lens import Kind


@dataclass(frozen=True, kw_only=True)
class OneLens:
    """The likeliest tokens of one lens, likeliest first."""

    kind: Kind
    ids: Int[Tensor, "layer pos top"]
    p: Float[Tensor, "layer pos top"]


@dataclass(frozen=True, kw_only=True)
class LensesRead(Payload):
    """A window of the run."""

    start: int
    tokens: Int[Tensor, " pos"]
    lenses: list[OneLens]
    missing: list[Kind]
    """Lenses that nobody has fitted to this model."""


@dataclass(frozen=True, kw_only=True)
class LensesHeld(Payload):
    """KL from the model's last word, nats."""

    kinds: list[Kind]
    blocks: list[int]
    mean: Float[Tensor, "lens block"]
    half: Float[Tensor, "lens block"]
    """Half a 95% interval of the mean over the texts; NaN of one text."""
    gain: Float[Tensor, "lens block"]
    """The mean less the logit lens', text by text."""
    gain_half: Float[Tensor, "lens block"]
    texts: int
    of: int


@dataclass(frozen=True, kw_only=True)
class LensesSwapped(Payload):
    """The log odds of b over a at the last token; NaN: not run yet."""

    kinds: list[Kind]
    blocks: list[int]
    a: int
    b: int
    before: float
    after: Float[Tensor, "lens block"]
    placebo: Float[Tensor, " block"]
    missing: list[Kind]


def read(parts: Sequence[Read], tokens: Int[Tensor, " pos"], start: int, missing: list[Kind]) -> LensesRead:
    shown = [OneLens(kind=each.lens.kind, ids=each.ids, p=each.p) for each in parts]
    return LensesRead(start=start, tokens=tokens, lenses=shown, missing=missing)


def held(made: Held) -> LensesHeld:
    gain = made.kl - made.kl[:, made.kinds.index("logit")][:, None]
    return LensesHeld(
        kinds=list(made.kinds), blocks=made.blocks, mean=made.kl.mean(0), half=_half(made.kl), gain=gain.mean(0),
        gain_half=_half(gain), texts=len(made.kl), of=made.of,
    )  # fmt: skip


def _half(of: Float[Tensor, "text lens block"]) -> Float[Tensor, "lens block"]:
    """Student's t for few texts."""
    from scipy.stats import t

    n = len(of)
    if n < 2:
        return torch.full(of.shape[1:], torch.nan)
    return of.std(0) / n**0.5 * float(t.ppf(0.975, n - 1))


def swapped(made: Swapped, missing: list[Kind]) -> LensesSwapped:
    return LensesSwapped(
        kinds=list(made.kinds), blocks=made.blocks, a=made.a, b=made.b, before=made.before, after=made.after,
        placebo=made.placebo, missing=missing,
    )  # fmt: skip
