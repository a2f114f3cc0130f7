"""One checkpoint under both layouts of rotary pairs: i with i + d/2 (Hugging Face), or 2i with 2i + 1 (adjacent).

The angles are the same; which two coordinates are turned together is not. A checkpoint is written for one of the two.
Read with the other, every query and key is turned wrongly; with the rows of W_Q and W_K in the order that suits it,
nothing has changed (`stack.embeddings.rope:to_interleaved`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.embeddings.rope import Layout, to_interleaved
from explorer.stack.transformer.decoder import Decoder

#: Tokens of the run that are read: three passes over more take seconds.
MOST = 64
#: By a decoder's names, what stands in the order of a head's coordinates.
OF_A_HEAD = ("W_Q.weight", "W_K.weight", "W_Q.bias", "W_K.bias", "q_norm.weight", "k_norm.weight")


@dataclass(frozen=True)
class Pairs:
    """Logits of the same tokens, three ways."""

    halves: Float[Tensor, "pos d_vocab"]
    adjacent: Float[Tensor, "pos d_vocab"]
    """Adjacent pairs, on the rows as they are."""
    reordered: Float[Tensor, "pos d_vocab"]
    """Adjacent pairs, on reordered rows."""

    def error(self, logits: Float[Tensor, "pos d_vocab"], way: str) -> float:
        """Largest difference, as a share of the largest logit."""
        return float((getattr(self, way) - logits).abs().max() / logits.abs().max())


def in_pairs(decoder: Decoder, *, reorder: bool) -> Decoder:
    """The decoder with adjacent pairs, its rows reordered or left as they are.

    Raises NotApplicableError where it has no rotary positions, or stands in adjacent pairs already.
    """
    config = decoder.config
    if config.positions != "rope" or config.rope is None or config.rope.layout != "halves":
        raise NotApplicableError("This model turns no pairs of halves.", "Choose one with RoPE, such as SmolLM2.")
    layout: Layout = "interleaved"
    local = None if config.rope_local is None else replace(config.rope_local, layout=layout)
    state = decoder.state_dict()
    if reorder:
        for name, rows in state.items():
            if name.endswith(OF_A_HEAD):
                state[name] = to_interleaved(rows, config.d_head, config.rope.d_rotary)
    with torch.device("meta"):
        made = Decoder(replace(config, rope=replace(config.rope, layout=layout), rope_local=local))
    made.load_state_dict(state, assign=True)
    return made.eval().requires_grad_(False)


def three_ways(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Pairs:
    """Raises NotApplicableError for a model without rotary positions."""
    adjacent, reordered = (in_pairs(decoder, reorder=reorder) for reorder in (False, True))
    with torch.inference_mode():
        return Pairs(*(each(ids[None])[0] for each in (decoder, adjacent, reordered)))


def divergence(logits: Float[Tensor, " d_vocab"], others: Float[Tensor, " d_vocab"]) -> float:
    """KL of the second from the first, in nats."""
    p, q = logits.double().log_softmax(-1), others.double().log_softmax(-1)
    return float((p.exp() * (p - q)).sum())


def mean_divergence(logits: Float[Tensor, "pos d_vocab"], others: Float[Tensor, "pos d_vocab"]) -> float:
    """Over all positions, in nats."""
    return sum(map(divergence, logits, others)) / len(logits)


def changed(logits: Float[Tensor, "pos d_vocab"], others: Float[Tensor, "pos d_vocab"]) -> int:
    """Positions at which the likeliest next token is another."""
    return int((logits.argmax(-1) != others.argmax(-1)).sum())
