"""Requests that arrive as they like, and how long each waited: the load on a server.

Arrivals of many independent users are a Poisson process: gaps between them are exponential, ``-ln(1 - u) / rate`` with
u uniform. `replay` gives a load to a `Batcher` and takes the time of every pass. Its clock is the sum of the passes
and of the gaps in which there was nothing to do; the gaps are skipped, not slept through.

Latency is the time from a request's arrival to its last token; percentiles are of the requests of one replay.

>>> times = poisson(rate=2.0, n=4, seed=0)
>>> [round(t, 3) for t in times], times == poisson(2.0, 4, seed=0)
([1.754, 2.369, 2.677, 3.944], True)
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import torch

from explorer.stack.inference.serving.scheduler import Batcher, Event, Finished, Request


def poisson(rate: float, n: int, seed: int) -> list[float]:
    """Times of n arrivals, `rate` a unit of time on average."""
    generator = torch.Generator().manual_seed(seed)
    u = torch.rand(n, generator=generator, dtype=torch.float64)
    return (-(1 - u).log() / rate).cumsum(0).tolist()


@dataclass(frozen=True)
class Arrival:
    """A request and when it comes."""

    seconds: float
    request: Request


@dataclass(frozen=True)
class Pass:
    """One pass of the model on the replay's clock."""

    start: float
    end: float


@dataclass(frozen=True)
class Replay:
    """What a batcher did with a load."""

    arrivals: tuple[Arrival, ...]
    passes: list[Pass]
    """One for each step of the batcher, in its order."""
    events: list[Event]
    finished: list[Finished]

    @property
    def seconds(self) -> float:
        """From the first arrival to the last answer."""
        return self.passes[-1].end - self.arrivals[0].seconds

    @property
    def requests_per_second(self) -> float:
        return len(self.finished) / self.seconds

    def answers(self) -> dict[Hashable, list[int]]:
        return {done.request.name: done.new_ids for done in self.finished}

    def latencies(self) -> list[float]:
        """Seconds from arrival to the answer, in order of arrival."""
        end = {done.request.name: self.passes[done.finished].end for done in self.finished}
        return [end[a.request.name] - a.seconds for a in self.arrivals]

    def first_token(self) -> list[float]:
        """TTFT: seconds from arrival to the end of the pass that gave the first token, in order of arrival."""
        times = self.token_times()
        return [times[a.request.name][0] - a.seconds for a in self.arrivals]

    def token_times(self) -> dict[Hashable, list[float]]:
        """When each token of each request was there, on the replay's clock."""
        times: dict[Hashable, list[float]] = {}
        for event in self.events:
            if event.kind == "token":
                times.setdefault(event.request, []).append(self.passes[event.step].end)
        return times

    def per_token(self) -> list[float]:
        """TPOT: mean seconds between the tokens of an answer, in order of arrival; answers of one token have none."""
        times = self.token_times()
        answers = [times[a.request.name] for a in self.arrivals]
        return [(each[-1] - each[0]) / (len(each) - 1) for each in answers if len(each) > 1]

    def useful(self, slots: int) -> float:
        """Share of slot-time, from the first pass to the last, in which a row gave a token that was wanted."""
        busy = sum(self.passes[e.step].end - self.passes[e.step].start for e in self.events if e.kind == "token")
        return busy / (slots * (self.passes[-1].end - self.passes[0].start))


def replay(batcher: Batcher, arrivals: Sequence[Arrival], *, clock: Callable[[], float] = time.perf_counter) -> Replay:
    """Serve a load; the batcher must be new."""
    *_, served = replaying(batcher, arrivals, clock=clock)
    return served


def replaying(
    batcher: Batcher, arrivals: Sequence[Arrival], *, clock: Callable[[], float] = time.perf_counter
) -> Iterator[Replay]:
    """The same, as it goes: what has been served so far, after every pass. The lists are the replay's own."""
    coming = deque(sorted(arrivals, key=lambda a: a.seconds))
    if not coming:
        raise ValueError("a load needs at least one request")
    now, passes, finished = coming[0].seconds, list[Pass](), list[Finished]()
    served = Replay(tuple(sorted(arrivals, key=lambda a: a.seconds)), passes, batcher.events, finished)
    while coming or batcher.can_step:
        while coming and coming[0].seconds <= now:
            batcher.submit(coming.popleft().request)
        if not coming:
            batcher.close()
        if not batcher.can_step:
            now = coming[0].seconds  # nothing to do until then
            continue
        start = clock()
        finished += batcher.step()
        passes.append(Pass(now, now := now + clock() - start))
        yield served


def percentile(values: Sequence[float], p: float) -> float:
    """The smallest value that at least p of all do not exceed (nearest rank).

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5), percentile([4.0, 1.0, 3.0, 2.0], 0.95)
    (2.0, 4.0)
    """
    return sorted(values)[max(0, math.ceil(p * len(values)) - 1)]
