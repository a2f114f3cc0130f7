"""Extrapolation: can a model still read across a distance that its training never showed?

A passage is read twice. The second reading starts `distance` positions after the first; the positions between are
skipped, so that nothing has to be computed for them (Zhu et al. 2023, "PoSE", arXiv 2309.10400, trains with such
skips). A word of the second reading can be foretold only by attention over that distance: while this works its loss is
far below the first reading's, and once the rotation shows angles that training did not, it rises to the first reading's
or above it.

    perplexity = exp(mean over tokens of -ln p(token | what was read))

What this leaves out: between the readings of a real long text stand thousands of tokens that take a share of the
attention.

Worked example: a random model without training has nothing to find across any distance, so both readings cost about ln
50 (as much as guessing one of its 50 tokens); a position is only an angle, so nothing fails at distance 1,000.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=50, n_ctx=64)
>>> twice = read_twice(Decoder(config), torch.arange(5), [5, 1000])
>>> tuple(twice.first.shape), tuple(twice.second.shape)
((4,), (2, 4))
>>> [round(float(loss)) for loss in (twice.first.mean(), *twice.second.mean(-1))]  # ln 50 is 3.9
[4, 4, 4]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.embeddings.rope_scaling import DynamicNTK
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True, eq=False)
class Twice:
    """The loss of each token but the first (which nothing foretells), in nats."""

    first: Float[Tensor, " token"]
    second: Float[Tensor, "distance token"]
    logits: Float[Tensor, "pos d_vocab"]
    """Of the first reading."""


def token_losses(
    logits: Float[Tensor, "*batch pos d_vocab"], ids: Int[Tensor, " pos"]
) -> Float[Tensor, "*batch token"]:
    """-ln p of each token but the first, from the logits of the one before.

    >>> token_losses(torch.zeros(3, 4), torch.tensor([0, 1, 2])).tolist()  # ln 4
    [1.3862943649291992, 1.3862943649291992]
    """
    targets = ids[1:].expand(*logits.shape[:-2], -1)  # *batch token
    flat = nn.functional.cross_entropy(logits[..., :-1, :].flatten(0, -2), targets.flatten(), reduction="none")
    return flat.view(targets.shape)  # *batch token


@torch.inference_mode()
def read_twice(decoder: Decoder, ids: Int[Tensor, " pos"], distances: Sequence[int]) -> Twice:
    """Read `ids` at positions 0, 1, ... and again at each of the distances, every time with the first reading in view.

    The first reading is computed once and shared, so its rotation must not depend on the length: freeze dynamic NTK
    with `frozen`. A distance is at least the passage's length.
    """
    n = len(ids)
    if min(distances) < n:
        raise ValueError(f"a second reading cannot start {min(distances)} positions after the first of {n} tokens")
    cache = ContiguousCache(decoder.config, 1, 2 * n)
    first = decoder(ids[None], torch.arange(n)[None], cache)[0]  # pos d_vocab
    cache.reorder(torch.zeros(len(distances), dtype=torch.long))  # one row for each distance
    at = torch.tensor(distances)[:, None] + torch.arange(n)  # distance pos
    second = decoder(ids.expand(len(distances), n), at, cache)  # distance pos d_vocab
    return Twice(token_losses(first, ids), token_losses(second, ids), first)


def frozen(rope: RopeConfig, length: int) -> RopeConfig:
    """The rotation for a text of this length, with a base that no longer follows it.

    >>> dynamic = RopeConfig(scaling=DynamicNTK(4.0, 100))
    >>> frozen(dynamic, 200).scaling, frozen(dynamic, 100).scaling
    (NTK(factor=5.0), None)
    """
    if not isinstance(rope.scaling, DynamicNTK):
        return rope
    now = rope.scaling.at(length)
    return replace(rope, scaling=None if now.factor == 1 else now)
