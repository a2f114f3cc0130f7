"""Texts of growing length written with a cache and without: seconds by turns, tokens fed and operations as counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.experiments.inference.ticks import Ticks, unheard
from explorer.experiments.timing import Timing
from explorer.stack.systems.attention_io import power
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

ROUNDS = 3
#: The lengths are halvings of the longest.
LENGTHS = 4
#: Of them torch counts the operations of the shortest: its counter is slow.
COUNTED = 2


@dataclass(frozen=True)
class Written:
    """One text, from its first token on."""

    ids: tuple[int, ...]
    token_passes: int
    """Tokens that were fed."""


@dataclass(frozen=True)
class Exponents:
    """The power of the length that the seconds grow with, fitted round by round: the median and the two ends."""

    median: float
    least: float
    most: float


@dataclass(frozen=True)
class UncachedGrowth:
    """As far as it is measured."""

    lengths: tuple[int, ...]
    cached: tuple[Timing, ...]
    uncached: tuple[Timing, ...]
    cached_power: Exponents
    uncached_power: Exponents
    token_passes: tuple[tuple[int, int], ...]
    """Counted as they were fed: with a cache, and without."""
    flops: tuple[tuple[int, int], ...]
    """As torch counts them, of the shortest texts."""
    parted: int
    """Tokens in which the two ways' texts differ, all lengths together."""
    rounds: int


def written(
    decoder: Decoder,
    length: int,
    cached: bool,
    tell: Callable[[], None] = lambda: None,
    kernel: Literal["sdpa", "eager"] = "sdpa",
) -> Written:
    """Greedy decoding from the vocabulary's first token until the text has `length` tokens."""
    ids, fed = [0], 0
    cache = ContiguousCache(decoder.config, 1, length) if cached else None
    while len(ids) < length:
        new = torch.tensor([ids[-1:] if cached else ids])
        fed += new.shape[1]
        ids.append(int(decoder(new, None, cache, kernel=kernel, last_only=True)[0, -1].argmax()))
        tell()
    return Written(tuple(ids), fed)


def _counted(decoder: Decoder, length: int, cached: bool, tell: Callable[[], None]) -> tuple[Written, int]:
    """With the operations that torch counts: it sees each product of the plain kernel."""
    with torch.inference_mode(False), torch.enable_grad(), FlopCounterMode(display=False) as counter:
        made = written(decoder, length, cached, tell, "eager")
    return made, int(counter.get_total_flops())


def lengths_to(longest: int) -> tuple[int, ...]:
    """
    >>> lengths_to(64)
    (8, 16, 32, 64)
    """
    return tuple(longest >> halvings for halvings in reversed(range(LENGTHS)))


def uncached_growth(
    decoder: Decoder, longest: int, progress: Ticks = unheard, rounds: int = ROUNDS
) -> Iterator[UncachedGrowth]:
    """Count once, then time `rounds` times, the ways taking turns. Yields after every timed round."""
    lengths = lengths_to(longest)
    total = (rounds + 1) * 2 * sum(length - 1 for length in lengths)
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    passes, flops, parted = [], [], 0
    for length in lengths:
        if len(flops) < COUNTED:
            (one, with_cache), (other, without) = (_counted(decoder, length, each, tell) for each in (True, False))
            flops.append((with_cache, without))
        else:
            with torch.inference_mode():
                one, other = (written(decoder, length, cached, tell) for cached in (True, False))
        passes.append((one.token_passes, other.token_passes))
        parted += sum(a != b for a, b in zip(one.ids, other.ids, strict=True))
    seconds: dict[bool, list[list[float]]] = {True: [], False: []}
    for turn in range(rounds):
        for each in seconds.values():
            each.append([0.0] * len(lengths))
        cases = list(product(range(len(lengths)), (True, False)))
        for at, cached in cases[turn % 2 :] + cases[: turn % 2]:
            began = time.perf_counter()
            with torch.inference_mode():
                written(decoder, lengths[at], cached, tell)
            seconds[cached][-1][at] = time.perf_counter() - began
        yield UncachedGrowth(
            lengths,
            _timings(seconds[True]),
            _timings(seconds[False]),
            exponents(lengths, seconds[True]),
            exponents(lengths, seconds[False]),
            tuple(passes),
            tuple(flops),
            parted,
            turn + 1,
        )


def _timings(rounds: Sequence[Sequence[float]]) -> tuple[Timing, ...]:
    return tuple(map(Timing.of, zip(*rounds, strict=True)))


def exponents(lengths: Sequence[int], rounds: Sequence[Sequence[float]]) -> Exponents:
    """
    >>> exponents([1, 2, 4], [[1.0, 4.0, 16.0], [1.0, 2.0, 4.0]])
    Exponents(median=1.5, least=1.0, most=2.0)
    """
    found = sorted(round(power(lengths, each), 6) for each in rounds)
    middle = (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2
    return Exponents(middle, found[0], found[-1])
