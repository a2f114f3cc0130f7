"""Bytes and time of each step with a cache, and of the same text without one: the same walk, several times over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.inference.cache.write_counts import marked, written_by_slot
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.reused_memory import reused_memory
from explorer.experiments.timing import Ratio, Timing, compare
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

ROUNDS = 5
#: texts run again from the start, without a cache; fewer of long ones, in fewer rounds
UNCACHED, FEW = 5, 3
LONG = 96


@dataclass(frozen=True)
class Plan:
    """Which tokens of a text are fed one by one, where the whole text is run again, and how many times over."""

    ids: Int[Tensor, " pos"]
    start: int
    again: tuple[int, ...]
    rounds: int

    @staticmethod
    def of(ids: Int[Tensor, " pos"], start: int) -> Plan:
        """
        >>> Plan.of(torch.arange(20), 8).again, Plan.of(torch.arange(200), 190).rounds
        ((8, 11, 14, 16, 19), 3)
        """
        n = len(ids)
        again = tuple(sorted({round(p) for p in np.linspace(start, n - 1, FEW if n > LONG else UNCACHED)}))
        return Plan(ids, start, again, FEW if n > LONG else ROUNDS)

    @property
    def steps(self) -> int:
        return len(self.ids) - self.start


@dataclass(frozen=True)
class Growth:
    """Steps with a cache and without one, as far as they are timed."""

    start: int
    """Position of the first token that is fed alone."""
    nbytes: tuple[int, ...]
    """Written after the prompt and after each step, counted in the tensors."""
    prefill: Timing
    steps: tuple[Timing, ...]
    again: tuple[int, ...]
    """Positions at which the whole text was run again, without a cache."""
    uncached: tuple[Timing, ...]
    later: Ratio | None
    """Time of a step in the later half of them against one in the earlier half, medians, round by round."""
    saved: Ratio | None
    """Time without a cache at the last position against the step there, round by round."""
    paged_error: float
    whole_error: float
    rounds: int
    """How many are complete."""
    medians: tuple[float, ...]
    """The median step's seconds, of each complete round."""


class _Walk:
    """One text, step by step, as often as it is asked for; the first time it is also checked."""

    def __init__(self, decoder: Decoder, ids: Int[Tensor, " pos"], start: int, again: tuple[int, ...]) -> None:
        self.decoder, self.ids, self.start, self.again = decoder, ids[None], start, again
        n = len(ids)
        self.full = marked(ContiguousCache(decoder.config, 1, n))
        self.paged = PagedCache.for_batch(decoder.config, 1, n)
        self.nbytes: list[int] = []
        self.prefill: list[float] = []
        self.steps: list[list[float]] = []
        self.uncached: list[list[float]] = []
        self.paged_error = self.whole_error = 0.0

    def timed(self, ids: Int[Tensor, "1 pos"], cache: KVCache | None = None) -> tuple[float, Tensor]:
        began = time.perf_counter()
        logits = self.decoder(ids, None, cache, last_only=True)
        return time.perf_counter() - began, logits

    def read(self) -> None:
        """The tokens that are read at once."""
        first = not self.prefill
        self.full.truncate(0)
        self.prefill.append(self.timed(self.ids[:, : self.start], self.full)[0])
        self.steps.append([])
        self.uncached.append([])
        if first:
            self.decoder(self.ids[:, : self.start], None, self.paged, last_only=True)
            self.nbytes.append(int(written_by_slot(self.full).sum()))

    def step(self, at: int) -> None:
        """The token at position `at`, alone, and where it is time to, the whole text up to it."""
        new = self.ids[:, at : at + 1]
        seconds, logits = self.timed(new, self.full)
        self.steps[-1].append(seconds)
        if len(self.prefill) == 1:
            other = self.decoder(new, None, self.paged, last_only=True)
            self.paged_error = worst(self.paged_error, float((other - logits).abs().max()))
            self.nbytes.append(int(written_by_slot(self.full).sum()))
        if at in self.again:
            seconds, whole = self.timed(self.ids[:, : at + 1])
            self.uncached[-1].append(seconds)
            self.whole_error = worst(self.whole_error, float((whole - logits).abs().max()))

    def so_far(self, rounds: int) -> Growth:
        done, none = (list(zip(*each[: max(1, rounds)], strict=True)) for each in (self.steps, self.uncached))
        later = saved = None
        if rounds and len(done) > 1:
            half = len(done) // 2
            later = compare(
                [median(each[:half]) for each in self.steps[:rounds]],
                [median(each[-half:]) for each in self.steps[:rounds]],
            )
        if rounds:
            saved = compare([each[-1] for each in self.steps[:rounds]], [each[-1] for each in self.uncached[:rounds]])
        return Growth(
            self.start,
            tuple(self.nbytes),
            Timing.of(self.prefill[: max(1, rounds)]),
            tuple(map(Timing.of, done)),
            self.again[: len(none)],
            tuple(map(Timing.of, none)),
            later,
            saved,
            self.paged_error,
            self.whole_error,
            rounds,
            tuple(median(each) for each in self.steps[:rounds]),
        )


@torch.inference_mode()
def growth(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    start: int,
    again: tuple[int, ...],
    progress: Ticks = unheard,
    rounds: int = ROUNDS,
) -> Iterator[Growth]:
    """Read `start` tokens, then feed the others one by one, `rounds` times over; at `again`, the last position among
    them, also run the whole text anew. Yields after every step of the first round, and after every round.
    """
    walk, n = _Walk(decoder, ids, start, again), len(ids)
    with reused_memory():
        decoder(ids[None], last_only=True)  # the first pass after a pause is slow, and takes the memory that is reused
        for turn in range(rounds):
            walk.read()
            for at in range(start, n):
                walk.step(at)
                progress(turn * (n - start) + at - start + 1, rounds * (n - start))
                if turn == 0 and at + 1 < n:
                    yield walk.so_far(0)
            yield walk.so_far(turn + 1)


def times_as_long(this: Growth, other: Growth) -> Ratio | None:
    """How many times as long a step of `other` takes, medians, round by round; None before the first round."""
    return compare(this.medians, other.medians) if this.medians and other.medians else None
