"""Constrained decoding as a picture: what was forbidden at each token, and how much of the model's probability went
with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import UInt8

from explorer.experiments.inference.decoding.constrained import MaskCost
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.inference.decoding.constrained import Step

#: Tokens named at each step: the model's likeliest, and the likeliest of those allowed.
NAMED = 8
RuleKind = Literal["regex", "json"]


@dataclass(frozen=True, kw_only=True)
class RuleExample:
    kind: RuleKind
    rule: str


@dataclass(frozen=True, kw_only=True)
class RuleRefused:
    """Why a rule cannot be used."""

    message: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class MaskedStep:
    """One token of the text, and the tokens that are named beside it."""

    token: int
    u: float
    forbidden: float
    """The model's probability of all that was forbidden."""
    n_allowed: int
    own: float
    """The token's probability by the model itself."""
    given: float
    """Given the mask."""
    wanted: int
    """The model's own first choice."""
    wanted_p: float
    ids: tuple[int, ...]
    p: tuple[float, ...]
    """By the model itself."""
    q: tuple[float, ...]
    """Given the mask."""
    drawn: tuple[float, ...]
    """After the sampler."""
    allowed: tuple[bool, ...]
    rest: tuple[float, float]
    """The model's probability of all other tokens: allowed, forbidden."""


@dataclass(frozen=True, kw_only=True)
class RuleSettings:
    """What was asked for."""

    form: str
    """An example's name, or the kind of a rule that a visitor wrote."""
    kind: RuleKind
    rule: str
    temperature: float
    seed: int
    new: int
    examples: Mapping[str, RuleExample]
    changed: bool
    """Whether the run has interventions, which do not act here."""


@dataclass(frozen=True, kw_only=True)
class MaskTimes:
    """Milliseconds a step without the mask, with it, and of the mask alone; with / without, step by step."""

    free: Milliseconds
    masked: Milliseconds
    mask: Milliseconds
    ratio: TimesAsLong | None
    steps: int

    @classmethod
    def of(cls, cost: MaskCost | None) -> MaskTimes | None:
        if cost is None:
            return None
        free, masked, mask = (Milliseconds.of(each) for each in (cost.free, cost.masked, cost.mask))
        return cls(free=free, masked=masked, mask=mask, ratio=TimesAsLong.of(cost.ratio), steps=cost.free.rounds)


@dataclass(frozen=True, kw_only=True)
class ConstrainedText(Payload, RuleSettings):
    """A text under a rule, as far as it is written."""

    wrong: RuleRefused | None = None
    left_out: str = ""
    steps: tuple[MaskedStep, ...] = ()
    mask: UInt8[np.ndarray, "step packed"] | None = None
    d_vocab: int = 0
    stop: int = 0
    whole: bool = False
    ended: bool = False
    stuck: bool = False
    text: str = ""
    cost: float = 0.0
    free: tuple[int, ...] | None = None
    """What the model writes without the rule; at the end."""
    canonical: tuple[int, ...] = ()
    """How the tokenizer would cut the text; at the end."""
    times: MaskTimes | None = None
    """What the mask takes; at the end."""


def shown(step: Step, k: int = NAMED) -> MaskedStep:
    """One step for the page: probabilities of the model, given the mask, and after the sampler."""
    own = step.stages.logits.double().softmax(-1)
    allowed, given, drawn = step.allowed, step.stages["constraint"].probabilities, step.stages.probabilities
    n_allowed = int(allowed.sum())
    likeliest = own.topk(min(k, len(own))).indices.tolist()
    best = given.topk(min(k, n_allowed)).indices.tolist()
    named = sorted(dict.fromkeys([*likeliest, *best, step.token]), key=lambda i: -float(own[i]))
    of_named = own[named]
    inside = allowed[named]
    return MaskedStep(
        token=step.token,
        u=step.u,
        forbidden=step.forbidden_mass,
        n_allowed=n_allowed,
        own=float(own[step.token]),
        given=float(given[step.token]),
        wanted=likeliest[0],
        wanted_p=float(own[likeliest[0]]),
        ids=tuple(named),
        p=tuple(of_named.tolist()),
        q=tuple(given[named].tolist()),
        drawn=tuple(drawn[named].tolist()),
        allowed=tuple(inside.tolist()),
        rest=(
            max(1 - step.forbidden_mass - float(of_named[inside].sum()), 0.0),
            max(step.forbidden_mass - float(of_named[~inside].sum()), 0.0),
        ),
    )


def masks(steps: Sequence[Step]) -> UInt8[np.ndarray, "step packed"]:
    """A bit for each token of the vocabulary, lowest id in the lowest bit: 1 where it was allowed."""
    rows = np.stack([step.allowed.numpy() for step in steps])
    return np.packbits(rows, axis=-1, bitorder="little")


def cost(steps: Sequence[Step]) -> float:
    """Nats: how much less probable the model finds the text than the constrained draw does, at temperature 1.

    The sum of ``-log(1 - forbidden)``, since ``p'(token) = p(token) / (1 - forbidden)`` at every step.
    """
    return sum(-math.log1p(-min(step.forbidden_mass, 1 - 1e-300)) for step in steps)


def named_ids(step: Step, most: int = 400) -> set[int]:
    """Ids that the page may have to write: those of the step, and the likeliest allowed ones for the mask's map."""
    given = step.stages["constraint"].probabilities
    ids = set(given.topk(min(most, int(step.allowed.sum()))).indices.tolist())
    return ids | set(torch.topk(step.stages.logits, min(NAMED, len(given))).indices.tolist())
