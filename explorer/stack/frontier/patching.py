"""Activation patching: what one activation of another run does when it is put into this one.

Two texts of equal length, *clean* and *corrupt*, differ where the answer is decided. An activation of one is put into
the other's run, which then goes on by itself; the effect is how far the answer's score moves::

    effect(site) = score(target run with the site's value from the source run) - score(target run)

Clean into corrupt is *denoising*: what suffices to bring the answer back. Corrupt into clean is *noising*: what is
needed for it. They differ where parts back each other up (Zhang & Nanda 2024, arXiv 2309.16042; Meng et al. 2022,
arXiv 2202.05262). A run is the same up to the block of its patch, so each begins there, and those of several blocks are
carried through the upper ones as one batch. Where no patch changes anything up to a position, nothing before it can
differ: its keys and values are made once, and only what follows is carried.

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
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import Held

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
    decoder: Decoder, base: Recorded, puts: Sequence[Put], told: Callable[[int, int], None] | None = None
) -> Iterator[tuple[list[int], Float[Tensor, "row d_vocab"]]]:
    """(which of the puts, the last position's logits with each), the highest blocks first."""
    order = sorted(range(len(puts)), key=lambda at: (-puts[at].layer, -at))
    first = min((first_change(base, put) for put in puts), default=0) if decoder.config.causal else 0
    before = Before.of(decoder, base, first) if first else None
    each = max(1, AT_ONCE // (len(base.ids) - first))
    for start in range(0, len(order), each):
        some = order[start : start + each][::-1]  # the lowest block first
        if told:
            told(start, len(order))
        yield some, _together(decoder, base, [puts[at] for at in some], before)
    if told:
        told(len(order), len(order))


def first_change(base: Recorded, put: Put) -> int:
    """The first position at which it and those above it differ from the run; the last one if none does."""
    found = []
    for each in (put, *put.above):
        if each.position is not None:
            found.append(each.position)
            continue
        now = base.of(each.site)[each.layer]
        differs = (each.value != (now if each.head is None else now[:, each.head])).any(-1).nonzero()
        found.append(int(differs[0]) if len(differs) else len(base.ids) - 1)
    return min(found)


class Before:
    """A cache of what lies before the first change: one row, read by all. It keeps nothing that comes later."""

    wants_pattern = False
    nbytes = 0

    def __init__(self) -> None:
        self.held: dict[int, Held] = {}

    @classmethod
    @torch.no_grad()
    def of(cls, decoder: Decoder, base: Recorded, first: int) -> Before:
        made = cls()
        _, at = decoder.entered(base.ids[None, :first], cache=made)
        for layer, block in enumerate(blocks_of(decoder)):
            block(base.resid[layer, None, :first], at)
        return made

    @property
    def seen(self) -> int:
        """Positions before."""
        return self.held[0].positions.shape[1] if self.held else 0

    def update(self, layer: int, k: Tensor, v: Tensor, positions: Tensor) -> Held:
        if layer not in self.held:
            self.held[layer] = Held(k, v, positions)
            return self.held[layer]
        mine = self.held[layer]
        both = (torch.cat([each.expand(len(k), -1, -1, -1), new], 2) for each, new in ((mine.k, k), (mine.v, v)))
        return Held(*both, torch.cat([mine.positions, positions], 1))

    def observe(self, layer: int, pattern: Tensor) -> None:
        """It chooses nothing."""

    def truncate(self, length: int) -> None:
        raise NotImplementedError

    def reorder(self, rows: Tensor) -> None:
        raise NotImplementedError


@torch.no_grad()
def _together(
    decoder: Decoder, base: Recorded, puts: Sequence[Put], before: Before | None
) -> Float[Tensor, "row d_vocab"]:
    """Rows join the batch at the block of their put."""
    first = before.seen if before else 0
    at = decoder.entered(base.ids[None, first:], cache=before)[1] if before else base.at
    streams = base.resid.new_empty(len(puts), len(base.ids) - first, base.resid.shape[2])
    begun = 0
    by_place: dict[str, list[tuple[int, Put]]] = {}
    for row, lowest in enumerate(puts):
        for put in (lowest, *lowest.above):
            by_place.setdefault(f"blocks.{put.layer}.{HOOKS[put.site]}", []).append((row, put))

    def puts_in(mine: list[tuple[int, Put]]) -> Callable[..., Tensor]:
        def hook(tensor: Tensor, **_: object) -> Tensor:
            out = tensor.clone()
            for row, put in mine:
                if row >= len(out):
                    raise ValueError("a put below the block at which its run begins")
                place = (row, slice(None) if put.position is None else put.position - first)
                value = put.value[first:] if put.position is None else put.value
                out[place if put.head is None else (*place, put.head)] = value
            return out

        return hook

    with decoder.hooks([(name, puts_in(mine)) for name, mine in by_place.items()]):
        for layer, block in enumerate(blocks_of(decoder)):
            joining = sum(put.layer == layer for put in puts)
            streams[begun : begun + joining] = base.resid[layer, first:]
            begun += joining
            if begun:
                streams[:begun] = block(streams[:begun], at)
    return say(decoder, streams)
