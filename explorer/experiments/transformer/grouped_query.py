"""Pooling a model's key and value heads into fewer, and what that does to its answers; what a cache really holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.block import Block, Pass
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.grouped_query import pooled
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.worst import worst


@dataclass(frozen=True)
class Outcome:
    """A changed decoder on the same text, against the unchanged one."""

    kl: Float[Tensor, " pos"]
    """KL(unchanged || changed), nats."""
    nll: Float[Tensor, " next"]
    """What each next token of the text costs, nats."""
    top: Int[Tensor, " pos"]
    """The likeliest next token."""
    top_p: Float[Tensor, " pos"]


@dataclass(frozen=True)
class Pooled:
    base: Outcome
    mean: Outcome
    """All layers pooled by averaging."""
    first: Outcome
    """All layers pooled by keeping each group's first head."""
    layers: Float[Tensor, "layer pos"]
    """KL with one layer pooled by averaging, all others left alone; NaN where it is not known yet."""
    checked: Checked | None = None
    """Once all is measured."""


@dataclass(frozen=True)
class Checked:
    """The measurement against another way to it."""

    keys_error: float
    """Pooled heads' keys against the mean of the keys of the heads that they replace, over all layers; relative."""
    layer: int
    """The layer whose pooling alone moves the answers most."""
    layer_error: float
    """Its divergences against those of a decoder that is pooled there and reads the text from the start."""


def kl(before: Float[Tensor, "pos d_vocab"], after: Float[Tensor, "pos d_vocab"]) -> Float[Tensor, " pos"]:
    """KL(before || after) of two rows of log-probabilities, nats."""
    return (before.exp() * (before - after)).sum(-1).clamp_min(0)


def outcome(
    said: Float[Tensor, "pos d_vocab"], base: Float[Tensor, "pos d_vocab"], ids: Int[Tensor, " pos"]
) -> Outcome:
    """From log-probabilities."""
    best = said.max(-1)
    return Outcome(
        kl=kl(base, said),
        nll=F.nll_loss(said[:-1], ids[1:], reduction="none"),
        top=best.indices,
        top_p=best.values.exp(),
    )


def pool(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    groups: int,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Pooled]:
    """Pool all layers in two ways, then each layer alone; nothing is trained. Yields when all layers' outcomes are
    known, and at the end. `progress` counts forward passes, one layer's as one.
    """
    n_layers = decoder.config.n_layers
    total, done = 5 * n_layers, 0
    tell = progress or (lambda *_: None)

    def whole(changed: Decoder) -> Float[Tensor, "pos d_vocab"]:
        nonlocal done
        tell(done, total)
        with torch.inference_mode():
            said = changed(ids[None])[0].log_softmax(-1)
        done += n_layers
        return said

    base = whole(decoder)
    mean, first = (outcome(whole(pooled(decoder, groups, how)), base, ids) for how in ("mean", "first"))
    unknown = torch.full((n_layers, len(ids)), torch.nan)
    yield Pooled(outcome(base, base, ids), mean, first, unknown)
    layers = _one_by_one(decoder, ids, groups, base, lambda layer: tell(done + layer, total))
    done += n_layers
    least_alike = int(layers.mean(-1).argmax())
    alone = kl(base, whole(pooled(decoder, groups, layers=[least_alike])))
    tell(total, total)
    checked = Checked(keys_error(decoder, ids, groups), least_alike, float((alone - layers[least_alike]).abs().max()))
    yield Pooled(outcome(base, base, ids), mean, first, layers, checked)


@torch.inference_mode()
def _one_by_one(
    decoder: Decoder, ids: Int[Tensor, " pos"], groups: int, base: Tensor, tell: Callable[[int], None]
) -> Float[Tensor, "layer pos"]:
    """KL with each layer pooled alone.

    Row 0 is the unchanged stream; each layer adds the row in which it alone is pooled, so that what stands before it is
    not computed again, and a layer's weights are read once for all rows.
    """
    blocks = [block for block in decoder.blocks if isinstance(block, Block)]
    at = _pass(decoder, len(ids))
    x = decoder._add_positions(decoder.embed(ids[None]), at.positions)  # row pos d_model
    for layer, block in enumerate(blocks):
        changed = pooled(decoder, groups, layers=[layer]).blocks[layer](x[:1], at)
        x = torch.cat([block(x, at), changed])
        tell(layer + 1)
    return torch.stack([kl(base, decoder.unembedded(row[None])[0].log_softmax(-1)) for row in x[1:]])


@torch.inference_mode()
def keys_error(decoder: Decoder, ids: Int[Tensor, " pos"], groups: int) -> float:
    """What a pooled head's key is: the mean of the keys of the heads that it replaces. Both on the text's embeddings,
    relative to the largest key."""
    small, off = pooled(decoder, groups), 0.0
    for block, other in zip(decoder.blocks, small.blocks, strict=True):
        assert isinstance(block, Block)
        assert isinstance(other, Block)
        x = block.ln1(decoder.embed(ids))  # pos d_model
        heads = block.attn.W_K(x).unflatten(-1, (groups, -1, decoder.config.d_head))  # pos group member d_head
        ours = other.attn.W_K(x).unflatten(-1, (groups, decoder.config.d_head))  # pos group d_head
        off = worst(off, float((ours - heads.mean(2)).abs().max() / heads.abs().max()))
    return off


@torch.inference_mode()
def cache_bytes(decoder: Decoder, tokens: int = 4) -> float:
    """Bytes a token that a cache really holds, keys and values, after a text of some tokens has been read."""
    cache = ContiguousCache(decoder.config, 1, tokens)
    decoder(torch.arange(tokens)[None] % decoder.config.d_vocab, cache=cache)
    held = [each[:, :, :tokens] for each in (*cache.k, *cache.v)]
    assert all(bool(each.abs().sum(-1).gt(0).all()) for each in held)  # written, every slot of every layer
    return sum(each.numel() * each.element_size() for each in held) / tokens


def _pass(decoder: Decoder, n: int) -> Pass:
    positions = torch.arange(n)[None]  # 1 pos
    return Pass(positions, "sdpa", None, decoder._rotations(positions), decoder._slopes())


def counted(decoder: Decoder) -> int:
    """The attention parameters that the model really has, without the norms of queries and keys."""
    blocks = [block for block in decoder.blocks if isinstance(block, Block)]
    linears = (getattr(block.attn, name) for block in blocks for name in ("W_Q", "W_K", "W_V", "W_O"))
    return sum(parameter.numel() for linear in linears for parameter in linear.parameters())
