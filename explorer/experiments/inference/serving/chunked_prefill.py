"""A long prompt comes in beside requests that decode: read whole, and in chunks of several sizes, run by turns."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import torch

from explorer.experiments.inference.serving.batching import forward_gap
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.reused_memory import reused_memory
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Event, Request, Scheduler
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Tokens that a pass may read, decoding requests included; 0: the long prompt is read whole.
CHUNKS = (0, 64, 32, 16)
BLOCK = 16
#: Tokens of a decoding request's prompt; passes before the long prompt comes; its answer.
PROMPT, BEFORE, ANSWER = 4, 4, 4
ROUNDS = 3
LONG = "long"


@dataclass(frozen=True)
class StallSetting:
    decoding: int
    """Requests that decode when the long prompt comes."""
    long: int
    """Its tokens."""
    seed: int


@dataclass(frozen=True)
class StallRun:
    """One way of reading the long prompt, once."""

    chunk: int
    seconds: tuple[float, ...]
    """Of each pass."""
    events: tuple[Event, ...]
    most_read: int
    """Tokens in a pass, most."""
    long_read: int
    """Tokens of the long prompt that were computed."""
    answers: dict[str, list[int]]

    @property
    def passes(self) -> list[tuple[float, float]]:
        """When each began and ended, in seconds from the first on."""
        ends = list(itertools.accumulate(self.seconds))
        return list(zip([0.0, *ends], ends, strict=False))

    def times(self, name: str) -> list[float]:
        """When each of its tokens was there."""
        passes = self.passes
        return [passes[e.step][1] for e in self.events if e.kind == "token" and e.request == name]

    @property
    def decoding(self) -> list[str]:
        return [name for name in self.answers if name != LONG]

    @property
    def gaps(self) -> list[float]:
        """Seconds between two tokens of those who decode, while the long prompt is read."""
        read = self.times(LONG)[0]
        made = []
        for name in self.decoding:
            times = self.times(name)
            made += [after - before for before, after in itertools.pairwise(times) if self.arrival < after <= read]
        return made

    @property
    def arrival(self) -> float:
        return self.passes[BEFORE][0]

    @property
    def first_token(self) -> float:
        """TTFT of the long prompt."""
        return self.times(LONG)[0] - self.arrival


@dataclass(frozen=True)
class Stalls:
    """All ways, as far as they have been run."""

    runs: dict[int, list[StallRun]]
    rounds: int
    gap: float | None = None
    """`forward_gap`, the largest of all answers, at the end."""

    def shown(self, chunk: int) -> StallRun:
        """Each pass at its median: who computes in it is the same in every round, how long it takes is not."""
        runs = self.runs[chunk]
        return replace(runs[0], seconds=tuple(map(median, zip(*(run.seconds for run in runs), strict=True))))

    def longest_pass(self, chunk: int) -> list[float]:
        """Seconds, round by round, of the pass that lets those who decode wait longest."""
        shown = self.shown(chunk).seconds
        at = max(range(BEFORE, BEFORE + self._reading(chunk)), key=lambda i: shown[i])
        return [run.seconds[at] for run in self.runs[chunk]]

    def _reading(self, chunk: int) -> int:
        """Passes until the long prompt is read."""
        return 1 + max(e.step for e in self.runs[chunk][0].events if e.kind == "prefill") - BEFORE


def chunks(how: StallSetting) -> list[int]:
    """The ways that differ: a chunk as long as the prompt is the prompt."""
    return [chunk for chunk in CHUNKS if chunk < how.long + how.decoding]


def new_tokens(how: StallSetting) -> int:
    """So many that all still decode while the smallest chunks are read.

    >>> new_tokens(StallSetting(decoding=3, long=128, seed=0))
    18
    """
    return BEFORE + 4 + -(-how.long // (min(c for c in CHUNKS if c) - how.decoding))


def stalls(decoder: Decoder, how: StallSetting, progress: Ticks = unheard, rounds: int = ROUNDS) -> Iterator[Stalls]:
    """Run all ways, another one first in each round; yields after each run."""
    generator = torch.Generator().manual_seed(how.seed)

    def prompt(n: int) -> list[int]:
        return torch.randint(0, decoder.config.d_vocab, (n,), generator=generator).tolist()

    running = [Request(str(i + 1), prompt(PROMPT), new_tokens(how)) for i in range(how.decoding)]
    long, ways = Request(LONG, prompt(how.long), ANSWER), chunks(how)
    so_far, total, done = Stalls({}, 0), len(ways) * rounds + 2, 0
    with reused_memory():
        _run(decoder, running, long, 0)  # warms up
        for turn in range(rounds):
            for chunk in (*ways[turn % len(ways) :], *ways[: turn % len(ways)]):
                made = _run(decoder, running, long, chunk)
                so_far = Stalls({**so_far.runs, chunk: [*so_far.runs.get(chunk, []), made]}, turn)
                progress(done := done + 1, total)
                yield so_far
    gaps = []
    with torch.inference_mode():
        for request in (*running, long):
            said = {tuple(run.answers[str(request.name)]) for each in so_far.runs.values() for run in each}
            gaps += [forward_gap(decoder, request.prompt, answer) for answer in said]
    progress(total, total)
    yield replace(so_far, rounds=rounds, gap=worst(gaps))


def _run(decoder: Decoder, running: Sequence[Request], long: Request, chunk: int) -> StallRun:
    """One load, from the first pass to the last."""
    blocks = sum(-(-r.most_held // BLOCK) + 1 for r in (*running, long))
    read: list[int] = []

    def counting(ids: torch.Tensor, positions: torch.Tensor, cache: PagedCache, last_only: bool) -> torch.Tensor:
        read[-1] += int((positions >= 0).sum())
        return decoder(ids, positions, cache, last_only=last_only)

    cache = PagedCache(decoder.config, blocks, BLOCK)
    limit = chunk or max(r.most_held for r in (*running, long)) * (len(running) + 1)
    scheduler = Scheduler(
        counting, cache, max_running=len(running) + 1, max_prefill_tokens=limit, chunked=bool(chunk), spare_blocks=0
    )
    for request in running:
        scheduler.submit(request)
    seconds, answers = list[float](), dict[str, list[int]]()
    while scheduler.can_step:
        if len(seconds) == BEFORE:
            scheduler.submit(long)
        read.append(0)
        start = time.perf_counter()
        done = scheduler.step()
        seconds.append(time.perf_counter() - start)
        answers |= {str(each.request.name): each.new_ids for each in done}
    long_read = sum(e.tokens for e in scheduler.events if e.kind == "prefill" and e.request == LONG)
    in_order = {str(r.name): answers[str(r.name)] for r in (*running, long)}
    return StallRun(chunk, tuple(seconds), tuple(scheduler.events), max(read[BEFORE:]), long_read, in_order)
