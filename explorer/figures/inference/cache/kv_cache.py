"""What the cache panel draws: the blocks of a run's cache, bytes and time of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from explorer.experiments.inference.cache.kv_cache import formula_bytes
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong

if TYPE_CHECKING:
    from explorer.experiments.inference.cache.kv_growth import Growth
    from explorer.experiments.timing import Ratio


@runtime_checkable
class CachedModel(Protocol):
    """What the formula needs of a model; `Dims` and `DecoderConfig` have it."""

    @property
    def n_layers(self) -> int: ...
    @property
    def n_heads(self) -> int: ...
    @property
    def n_kv_heads(self) -> int: ...
    @property
    def d_head(self) -> int: ...


def reads(pattern: Float[Tensor, "layer head key"], n_kv_heads: int) -> Float[Tensor, "layer kv_head key"]:
    """How much each stored key is read by one query: the most that a query head of its group gives it."""
    return pattern.unflatten(1, (n_kv_heads, -1)).amax(2)  # layer kv_head group key -> layer kv_head key


def eighths(read: Float[Tensor, "layer kv_head key"]) -> UInt8[Tensor, "layer kv_head key"]:
    """Weights from 0 to 1 in one byte each."""
    return (read * 255).round().to(torch.uint8)


@dataclass(frozen=True, kw_only=True)
class CacheBlocks(Payload):
    """A run's own cache at one position."""

    position: int
    read: UInt8[Tensor, "layer kv_head key"]
    bytes: tuple[int, ...]
    """Written by 1, 2, .. tokens, counted in the tensors."""
    formula: tuple[int, ...]
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int


def blocks(
    model: CachedModel,
    position: int,
    read: Float[Tensor, "layer kv_head key"],
    nbytes: Sequence[int],
) -> CacheBlocks:
    return CacheBlocks(
        position=position,
        read=eighths(read),
        bytes=tuple(nbytes),
        formula=tuple(formula_bytes(model, n + 1) for n in range(len(nbytes))),
        n_layers=model.n_layers,
        n_heads=model.n_heads,
        n_kv_heads=model.n_kv_heads,
        d_head=model.d_head,
    )


@dataclass(frozen=True, kw_only=True)
class CacheGrowth(Payload):
    """Steps with a cache and without one."""

    start: int
    bytes: tuple[int, ...]
    """After the prompt and after each step, counted in the tensors."""
    formula: tuple[int, ...]
    prefill: Milliseconds
    steps: tuple[Milliseconds, ...]
    uncached_at: tuple[int, ...]
    uncached: tuple[Milliseconds, ...]
    later: TimesAsLong | None
    """The later half of the steps against the earlier half."""
    saved: TimesAsLong | None
    """Without a cache against with one, at the last position."""
    cache_share: float
    """Of the bytes that the last step reads, by formula."""
    n_steps: int
    """All that there will be."""
    rounds: int
    of_rounds: int
    threads: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    base: GrowthBeside | None = None


@dataclass(frozen=True, kw_only=True)
class GrowthBeside:
    """The steps of the run beside this one, made in turns with this run's."""

    model: str
    start: int
    bytes: tuple[int, ...]
    formula: tuple[int, ...]
    prefill: Milliseconds
    steps: tuple[Milliseconds, ...]
    n_layers: int
    n_kv_heads: int
    d_head: int
    times: TimesAsLong | None
    """How many times as long its median step takes as this run's, round by round."""


def growth_beside(alone: CacheGrowth, model: str, times: Ratio | None) -> GrowthBeside:
    """`alone`: that run by itself."""
    return GrowthBeside(
        model=model,
        start=alone.start,
        bytes=alone.bytes,
        formula=alone.formula,
        prefill=alone.prefill,
        steps=alone.steps,
        n_layers=alone.n_layers,
        n_kv_heads=alone.n_kv_heads,
        d_head=alone.d_head,
        times=TimesAsLong.of(times),
    )


def growth(
    made: Growth, model: CachedModel, cache_share: float, n_steps: int, of_rounds: int, threads: int
) -> CacheGrowth:
    return CacheGrowth(
        start=made.start,
        bytes=made.nbytes,
        formula=tuple(formula_bytes(model, made.start + n) for n in range(len(made.nbytes))),
        prefill=Milliseconds.of(made.prefill),
        steps=tuple(map(Milliseconds.of, made.steps)),
        uncached_at=made.again,
        uncached=tuple(map(Milliseconds.of, made.uncached)),
        later=TimesAsLong.of(made.later),
        saved=TimesAsLong.of(made.saved),
        cache_share=cache_share,
        n_steps=n_steps,
        rounds=made.rounds,
        of_rounds=of_rounds,
        threads=threads,
        n_layers=model.n_layers,
        n_heads=model.n_heads,
        n_kv_heads=model.n_kv_heads,
        d_head=model.d_head,
    )
