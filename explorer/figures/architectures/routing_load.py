"""The load of a text and of a corpus, layer by layer, as the page draws it."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class RoutingLoad(Payload):
    """How the visits fall on the experts."""

    layers: list[int]
    n: int
    """Tokens of this text."""
    n_experts: int
    k: int
    share: Float[Tensor, "layer expert"]
    P: Float[Tensor, "layer expert"]
    even: Float[Tensor, " layer"]
    balance: Float[Tensor, " layer"]
    corpus: Float[Tensor, "layer expert"]
    corpus_even: Float[Tensor, " layer"]
    corpus_tokens: int
    passages: int
    kinds: list[str]
    held_out: bool
    """Whether the model is known not to have been trained on the corpus."""
    draws: int
    distance: Float[Tensor, " layer"]
    chance: Float[Tensor, " layer"]
    seldom: Float[Tensor, " layer"]
