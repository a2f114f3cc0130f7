"""A needle in a haystack: one sentence hidden in a long text, asked for behind it, at every depth and length.

Kamradt 2023 (LLMTest_NeedleInAHaystack); RULER (Hsieh et al. 2024, arXiv 2404.06654). Whether the answer matches word
by word is one number; it says nothing of how near a miss was, or what failed. So each cell keeps

    log p(answer)         of each of its tokens, with the needle there, and without it
    match                 whether greedy decoding writes the answer: each of its tokens is the likeliest
    attention             from the answer to the needle, by what even attention would give it
    bytes                 of the cache that is read: 2 n_layers n_kv_heads d_head T, 4 each, and the T positions

The text before the needle is read once for all depths of a length.

>>> [planted(100, depth, [0, 40, 55, 90]) for depth in (0.0, 0.5, 1.0)]  # where a sentence ends
[0, 55, 90]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Parts of the text whose attention is told.
BINS = 32


@dataclass(frozen=True)
class Haystack:
    """In token ids."""

    first: tuple[int, ...]
    """What stands before everything: BOS, where the model has one."""
    filler: tuple[int, ...]
    breaks: tuple[int, ...]
    """Where the needle may stand: places of the filler at which a sentence has ended."""
    needle: tuple[int, ...]
    question: tuple[int, ...]
    answer: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Cell:
    """One run."""

    length: int
    """Tokens of the filler."""
    depth: float
    at: int
    """Of the filler's tokens, those before the needle."""
    tokens: int
    """That the cache holds: prompt and answer, but for its last."""
    logp: Float[Tensor, " token"]
    likeliest: Int[Tensor, " token"]
    likeliest_logp: Float[Tensor, " token"]
    without: Float[Tensor, " token"]
    """The same without the needle."""
    heads: Float[Tensor, "layer head"]
    """Attention on the needle, as a mean over the answer."""
    profile: Float[Tensor, " bin"]
    """Attention along the prompt, as a mean over heads and layers."""
    lift: float
    """Attention on the needle by what its length would get of even attention, the first four tokens left out."""
    nbytes: int

    @property
    def match(self) -> bool:
        return bool((self.logp >= self.likeliest_logp).all())


def planted(length: int, depth: float, breaks: Sequence[int]) -> int:
    """The break nearest to a share of the length."""
    return min((each for each in breaks if each <= length), key=lambda each: abs(each - depth * length), default=0)


@torch.inference_mode()
def searched(
    decoder: Decoder,
    hay: Haystack,
    lengths: Sequence[int],
    depths: Sequence[float],
    tell: Callable[[int], None] = lambda _: None,
) -> Iterator[Cell]:
    """Cell by cell: the shortest text first, in each the deepest needle first. `tell`: tokens read so far."""
    read = 0
    behind = len(hay.needle) + len(hay.question) + len(hay.answer)
    for length in sorted(lengths):
        cache = ContiguousCache(decoder.config, 1, len(hay.first) + length + behind)

        def take(ids: Sequence[int], cache: ContiguousCache = cache) -> None:
            nonlocal read
            for start in range(0, len(ids), 256):
                decoder.stream(torch.tensor(ids[start : start + 256])[None], cache=cache)
                read += len(ids[start : start + 256])
                tell(read)

        take((*hay.first, *hay.filler[:length]))
        without = _asked(decoder, hay, cache)[0]
        for depth in sorted(depths, reverse=True):
            at = planted(length, depth, hay.breaks)
            cache.truncate(len(hay.first) + at)
            take((*hay.needle, *hay.filler[at:length]))
            logits, patterns, nbytes = _asked(decoder, hay, cache)
            yield _cell(hay, length, depth, at, logits, without, patterns, nbytes)
            # The filler goes on where the needle stood: the next needle stands before it.
            cache.truncate(len(hay.first) + at)


def _asked(
    decoder: Decoder, hay: Haystack, cache: ContiguousCache
) -> tuple[Float[Tensor, "token d_vocab"], Float[Tensor, "layer head query key"], int]:
    """Question and answer behind what the cache holds: logits, patterns, and the cache's bytes then. Leaves it as it
    was."""
    held = cache.seen
    if len(hay.question) > 1:
        decoder.stream(torch.tensor(hay.question[:-1])[None], cache=cache)
    x, at = decoder.entered(torch.tensor([*hay.question[-1:], *hay.answer[:-1]])[None], cache=cache)
    at.patterns = {}
    for block in decoder.blocks:
        x = block(x, at)
    nbytes = cache.nbytes
    cache.truncate(held)
    return decoder.unembedded(x)[0], torch.stack([each[0] for each in at.patterns.values()]), nbytes


def _cell(
    hay: Haystack,
    length: int,
    depth: float,
    at: int,
    logits: Float[Tensor, "token d_vocab"],
    without: Float[Tensor, "token d_vocab"],
    patterns: Float[Tensor, "layer head query key"],
    nbytes: int,
) -> Cell:
    wanted = torch.tensor(hay.answer)[:, None]
    logp = logits.log_softmax(-1)
    likeliest = logp.max(-1)
    start = len(hay.first) + at
    end, n = start + len(hay.needle), patterns.shape[-1]
    mean = patterns.mean((0, 1, 2))  # key
    free = mean[4:].sum()
    needle = mean[max(4, start) : end].sum()
    even = (end - max(4, start)) / (n - 4)
    edges = torch.arange(n) * BINS // n
    return Cell(
        length=length,
        depth=depth,
        at=at,
        tokens=n,
        logp=logp.gather(-1, wanted)[:, 0],
        likeliest=likeliest.indices,
        likeliest_logp=likeliest.values,
        without=without.log_softmax(-1).gather(-1, wanted)[:, 0],
        heads=patterns[..., start:end].sum(-1).mean(-1),
        profile=torch.zeros(BINS).index_add(0, edges, mean),
        lift=float(needle / free) / even,
        nbytes=nbytes,
    )
