"""A text as its holes are filled, and what texts that are written so cost, by order and number of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.experiments.frontier.unmasking import CONTEXT, LENGTH, Replay, Written
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval

Words = Callable[[list[int]], list[str]]
#: What stands for a hole.
MASK = "[MASK]"


@dataclass(frozen=True, kw_only=True)
class UnmaskReplay(Payload):
    """Every step of one text; the lead, which is no token of it, is left out."""

    text: str
    left_out: int
    given: list[str]
    """What stands before the first step; "[MASK]" for a hole."""
    said: list[list[str]]
    """Of each step, a token for each position."""
    confidence: Float[Tensor, "step pos"]
    entropy: Float[Tensor, "step pos"]
    holes: Bool[Tensor, "step pos"]
    kept: Bool[Tensor, "step pos"]
    filled: Int[Tensor, " pos"]
    """The step that filled it; -1 where the token was given."""
    changed: Int[Tensor, " pos"]
    """How often another token was said for a hole than at the step before."""
    nats: Float[Tensor, " pos"]
    """What the causal twin says of the finished text, token by token."""


def replay(made: Replay, words: Words) -> UnmaskReplay:
    said = torch.cat([each.said for each in made.steps])[:, 1:]
    holes = torch.cat([each.holes for each in made.steps])[:, 1:]
    kept = torch.cat([each.kept for each in made.steps])[:, 1:]
    filled = torch.where(kept.any(0), kept.int().argmax(0), -1)
    again = (said[1:] != said[:-1]) & holes[1:] & holes[:-1]
    given = words(made.ids[1:].tolist())
    return UnmaskReplay(
        text=made.asked.text,
        left_out=made.left_out,
        given=[MASK if hole else word for hole, word in zip(holes[0].tolist(), given, strict=True)],
        said=[words(each) for each in said.tolist()],
        confidence=torch.cat([each.confidence for each in made.steps])[:, 1:].float(),
        entropy=torch.cat([each.entropy for each in made.steps])[:, 1:].float(),
        holes=holes,
        kept=kept,
        filled=filled,
        changed=again.sum(0),
        nats=made.nats[1:],
    )


@dataclass(frozen=True, kw_only=True)
class UnmaskWay:
    """Texts that were written in one way; means with their intervals of 95 %, over texts."""

    order: str
    steps: int
    nats: float
    low: float
    high: float
    distinct: float
    distinct_low: float
    distinct_high: float
    example: str
    """What was written behind the first prompt."""


@dataclass(frozen=True, kw_only=True)
class UnmaskQuality(Payload):
    """The real texts, the causal twin's, and the masked model's."""

    texts: int
    context: int
    length: int
    prompt: str
    ways: list[UnmaskWay]
    largest: float
    """The greatest Gumbel number that the format can draw."""


def quality(made: list[Written], decode: Callable[[list[int]], str], largest: float) -> UnmaskQuality:
    first = made[0].ids
    return UnmaskQuality(
        texts=len(first),
        context=CONTEXT,
        length=LENGTH,
        prompt=decode(first[0, 1:CONTEXT].tolist()),
        ways=[_way(each, decode) for each in made],
        largest=largest,
    )


def _way(made: Written, decode: Callable[[list[int]], str]) -> UnmaskWay:
    nats, distinct = paired_interval(made.nats), paired_interval(made.distinct)
    return UnmaskWay(
        order=made.order, steps=made.steps, nats=float(nats.mean), low=float(nats.low), high=float(nats.high),
        distinct=float(distinct.mean), distinct_low=float(distinct.low), distinct_high=float(distinct.high),
        example=decode(made.ids[0, CONTEXT:].tolist()),
    )  # fmt: skip
