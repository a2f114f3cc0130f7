"""A text of one's own beside the corpus' kinds: its shares, how far it lies from each kind, where its tokens go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from explorer.experiments.architectures.experts import Analysis
from explorer.experiments.architectures.own_text import OwnRouting, dense
from explorer.figures.architectures.experts import ExpertsCorpus, corpus_of
from explorer.stack.architectures.text_lift import DRAWS, RUN


@dataclass(frozen=True, kw_only=True)
class Example:
    """A text that one may begin with."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class OwnText(ExpertsCorpus):
    """What experts do with the text; `read` is 0 where it has no token, and all of its numbers are then empty."""

    text: str
    examples: list[Example]
    read: int
    """Tokens that were routed."""
    whole: int
    """Tokens of the text."""
    run: int
    draws: int
    kind_shares: Float[Tensor, "layer kind expert"]
    own: Float[Tensor, "layer expert"]
    low: Float[Tensor, "layer expert"]
    high: Float[Tensor, "layer expert"]
    apart: Float[Tensor, " kind"]
    nearest: Float[Tensor, " kind"]
    typical: Float[Tensor, " kind"]
    right: int
    """Passages that lie nearest to their own kind, when they are left out of it."""
    ids: Int[Tensor, " token"]
    weights: UInt8[Tensor, "layer expert token"]
    """255 times the weight."""


def own_text(text: str, examples: Sequence[Example], made: Analysis, own: OwnRouting | None) -> OwnText:
    """The payload; of a text without a token (None) the corpus' part alone."""
    shape = made.share.shape
    nothing, none = torch.full(shape, torch.nan), torch.full((len(made.labels.kinds),), torch.nan)
    shared = {
        **vars(corpus_of(made)), "text": text, "examples": list(examples), "run": RUN,
        "draws": DRAWS, "kind_shares": made.by_kind.share,
    }  # fmt: skip
    if own is None:
        return OwnText(
            **shared, read=0, whole=0, own=nothing, low=nothing, high=nothing, apart=none, nearest=none, typical=none,
            right=0, ids=torch.zeros(0, dtype=torch.long), weights=torch.zeros(*shape, 0, dtype=torch.uint8),
        )  # fmt: skip
    found, known = own.found, own.known
    return OwnText(
        **shared, read=len(own.routing.ids), whole=own.tokens, own=found.share, low=found.low, high=found.high,
        apart=found.apart, nearest=found.nearest, typical=known.typical, right=int(known.right.sum()),
        ids=own.routing.ids, weights=(dense(own.routing) * 255).round().byte().transpose(1, 2).contiguous(),
    )  # fmt: skip
