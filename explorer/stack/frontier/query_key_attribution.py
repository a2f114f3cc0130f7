"""Why a head looks where it does: its score as a sum over pairs, one part of the stream at either end.

An attribution graph freezes attention, and so never says why a head reads a token. Its score can be taken apart too.
With the norms held, query and key are linear in the stream, and the stream is a sum: the token, what attention wrote in
each block, and of each MLP its features, the linear rest of its transcoder, and the error::

    score = scale . q . k = sum over i, j of  scale (W_Q part_i at the query) . (W_K part_j at the key)

both turned by the rotation of their positions (QK attributions: Kamath et al. 2025, "Tracing Attention Computation
Through Feature Interactions"). All pairs add up to the score.

`movers` says which heads to ask this of: what each head brings from one token to another, times the gradient of the
answer's logit there with patterns, norms and features held.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> g = torch.Generator().manual_seed(0)
>>> decoder = Decoder(config).initialise(g).eval()
>>> coders = tuple(Transcoder(8, 16, "topk", k=2).initialise(torch.zeros(8), g).requires_grad_(False) for _ in range(2))
>>> local = replaced(decoder, coders, torch.tensor([1, 2, 3]))
>>> found = pairs(local, Place(layer=1, head=0, query=2, key=1))
>>> shares = local.patterns[1, 0, 2].log()
>>> other = pairs(local, Place(layer=1, head=0, query=2, key=0))
>>> bool((found.scores.sum() - other.scores.sum() - (shares[1] - shares[0])).abs() < 1e-5)
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.frontier.carried import blocks_of
from explorer.stack.frontier.local_replacement import (
    Local,
    at_end,
    replaced,
    through_attention,
    through_skip,
    weight_of,
)
from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder

__all__ = ["Mover", "Pairs", "Part", "Place", "Transcoder", "movers", "pairs", "parts", "replaced"]
PartKind: TypeAlias = Literal["token", "attention", "feature", "linear", "error"]


@dataclass(frozen=True)
class Part:
    """A term of the stream."""

    kind: PartKind
    layer: int
    """-1 of the token."""
    feature: int = -1


@dataclass(frozen=True)
class Place:
    """A head at work: it looks from one position to another."""

    layer: int
    head: int
    query: int
    key: int


@dataclass(frozen=True)
class Mover:
    """What a head brings from one token to another, for the answer's logit."""

    place: Place
    effect: float
    share: float
    """Of its attention."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """A score taken apart."""

    place: Place
    at_query: list[Part]
    at_key: list[Part]
    scores: Float[Tensor, "at_query at_key"]


@torch.no_grad()
def parts(local: Local, layer: int, pos: int) -> tuple[list[Part], Float[Tensor, "part d_model"]]:
    """The terms of the stream into a block at one position."""
    names, vectors = [Part("token", -1)], [local.run.resid[0, pos]]
    for below in range(layer):
        coder = local.coders[below]
        names.append(Part("attention", below))
        vectors.append(local.run.attn[below, pos])
        if bool(local.trained[pos]):
            names.append(Part("linear", below))
            vectors.append(coder.b_dec + local.read[below, pos] @ coder.W_skip.T)
        for slot in (local.kept[below, pos] > 0).nonzero()[:, 0].tolist():
            feature = int(local.slots[below, pos, slot])
            names.append(Part("feature", below, feature))
            vectors.append(local.kept[below, pos, slot] * coder.W_dec[feature])
        names.append(Part("error", below))
        vectors.append(local.errors[below, pos])
    return names, torch.stack(vectors)


@torch.no_grad()
def pairs(local: Local, place: Place) -> Pairs:
    """Every pair of parts. Raises NotApplicableError where queries and keys have norms of their own."""
    block, config = blocks_of(local.decoder)[place.layer], local.decoder.config
    if config.qk_norm or config.score_cap is not None:
        raise NotApplicableError(
            "This model’s queries and keys have norms of their own, so that a score is no sum over pairs."
        )
    (own, q), (other, k) = (_projected(local, place.layer, pos) for pos in (place.query, place.key))
    group = config.n_heads // config.n_kv_heads
    queries, keys = q[0][:, place.head, place.query], k[1][:, place.head // group, place.key]
    return Pairs(place, own, other, block.attn.config.attention_scale * queries @ keys.T)


def _projected(local: Local, layer: int, pos: int) -> tuple[list[Part], tuple[Tensor, Tensor]]:
    """Queries and keys of each part alone, all else of the stream 0."""
    names, vectors = parts(local, layer, pos)
    block = blocks_of(local.decoder)[layer]
    x = vectors.new_zeros(len(vectors), local.n_pos, vectors.shape[1])
    x[:, pos] = vectors * weight_of(block.ln1) / local.scales[0][layer, pos]
    q, k, _ = block.attn.projected(x, local.run.at)
    return names, (q, k)


@torch.no_grad()
def movers(local: Local, token: int, count: int) -> list[Mover]:
    """The strongest, each from one token to another one."""
    U = local.decoder.unembed.weight
    g, found = at_end(local, (U[token] - U.mean(0))[None]), []
    for layer in range(local.n_layers - 1, -1, -1):
        g = through_skip(local, g, layer)
        found.append(brought(local, g[0], layer))
        g = through_attention(local, g, layer)
    effects = torch.stack(found[::-1])  # layer head query key
    effects = effects * ~torch.eye(local.n_pos, dtype=torch.bool)
    strongest = effects.abs().flatten().topk(min(count, effects.numel())).indices
    made = []
    for at in strongest.tolist():
        layer, head, query, key = (int(each) for each in torch.unravel_index(torch.tensor(at), effects.shape))
        share = float(local.patterns[layer, head, query, key])
        made.append(Mover(Place(layer, head, query, key), float(effects[layer, head, query, key]), share))
    return made


def brought(local: Local, g: Float[Tensor, "pos d_model"], layer: int) -> Float[Tensor, "head query key"]:
    """Pattern times what the value writes, along the gradient."""
    block, x = blocks_of(local.decoder)[layer], local.run.resid[layer]
    heads, kv = block.attn.config.n_heads, block.attn.config.n_kv_heads
    normal = x * weight_of(block.ln1) / local.scales[0][layer]
    v = block.attn.W_V(normal).unflatten(-1, (kv, -1)).repeat_interleave(heads // kv, 1)  # pos head d_head
    wanted = (g @ block.attn.W_O.weight).unflatten(-1, (heads, -1))  # pos head d_head
    return local.patterns[layer] * torch.einsum("qhd,khd->hqk", wanted, v)
