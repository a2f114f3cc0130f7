"""Texts of growing length written with a cache and without: tokens and operations counted, seconds by turns.

Without a cache a text of n tokens is the sum of n - 1 passes, over 1, 2, .. n - 1 tokens, each a little longer than the
one before: all texts share them. So passes are timed at some lengths, by turns and over again, and a text's
time is the sum over its passes, those in between on straight lines. With a cache the same holds of steps. Within each
pass the seconds of attention are taken apart: softmax(q k^T) v of all blocks, without the projections.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Timing, interleaved
from explorer.stack.systems.attention_io import power
from explorer.stack.transformer.attention import Attended, sdpa
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

ROUNDS = 5
#: The lengths are halvings of the longest.
LENGTHS = 4
#: The shortest texts are written both ways and counted; torch's counter is slow.
COUNTED = 2


#: Seconds by round and by length.
Rounds = Sequence[Sequence[float]]


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
class Way:
    """The texts written one way, by length."""

    times: tuple[Timing, ...]
    power: Exponents
    attention: tuple[Timing, ...]
    """What of the times is attention."""
    attention_power: Exponents

    @classmethod
    def of(cls, lengths: Sequence[int], whole: Rounds, attention: Rounds) -> Way:
        return cls(_timings(whole), exponents(lengths, whole), _timings(attention), exponents(lengths, attention))


@dataclass(frozen=True)
class UncachedGrowth:
    """As far as it is measured."""

    lengths: tuple[int, ...]
    places: tuple[int, ...]
    """Lengths at which passes are timed."""
    cached: Way
    uncached: Way
    token_passes: tuple[tuple[int, int], ...]
    """Of the shortest texts, counted as they were fed: with a cache, and without."""
    flops: tuple[tuple[int, int], ...]
    """As torch counts them, of the shortest texts."""
    parted: int
    """Tokens in which the two ways differ: of the shortest texts, and next ones at the places."""
    rounds: int


class Clocked:
    """Torch's fused kernel, with the seconds that it took."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, *given: Any, **named: Any) -> Attended:
        began = time.perf_counter()
        made = sdpa(*given, **named)
        self.seconds += time.perf_counter() - began
        return made

    def taken(self) -> float:
        """Since it was last asked."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds


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


def places_to(longest: int) -> tuple[int, ...]:
    """Powers of two and the middles between them, up to the last pass of a text.

    >>> places_to(32)
    (1, 2, 3, 4, 6, 8, 12, 16, 24, 31)
    """
    found = {n for power in range(longest.bit_length()) for n in (1 << power, 3 << power)}
    return (*sorted(n for n in found if n < longest - 1), longest - 1)


def text_seconds(places: Sequence[int], seconds: Sequence[float], length: int) -> float:
    """The passes over 1 .. length - 1 tokens together.

    >>> text_seconds([1, 4], [1.0, 4.0], 5)  # 1 + 2 + 3 + 4
    10.0
    """
    return float(np.interp(range(1, length), places, seconds).sum())


def uncached_growth(
    decoder: Decoder, longest: int, progress: Ticks = unheard, rounds: int = ROUNDS
) -> Iterator[UncachedGrowth]:
    """Count once, then time `rounds` times, the ways taking turns. Yields after every timed round."""
    lengths, places = lengths_to(longest), places_to(longest)
    short = lengths[:COUNTED]
    total, done = 2 * sum(length - 1 for length in short) + longest - 1 + 2 * (rounds + 1) * len(places), 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    passes, flops, parted = [], [], 0
    for length in short:
        (one, with_cache), (other, without) = (_counted(decoder, length, each, tell) for each in (True, False))
        passes.append((one.token_passes, other.token_passes))
        flops.append((with_cache, without))
        parted += sum(a != b for a, b in zip(one.ids, other.ids, strict=True))
    with torch.inference_mode():
        ids = list(written(decoder, longest, True, tell).ids)
    said: dict[str, int] = {}
    inside: dict[str, list[float]] = {}
    timed = interleaved(_cases(decoder, ids, places, said, inside, tell), rounds)
    for turn, taken in enumerate(timed):
        parted_here = sum(said[f"cached {n}"] != said[f"uncached {n}"] for n in places)
        measured = {name: each[1:] for name, each in inside.items()}  # the first time is a rehearsal
        cached, uncached = (
            Way.of(
                lengths,
                *(
                    [
                        [text_seconds(places, [each[f"{way} {n}"][at] for n in places], length) for length in lengths]
                        for at in range(turn + 1)
                    ]
                    for each in (taken, measured)
                ),
            )
            for way in ("cached", "uncached")
        )
        yield UncachedGrowth(
            lengths, places, cached, uncached, tuple(passes), tuple(flops), parted + parted_here, turn + 1
        )


def _cases(
    decoder: Decoder, ids: list[int], places: Sequence[int], said: dict[str, int], inside: dict[str, list[float]],
    tell: Callable[[], None],
) -> dict[str, Callable[[], None]]:  # fmt: skip
    """A pass over the first n tokens, and a step after n - 1 that a cache holds; the next token they say is noted, and
    the seconds that attention took."""
    clock = Clocked()

    def uncached(n: int) -> Callable[[], None]:
        def one() -> None:
            with torch.inference_mode():
                logits = decoder(torch.tensor([ids[:n]]), kernel=clock, last_only=True)
            inside.setdefault(f"uncached {n}", []).append(clock.taken())
            said[f"uncached {n}"] = int(logits[0, -1].argmax())
            tell()

        return one

    def cached(n: int) -> Callable[[], None]:
        cache = ContiguousCache(decoder.config, 1, n)
        if n > 1:
            with torch.inference_mode():
                decoder(torch.tensor([ids[: n - 1]]), None, cache, last_only=True)

        def one() -> None:
            with torch.inference_mode():
                logits = decoder(torch.tensor([ids[n - 1 : n]]), None, cache, kernel=clock, last_only=True)
            inside.setdefault(f"cached {n}", []).append(clock.taken())
            cache.truncate(n - 1)
            said[f"cached {n}"] = int(logits[0, -1].argmax())
            tell()

        return one

    ways = {"cached": cached, "uncached": uncached}
    return {f"{name} {n}": way(n) for n in places for name, way in ways.items()}


def _timings(rounds: Rounds) -> tuple[Timing, ...]:
    return tuple(map(Timing.of, zip(*rounds, strict=True)))


def exponents(lengths: Sequence[int], rounds: Rounds) -> Exponents:
    """
    >>> exponents([1, 2, 4], [[1.0, 4.0, 16.0], [1.0, 2.0, 4.0]])
    Exponents(median=1.5, least=1.0, most=2.0)
    """
    found = sorted(round(power(lengths, each), 6) for each in rounds)
    middle = (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2
    return Exponents(middle, found[0], found[-1])
