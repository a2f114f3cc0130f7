"""What a cache holds, and what a smaller one costs and changes: the same tokens fed to several caches by turns."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.experiments.inference.cache.write_counts import marked, written_by_slot
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Ratio, compare
from explorer.stack.inference.cache.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.cache.quantized_cache import QuantizedCache
from explorer.stack.inference.cache.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.kv_cache import CacheShape, ContiguousCache, Held, KVCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

POSITION_BYTES = 8
"""A cache's table has an int64 for each token."""
#: for texts as short as a run's: tokens that share a key channel's scale, and newest tokens in full precision
GROUP, RESIDUAL = 8, 4


def first_step(n_tokens: int, n_prompt: int, limit: int) -> int:
    """The position of the first token that is fed alone: generated ones, or the text's second half if there are few.

    >>> first_step(26, 14, 12), first_step(26, 14, 4), first_step(20, 20, 12), first_step(1, 1, 12)
    (14, 22, 10, 1)
    """
    start = n_prompt if n_tokens - n_prompt >= 4 else n_tokens // 2
    return max(1, start, n_tokens - limit)


def formula_bytes(config: CacheShape, tokens: int, size: int = 4) -> int:
    """2 * n_layers * n_kv_heads * d_head * tokens * size, and the table of positions.

    >>> from types import SimpleNamespace
    >>> formula_bytes(SimpleNamespace(n_layers=30, n_kv_heads=3, d_head=64), 1)
    46088
    """
    return tokens * (2 * config.n_layers * config.n_kv_heads * config.d_head * size + POSITION_BYTES)


def filled(
    config: CacheShape, k: Float[Tensor, "layer pos kv_head d_head"], v: Float[Tensor, "layer pos kv_head d_head"]
) -> ContiguousCache:
    """A real cache with a run's own keys and values in it, and NaN wherever nothing was written."""
    cache = marked(ContiguousCache(config, 1, k.shape[1]))
    for layer in range(k.shape[0]):
        # [pos kv_head d_head] -> [batch kv_head pos d_head]
        cache.update(
            layer, k[layer].transpose(0, 1)[None], v[layer].transpose(0, 1)[None], torch.arange(k.shape[1])[None]
        )
    return cache


def bytes_by_length(cache: ContiguousCache) -> list[int]:
    """Bytes that 1, 2, ... tokens have written into a marked cache, from its tensors."""
    return written_by_slot(cache).cumsum(0).tolist()


