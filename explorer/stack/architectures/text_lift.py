"""How the experts of one text differ from a corpus': lifts with an interval, and the kind of text that lies nearest.

    lift(e) = p(e | this text) / p(e)                   1 where the text makes no difference
    apart(kind) = half the sum over e of |p(e | this text) - p(e | kind)|, mean over blocks

`apart` is the share of choices that would have to move (total variation). Tokens beside each other are no independent
draws. The interval is therefore that of a circular block bootstrap (Politis and Romano 1992): the text is put together
anew, many times, from runs of its own tokens, the end joined to the beginning.

A text of eight tokens, all of which go to expert 0, is the same however it is put together:

>>> routed = torch.zeros(8, 1, 2)
>>> routed[..., 0] = 1.0
>>> put_together(routed, 5, torch.Generator().manual_seed(0))[:, 0].tolist()
[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
>>> apart(torch.tensor([[0.75, 0.25]]), torch.tensor([[[0.5, 0.5], [0.75, 0.25]]])).tolist()  # two kinds
[0.25, 0.0]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

#: Tokens of a run, times that a text is put together anew.
RUN, DRAWS = 8, 400


@dataclass(frozen=True, eq=False)
class TextLift:
    """One text against a corpus of kinds."""

    share: Float[Tensor, "layer expert"]
    """Of the text's choices."""
    low: Float[Tensor, "layer expert"]
    high: Float[Tensor, "layer expert"]
    """95 % of the shares of the text put together anew; NaN for a text of fewer than two runs."""
    apart: Float[Tensor, " kind"]
    nearest: Float[Tensor, " kind"]
    """In which part of the draws each kind lies nearest."""


def put_together(
    routed: Float[Tensor, "token layer expert"], draws: int, generator: torch.Generator, run: int = RUN
) -> Float[Tensor, "draw layer expert"]:
    """Shares of as many tokens, drawn in runs of neighbours."""
    n, run = len(routed), min(run, len(routed))
    sums = torch.cat([torch.zeros_like(routed[:1]), torch.cat([routed, routed[: run - 1]]).cumsum(0)])
    runs = sums[run:] - sums[:-run]  # token layer expert: the run that begins there
    starts = torch.randint(n, (draws, math.ceil(n / run)), generator=generator)
    return torch.stack([runs[each].mean(0) for each in starts]) / run


def apart(
    share: Float[Tensor, "*draw layer expert"], kinds: Float[Tensor, "layer kind expert"]
) -> Float[Tensor, "*draw kind"]:
    """The share of choices that would have to move to make a text's load a kind's, mean over layers."""
    return (share[..., None, :] - kinds).abs().sum(-1).mean(-2) / 2


def text_lift(
    routed: Float[Tensor, "token layer expert"], kinds: Float[Tensor, "layer kind expert"], generator: torch.Generator
) -> TextLift:
    """A text's routing (`specialisation.mass`) against the shares of the kinds."""
    share, drawn = routed.mean(0), put_together(routed, DRAWS, generator)
    low, high = drawn.quantile(0.025, 0), drawn.quantile(0.975, 0)
    if len(routed) < 2 * RUN:
        low, high = torch.full_like(low, torch.nan), torch.full_like(high, torch.nan)
    first = apart(drawn, kinds).argmin(-1)  # draw
    nearest = torch.bincount(first, minlength=kinds.shape[1]).double() / DRAWS
    return TextLift(share, low, high, apart(share, kinds), nearest)


@dataclass(frozen=True, eq=False)
class Known:
    """The corpus' own passages, each held against the kinds without it."""

    typical: Float[Tensor, " kind"]
    """The median distance of a kind's passages from their own kind."""
    right: Bool[Tensor, " passage"]
    """Whether the nearest kind is its own."""


def known_passages(
    routed: Float[Tensor, "token layer expert"],
    passage: Int[Tensor, " token"],
    kind_of_passage: Int[Tensor, " passage"],
    n_kinds: int,
) -> Known:
    """Each passage treated as a text that one brings."""
    n = len(kind_of_passage)
    sums = routed.new_zeros(n, *routed.shape[1:]).index_add_(0, passage, routed)  # passage layer expert
    by_kind = routed.new_zeros(n_kinds, *routed.shape[1:]).index_add_(0, kind_of_passage, sums)  # kind layer expert
    found = []
    for at, own in enumerate(kind_of_passage.tolist()):
        others = by_kind.clone()
        others[own] -= sums[at]
        kinds = others / others.sum(-1, keepdim=True).clamp_min(1e-30)
        found.append(apart(sums[at] / sums[at].sum(-1, keepdim=True), kinds.transpose(0, 1)))
    distances = torch.stack(found)  # passage kind
    own = distances.gather(1, kind_of_passage[:, None])[:, 0]
    typical = torch.stack([own[kind_of_passage == kind].median() for kind in range(n_kinds)])
    return Known(typical, distances.argmin(-1) == kind_of_passage)
