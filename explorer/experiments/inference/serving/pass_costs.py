"""What a pass of the model costs on this machine: decode by its rows, prefill by its tokens, behind short and long
contexts, each with its spread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import torch

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Timing, interleaved
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.decoding.engine import GREEDY, choose
from explorer.stack.inference.serving.serving_simulation import CallCosts, PassCosts

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

ROWS = (1, 2, 4, 8)
TOKENS = (8, 32, 128)
#: Tokens held before, few and many, by decode and by prefill.
DECODE_HELD, PREFILL_HELD = (16, 144), (0, 128)
BLOCK = 16
ROUNDS = 4

#: rows, tokens a row, tokens held before
Call = tuple[int, int, int]


def calls() -> list[Call]:
    """All that is measured."""
    decode = [(rows, 1, held) for rows in ROWS for held in DECODE_HELD]
    return decode + [(1, tokens, held) for tokens in TOKENS for held in PREFILL_HELD]


@dataclass(frozen=True)
class MeasuredCosts:
    """Each kind of call, timed by turns."""

    timings: Mapping[Call, Timing]
    rounds: int

    @property
    def spread(self) -> float:
        """The quartiles' distance as a share of the median: the middle one of all calls."""
        return median(timing.spread for timing in self.timings.values())

    @property
    def costs(self) -> PassCosts:
        def of(call: Call) -> float:
            return self.timings[call].median

        few, many = DECODE_HELD
        none, some = PREFILL_HELD
        return PassCosts(
            CallCosts(ROWS, DECODE_HELD, tuple((of((n, 1, few)), of((n, 1, many))) for n in ROWS)),
            CallCosts(TOKENS, PREFILL_HELD, tuple((of((1, n, none)), of((1, n, some))) for n in TOKENS)),
        )


def measuring(decoder: Decoder, rounds: int = ROUNDS, progress: Ticks = unheard) -> Iterator[MeasuredCosts]:
    """Time every kind of call once a round; yields after each round what is known so far."""
    made, total = 0, (rounds + 1) * len(calls())

    def counted(call: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            nonlocal made
            call()
            made += 1
            progress(made, total)

        return run

    cases = {str(each): counted(_call(decoder, *each)) for each in calls()}
    for turn, seconds in enumerate(interleaved(cases, rounds)):
        yield MeasuredCosts({each: Timing.of(seconds[str(each)]) for each in calls()}, turn + 1)


def _call(decoder: Decoder, rows: int, width: int, held: int) -> Callable[[], object]:
    """One call as a scheduler makes it: blocks found and taken, the model, a token chosen for each row."""
    cache = PagedCache(decoder.config, rows * (-(-(held + width) // BLOCK)), BLOCK)
    for row in range(rows):
        cache.add(row)
        if held:
            cache.prepare({row: [row + 1] * held})  # room that holds zeros: what stands there takes no other time
    generator = torch.Generator()

    @torch.inference_mode()
    def run() -> None:
        feed = cache.prepare({row: [row + 2] * width for row in range(rows)})
        for logits in decoder(*feed, cache, last_only=True)[:, -1]:
            choose(GREEDY, logits, [], 0, generator)
        for row in range(rows):
            cache.truncate_row(row, held)

    return run
