"""A text and the same tokens in another order, read by an encoder with its positions and without them.

Attention, norms and feed-forwards treat all rows alike, so a stack of them is permutation-equivariant (Lee et al. 2019,
"Set Transformer", arXiv 1810.00825; Vaswani et al. 2017 add positions for that reason):

    f(P x) = P f(x)   for every permutation P of the tokens, if nothing tells their places

A causal mask does tell: it lets the first token see nothing, whatever the embedding says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.compat.torch import with_parts
from explorer.stack.embeddings.learned import LearnedPositions

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from explorer.stack.transformer.decoder import Decoder
    from explorer.stack.transformer.encoder import Encoder


@dataclass(frozen=True, eq=False)
class Shuffled:
    """States of a text, and of its tokens in another order put back into the text's, depth by depth."""

    plain: Float[Tensor, "depth pos d_model"]
    back: Float[Tensor, "depth pos d_model"]

    @property
    def error(self) -> Float[Tensor, " depth"]:
        """The largest movement of a state, as a share of the largest state's length."""
        moved = (self.back - self.plain).norm(dim=-1).amax(-1)  # depth
        return moved / self.plain.norm(dim=-1).amax(-1)

    @property
    def likeness(self) -> float:
        """Cosine of the two sentence embeddings: the means of the last states."""
        one, other = self.plain[-1].mean(0), self.back[-1].mean(0)
        return float(torch.cosine_similarity(one, other, dim=0))

    @property
    def cosines(self) -> Float[Tensor, "pos other"]:
        """Of every last state of the text with every one of the shuffled text, both in the text's order."""
        unit = [torch.nn.functional.normalize(each[-1], dim=-1) for each in (self.plain, self.back)]
        return unit[0] @ unit[1].T


def order_of(n: int, seed: int) -> Int[Tensor, " pos"]:
    """A permutation of n tokens; 0 is the text read backwards.

    >>> order_of(4, 0).tolist()
    [3, 2, 1, 0]
    """
    if seed == 0:
        return torch.arange(n).flip(0)
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


def without_positions(encoder: Encoder) -> Encoder:
    """The same weights, with a table of positions that holds nothing but zeros."""
    table = encoder.positions.weight
    rows, d_model = table.shape
    zeros = LearnedPositions(rows, d_model)
    zeros.weight = torch.nn.Parameter(torch.zeros_like(table), requires_grad=False)
    return with_parts(encoder, positions=zeros)


def shuffled(encoder: Encoder, ids: Int[Tensor, " pos"], order: Int[Tensor, " pos"]) -> Shuffled:
    """Both readings by one encoder of ours."""
    with torch.inference_mode():
        hidden = [encoder.read(each[None]).hidden[:, 0] for each in (ids, ids[order])]  # depth pos d_model
    return Shuffled(hidden[0], hidden[1][:, order.argsort()])


def shuffled_peer(peer: PreTrainedModel, ids: Int[Tensor, " pos"], order: Int[Tensor, " pos"]) -> Shuffled:
    """Both readings by transformers' BERT, with zeros in place of its table of positions."""
    name = "embeddings.position_embeddings.weight"
    zeros = {name: torch.zeros_like(peer.get_parameter(name))}

    def hidden(each: Tensor) -> Tensor:
        made = torch.func.functional_call(peer, zeros, (each[None],), {"output_hidden_states": True})
        return torch.cat(made.hidden_states)  # depth pos d_model

    with torch.inference_mode():
        return Shuffled(hidden(ids), hidden(ids[order])[:, order.argsort()])


def shuffled_decoder(decoder: Decoder, ids: Int[Tensor, " pos"], order: Int[Tensor, " pos"]) -> Shuffled:
    """Both readings by a causal decoder whose positions are taken away; what is left is its mask."""
    bare = decoder.without_positions()

    def hidden(each: Tensor) -> Tensor:
        x, at = bare.entered(each[None])
        depths = [x]
        for block in bare.blocks:
            depths.append(block(depths[-1], at))
        return torch.cat(depths)  # depth pos d_model

    with torch.inference_mode():
        return Shuffled(hidden(ids), hidden(ids[order])[:, order.argsort()])
