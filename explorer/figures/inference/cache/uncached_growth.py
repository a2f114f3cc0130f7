"""A generation with a cache and without one: what is computed and read by formula, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.experiments.inference.cache.uncached_growth import Exponents, UncachedGrowth
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds
from explorer.stack.systems.attention_io import power
from explorer.stack.systems.generation_work import GenerationWork, cached, uncached
from explorer.stack.systems.roofline import block_matrices
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True, kw_only=True)
class CacheExample(Payload):
    """One prompt and one answer, by formula."""

    prompt: int
    new: int
    n_ctx: int
    cached: GenerationWork
    uncached: GenerationWork
    bytes_each: int
    cache_bytes: int
    """Held at the end: keys and values of all tokens but the last."""
    overtakes: int
    """The length from which attention computes more than the matrices in one pass over the whole text."""


def example(config: DecoderConfig, prompt: int, new: int, bytes_each: int = 4) -> CacheExample:
    numbers = 2 * config.n_layers * config.n_kv_heads * config.d_head
    return CacheExample(
        prompt=prompt,
        new=new,
        n_ctx=config.n_ctx,
        cached=cached(config, prompt, new, bytes_each),
        uncached=uncached(config, prompt, new, bytes_each),
        bytes_each=bytes_each,
        cache_bytes=numbers * (prompt + new - 1) * bytes_each,
        overtakes=overtakes(config),
    )


def overtakes(config: DecoderConfig) -> int:
    """4 n^2 L H d > 2 n M, M the weights in the blocks' matrices.

    >>> from explorer.stack.transformer.config import DecoderConfig
    >>> overtakes(DecoderConfig(30, 576, 9, 3, 64, 1536, 49152, 2048))
    3073
    """
    return block_matrices(config) // (2 * config.n_layers * config.n_heads * config.d_head) + 1


@dataclass(frozen=True, kw_only=True)
class WayGrowth:
    """One way through all lengths."""

    times: tuple[Milliseconds, ...]
    power: Exponents
    """Of the seconds, round by round."""
    token_passes: tuple[int, ...]
    """By formula."""
    attention_flops: tuple[float, ...]
    """By formula."""
    attention_times: tuple[Milliseconds, ...]
    """What of the times is attention."""
    attention_times_power: Exponents
    passes_power: float
    attention_power: float


@dataclass(frozen=True, kw_only=True)
class CacheScaling(Payload):
    """Texts of growing length, written both ways."""

    lengths: tuple[int, ...]
    places: tuple[int, ...]
    """Lengths at which passes were timed."""
    counted: int
    """The shortest texts, which were written whole both ways and counted."""
    cached: WayGrowth
    uncached: WayGrowth
    overtakes: int
    rounds: int
    of_rounds: int
    threads: int


def scaling(made: UncachedGrowth, config: DecoderConfig, of_rounds: int, threads: int) -> CacheScaling:
    """Lengths count the first token, which is the prompt."""
    ways = []
    for formula, way in ((cached, made.cached), (uncached, made.uncached)):
        works = [formula(config, 1, length - 1) for length in made.lengths]
        passes, attention = (
            tuple(getattr(each, name) for each in works) for name in ("token_passes", "attention_flops")
        )
        ways.append(
            WayGrowth(
                times=tuple(map(Milliseconds.of, way.times)),
                power=way.power,
                token_passes=passes,
                attention_flops=attention,
                attention_times=tuple(map(Milliseconds.of, way.attention)),
                attention_times_power=way.attention_power,
                passes_power=power(made.lengths, passes),
                attention_power=power(made.lengths, attention),
            )
        )
    return CacheScaling(
        lengths=made.lengths,
        places=made.places,
        counted=len(made.flops),
        cached=ways[0],
        uncached=ways[1],
        overtakes=overtakes(config),
        rounds=made.rounds,
        of_rounds=of_rounds,
        threads=threads,
    )


def formula_flops(made: UncachedGrowth, config: DecoderConfig) -> int:
    """Largest difference of the formula's operations from those that torch counted, of either way."""
    largest = 0
    for length, counted in zip(made.lengths, made.flops, strict=False):
        for formula, flops in zip((cached, uncached), counted, strict=True):
            does = formula(config, 1, length - 1)
            largest = worst(largest, abs(does.matrix_flops + does.attention_flops - flops))
    return int(largest)


def formula_passes(made: UncachedGrowth, config: DecoderConfig) -> int:
    """The same of the tokens that were fed."""
    return worst(
        abs(formula(config, 1, length - 1).token_passes - fed)
        for length, counted in zip(made.lengths, made.token_passes, strict=False)
        for formula, fed in zip((cached, uncached), counted, strict=True)
    )
