"""A state at work on a text: what each token's dt does, what of the past is held, what of it is read."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.frontier.state import Acting, kept
from explorer.figures.payload import Payload
from explorer.zoo.state_space import StateRun, StateSpace

#: Likeliest next tokens that are named.
NAMED = 5


@dataclass(frozen=True, kw_only=True)
class NextToken:
    """One guess."""

    token: str
    p: float


@dataclass(frozen=True, kw_only=True)
class StateAtWork(Payload):
    """One layer in full, all layers by their dt."""

    title: str
    text: str
    tokens: list[str]
    dt: Float[Tensor, "layer pos"]
    """The mean over channels."""
    kept: Float[Tensor, "layer pos"]
    """Of what was held before, the mean share that the token leaves."""
    layer: int
    held: Float[Tensor, "query key"]
    read: Float[Tensor, "query key"]
    numbers: int
    """Of the state of one layer."""
    following: list[NextToken]


@dataclass(frozen=True, kw_only=True)
class StateLens(Payload):
    """What the stream says at each depth, unembedded there."""

    title: str
    text: str
    tokens: list[str]
    said: list[list[str]]
    """Depth, position: the likeliest next token."""
    p: Float[Tensor, "depth pos"]
    rank: Float[Tensor, "depth pos"]
    """Of the token that the last depth has likeliest; 1 is the first."""


def state_at_work(made: StateSpace, run: StateRun, text: str, layer: int, found: Acting) -> StateAtWork:
    p, ids = run.logits[-1].softmax(-1).topk(NAMED)
    inputs = [each.inputs for each in run.layers]
    return StateAtWork(
        title=made.card.title, text=text, tokens=list(run.tokens),
        dt=torch.stack([each.dt[0].mean(-1) for each in inputs]), kept=torch.stack([kept(each) for each in run.layers]),
        layer=layer, held=found.held, read=found.read, numbers=inputs[layer].A.numel(),
        following=[NextToken(token=t, p=float(one)) for t, one in zip(made.pieces(ids.tolist()), p, strict=True)],
    )  # fmt: skip


def state_lens(made: StateSpace, run: StateRun, text: str, logits: Float[Tensor, "depth pos d_vocab"]) -> StateLens:
    p, ids = logits.softmax(-1).max(-1)
    last = ids[-1][None, :, None].expand(len(ids), -1, -1)
    rank = (logits > logits.gather(-1, last)).sum(-1) + 1
    said = [list(made.pieces(row)) for row in ids.tolist()]
    return StateLens(title=made.card.title, text=text, tokens=list(run.tokens), said=said, p=p, rank=rank.float())
