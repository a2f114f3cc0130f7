"""Activation patching: what one activation of another run does when it is put into this one.

Two texts of equal length, *clean* and *corrupt*, differ where the answer is decided. An activation of one is put into
the other's run, which then goes on by itself; the effect is how far the answer's score moves::

    effect(site) = score(target run with the site's value from the source run) - score(target run)

Clean into corrupt is *denoising*: what suffices to bring the answer back. Corrupt into clean is *noising*: what is
needed for it. They differ where parts back each other up (Zhang & Nanda 2024, arXiv 2309.16042; Meng et al. 2022,
arXiv 2202.05262). A run is the same up to the block of its patch, so each begins there, and those of several blocks are
carried through the upper ones as one batch. Where the texts agree up to a position, nothing before it can differ, and
nothing before it is carried (see `shared_prefix`).

The worked example puts the whole stream into block 1 of two, position by position. All of it at once would give the
clean score; the first token is the same in both texts, and its patch does nothing.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> puts = [Put("resid", 1, clean.resid[1, at], position=at) for at in range(3)]
>>> said = torch.cat([logits for _, logits in patched(decoder, corrupt, puts)])
>>> effects = Contrast(5, 6)(said) - Contrast(5, 6)(corrupt.logits[None])
>>> bool(effects[0].abs() < 1e-6), bool(effects[1].abs() > 1e-6)
(True, True)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.carried import HOOKS, Contrast, Recorded, Site, blocks_of, recorded, say
from explorer.stack.frontier.shared_prefix import SharedPrefix
from explorer.stack.transformer.decoder import Decoder

__all__ = ["Contrast", "Put", "cells", "heads", "patched", "recorded"]
#: Token positions that are carried through a block at once.
AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Put:
    """A value for one site of one block."""

    site: Site
    layer: int
    value: Tensor
    """Of one position [d_model], or of all [pos d_model]; of a head [d_head] or [pos d_head]."""
    position: int | None = None
    head: int | None = None
    above: tuple[Put, ...] = ()
    """Further ones of the same run, in higher blocks."""


def cells(site: Site, source: Recorded, first: int = 0) -> list[Put]:
    """The source's value at each block and each position from `first` on, for a site that is no head's."""
    layers, n = source.of(site).shape[:2]
    return [Put(site, layer, source.of(site)[layer, at], at) for layer in range(layers) for at in range(first, n)]


def heads(source: Recorded) -> list[Put]:
    """Each head's output in the source, at all positions at once."""
    layers, _, n_heads, _ = source.z.shape
    return [Put("z", layer, source.z[layer, :, head], head=head) for layer in range(layers) for head in range(n_heads)]


def patched(
    decoder: Decoder,
    base: Recorded,
    puts: Sequence[Put],
    told: Callable[[int, int], None] | None = None,
    first: int = 0,
) -> Iterator[tuple[list[int], Float[Tensor, "row d_vocab"]]]:
    """(which of the puts, the last position's logits with each), the highest blocks first.

    first: what is put changes nothing before this position (`shared_prefix.first_change` of the two runs).
    """
    order = sorted(range(len(puts)), key=lambda at: (-puts[at].layer, -at))
    each = max(1, AT_ONCE // (len(base.ids) - first))
    prefix = SharedPrefix.of(decoder, base, first) if first and puts else None
    for start in range(0, len(order), each):
        some = order[start : start + each][::-1]  # the lowest block first
        if told:
            told(start, len(order))
        yield some, _together(decoder, base, [puts[at] for at in some], prefix)
    if told:
        told(len(order), len(order))


@torch.no_grad()
def _together(
    decoder: Decoder, base: Recorded, puts: Sequence[Put], prefix: SharedPrefix | None
) -> Float[Tensor, "row d_vocab"]:
    """Rows join the batch at the block of their put."""
    start = prefix.first if prefix else 0
    streams = base.resid.new_empty(len(puts), *base.resid[0, start:].shape)
    begun, at = 0, base.at
    by_place: dict[str, list[tuple[int, Put]]] = {}
    for row, first in enumerate(puts):
        for put in (first, *first.above):
            by_place.setdefault(f"blocks.{put.layer}.{HOOKS[put.site]}", []).append((row, put))

    def puts_in(mine: list[tuple[int, Put]]) -> Callable[..., Tensor]:
        def hook(tensor: Tensor, **_: object) -> Tensor:
            out = tensor.clone()
            for row, put in mine:
                if row >= len(out):
                    raise ValueError("a put below the block at which its run begins")
                if put.position is not None and put.position < start:
                    raise ValueError("a put before the first position that changes")
                place = (row, slice(None) if put.position is None else put.position - start)
                value = put.value[start:] if put.position is None else put.value
                out[place if put.head is None else (*place, put.head)] = value
            return out

        return hook

    with decoder.hooks([(name, puts_in(mine)) for name, mine in by_place.items()]):
        for layer, block in enumerate(blocks_of(decoder)):
            joining = sum(put.layer == layer for put in puts)
            streams[begun : begun + joining] = base.resid[layer, start:]
            begun += joining
            if joining:
                at = prefix.at(begun) if prefix else base.at
            if begun:
                streams[:begun] = block(streams[:begun], at)
    return say(decoder, streams)