def sinks_and_heavy(budget: int) -> tuple[int, int]:
    """How many of the tokens are the first ones beside a window, and how many the most attended.

    >>> sinks_and_heavy(12), sinks_and_heavy(4)
    ((4, 6), (1, 2))
    """
    return min(4, budget // 3), budget // 2


def kl_nats(full: Float[Tensor, " d_vocab"], other: Float[Tensor, " d_vocab"]) -> float:
    """KL(full || other) of two rows of logits.

    >>> round(kl_nats(torch.tensor([0.0, 0.0]), torch.tensor([1.0, 0.0])), 4)  # probabilities .5, .5 against .731, .269
    0.1201
    """
    p, q = full.double().log_softmax(-1), other.double().log_softmax(-1)
    return max(float((p.exp() * (p - q)).sum()), 0.0)


class Together:
    """One prompt read once into several caches: while it reads itself in full, they do not differ."""

    wants_pattern = True

    def __init__(self, caches: Mapping[str, KVCache], full: KVCache) -> None:
        self.caches = caches
        self.full = full
        self.nbytes = 0
        self.seen = 0

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        for cache in self.caches.values():
            if cache is not self.full:
                cache.update(layer, k, v, positions)
        return self.full.update(layer, k, v, positions)

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        for cache in self.caches.values():
            if cache.wants_pattern:
                cache.observe(layer, pattern)

    def truncate(self, length: int) -> None:
        raise NotImplementedError("Only for reading a prompt.")

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        raise NotImplementedError("Only for reading a prompt.")


@dataclass
class Course:
    """One cache through the steps. Bytes and what is held: after the prompt, then after each step."""

    nbytes: list[int] = field(default_factory=list)
    held: list[Bool[Tensor, "layer kv_head pos"]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    """Tokens that are held as codes."""
    seconds: list[float] = field(default_factory=list)
    kl: list[float] = field(default_factory=list)
    """Nats, of each step's distribution against the full cache's."""
    top: list[int] = field(default_factory=list)
    """The likeliest next token of each step."""

    def note(self, cache: KVCache, config: CacheShape, n_tokens: int) -> None:
        self.nbytes.append(cache.nbytes)
        self.held.append(held_tokens(cache, config, n_tokens))
        self.codes.append(cache.packed if isinstance(cache, QuantizedCache) else 0)


@dataclass(frozen=True)
class Comparison:
    """Several caches fed the same tokens, as far as they have been fed."""

    start: int
    """Position of the first token that was fed alone."""
    courses: Mapping[str, Course]
    logits: Float[Tensor, "step d_vocab"]
    """The full cache's, of the prompt's last position and of each step."""
    whole: bool

    def against_full(self, name: str) -> Ratio | None:
        """Time of a step, against the full cache's in the same step."""
        full = next(iter(self.courses.values()))
        return compare(full.seconds, self.courses[name].seconds) if full.seconds else None


def held_tokens(cache: KVCache, config: CacheShape, n_tokens: int) -> Bool[Tensor, "layer kv_head pos"]:
    """Which positions of a text of `n_tokens` each layer and kv head still holds."""
    out = torch.zeros(config.n_layers, config.n_kv_heads, n_tokens + 1, dtype=torch.bool)
    find = getattr(cache, "held_positions", None)
    if find is None:  # a policy that drops nothing
        out[:, :, : cache.seen] = True
        return out[:, :, :-1]
    for layer in range(config.n_layers):
        at = find(layer)[0]  # kv_head slot
        out[layer].scatter_(1, at.where(at >= 0, n_tokens), True)  # empty slots fall into a column of their own
    return out[:, :, :-1]


@dataclass(frozen=True, eq=False)
class Feeding:
    """A run's tokens, and the caches that they are fed to, the full one first."""

    decoder: Decoder
    ids: Int[Tensor, " pos"]
    start: int
    """Position of the first token that is fed alone."""
    budget: int
    """Tokens that a cache which evicts keeps."""
    caches: Mapping[str, KVCache]

    @property
    def steps(self) -> int:
        return len(self.ids) - self.start

    @classmethod
    def of(cls, decoder: Decoder, ids: Int[Tensor, " pos"], start: int, budget: int) -> Feeding:
        """Heavy hitters are left out where a mask must know which tokens a head holds: windows that bite, ALiBi."""
        config, n = decoder.config, len(ids)
        made: dict[str, KVCache] = {"full": ContiguousCache(config, 1, n)}
        made |= {f"int{bits}": QuantizedCache(config, 1, n, bits, GROUP, RESIDUAL) for bits in (8, 4)}
        sinks, heavy = sinks_and_heavy(budget)
        made["window"] = SlidingWindowCache(config, 1, n, budget - sinks, sinks)
        if n <= min((w for w in config.windows if w is not None), default=n) and config.positions != "alibi":
            made["heavy"] = HeavyHitterCache(config, 1, n, budget - heavy, heavy)
        return cls(decoder, ids, start, budget, made)

    def fed(self, progress: Ticks = unheard) -> Iterator[Comparison]:
        return policies(self.decoder, self.ids, self.start, self.caches, progress)


@torch.inference_mode()
def policies(
    decoder: Decoder, ids: Int[Tensor, " pos"], start: int, caches: Mapping[str, KVCache], progress: Ticks = unheard
) -> Iterator[Comparison]:
    """Feed a text to every cache, the first of which is the full one: `start` tokens at once, the others one by one.

    Within a step the caches take turns, another one first each time, so that a slow moment of the machine falls on all.
    Yields after every step.
    """
    names, config, n = list(caches), decoder.config, len(ids)
    courses = {name: Course() for name in names}
    together = Together(caches, caches[names[0]])
    first = decoder(ids[None, :start], torch.arange(start)[None], together, last_only=True)[0, -1]
    for name in names:
        courses[name].note(caches[name], config, n)
    full = [first]
    total = (n - start) * len(names)
    for step, position in enumerate(range(start, n)):
        said: dict[str, Tensor] = {}
        for turn in range(len(names)):
            name = names[(turn + step) % len(names)]
            began = time.perf_counter()
            logits = decoder(
                ids[None, position : position + 1], torch.tensor([[position]]), caches[name], last_only=True
            )
            courses[name].seconds.append(time.perf_counter() - began)
            courses[name].note(caches[name], config, n)
            said[name] = logits[0, -1]
            progress(step * len(names) + turn + 1, total)
        full.append(said[names[0]])
        for name in names:
            courses[name].kl.append(kl_nats(full[-1], said[name]))
            courses[name].top.append(int(said[name].argmax()))
        yield Comparison(start, courses, torch.stack(full), position == n - 1)
