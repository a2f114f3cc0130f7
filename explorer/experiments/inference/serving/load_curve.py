"""Throughput and latency against the arrival rate: simulated by measured costs, held against real runs and theory."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.experiments.inference.serving.pass_costs import BLOCK, ROUNDS, MeasuredCosts, calls, measuring
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Ratio, compare
from explorer.stack.inference.cache.block_books import BlockBooks, SequenceCache
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Batcher, Request, Scheduler
from explorer.stack.inference.serving.serving_load import Arrival, Replay, poisson, replay, replaying
from explorer.stack.inference.serving.serving_simulation import PassCosts, PricedDecoder, md1_wait
from explorer.stack.inference.serving.static_batching import StaticBatcher
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.stack.transformer.kv_cache import KVCache

WAYS = ("static", "continuous", "chunked")
#: Offered load, as a share of what continuous batching serves when all is there at once.
LOADS = (0.2, 0.4, 0.55, 0.7, 0.8, 0.9, 1.0, 1.2)
REQUESTS = 200
#: Tokens of a prompt, fewest and most; of a long one; of an answer.
SHORT, LONG, ANSWER = (8, 32), 128, (4, 24)
#: Of the real runs, which take their time: requests, and tokens of an answer.
REAL, REAL_ANSWER, REAL_LOAD = 6, (4, 10), 0.9
#: Of the M/D/1 queue: requests, utilisation, and the seed of its arrivals.
QUEUE, USED, QUEUE_SEED = 3000, 0.7, 0


#: rows, tokens a row, tokens held before
Called = tuple[int, int, float]


@dataclass(frozen=True)
class LoadSetting:
    """How the server is set, and what comes."""

    slots: int
    chunk: int
    """Tokens a pass of chunked prefill may read."""
    long_share: float
    """Of the prompts."""
    seed: int
    n: int = REQUESTS
    """Requests of each simulated run."""


@dataclass(frozen=True)
class LoadPoint:
    """One way of serving under one load."""

    load: float
    offered: float
    """New tokens asked for a second, while requests arrive."""
    served: float
    """New tokens written a second, while requests arrive."""
    replay: Replay


@dataclass(frozen=True)
class RealRun:
    """One way of serving, really run, pass by pass against the price of the same calls."""

    way: str
    real: tuple[float, ...]
    priced: tuple[float, ...]
    real_latency: float
    """Mean seconds from arrival to the answer."""
    simulated_latency: float
    """Of the same requests, without the model."""


@dataclass(frozen=True)
class QueueProof:
    """One slot and equal requests in the simulation, and what queueing theory says of them."""

    wait: float
    theory: float
    """Pollaczek and Khinchine: mean seconds in the queue."""
    found: float
    """Requests in the system that an arrival finds, on average."""
    little: float
    """Arrival rate times mean time in the system."""
    lindley: float
    """Largest difference of a wait from Lindley's recursion on the same arrivals, in service times."""
    service: float


@dataclass(frozen=True)
class LoadCurve:
    """All of it, as far as it has come."""

    costs: MeasuredCosts
    points: dict[str, list[LoadPoint]]
    real: tuple[RealRun, ...] = ()
    queue: QueueProof | None = None


def requests(n: int, how: LoadSetting, d_vocab: int, answer: tuple[int, int] = ANSWER) -> list[Request]:
    """Prompts of random tokens, so that nothing is shared: most short, some long.

    >>> made = requests(3, LoadSetting(4, 32, 0.3, seed=0), d_vocab=99)
    >>> [(len(r.prompt), r.max_new_tokens) for r in made]
    [(22, 15), (27, 21), (128, 16)]
    """
    generator = torch.Generator().manual_seed(how.seed)

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=generator))

    made = []
    for i in range(n):
        long = float(torch.rand((), generator=generator)) < how.long_share
        prompt = torch.randint(0, d_vocab, (LONG if long else draw(*SHORT),), generator=generator).tolist()
        made.append(Request(i, prompt, draw(*answer)))
    return made


def arriving(made: Sequence[Request], tokens_per_second: float, seed: int) -> list[Arrival]:
    """These requests as a Poisson process that asks for so many new tokens a second."""
    each = mean(request.max_new_tokens for request in made)
    times = poisson(tokens_per_second / each, len(made), seed)
    return [Arrival(at, request) for at, request in zip(times, made, strict=True)]


def batcher(way: str, decoder: Callable[..., Tensor], how: LoadSetting, cache: SequenceCache) -> Batcher:
    if way == "static":
        return StaticBatcher(decoder, how.slots)
    if way == "continuous":
        return Scheduler(decoder, cache, max_running=how.slots)
    return Scheduler(decoder, cache, max_running=how.slots, max_prefill_tokens=how.chunk, chunked=True)


def n_blocks(how: LoadSetting) -> int:
    """Enough that nobody is preempted: the curve is about batching."""
    return how.slots * (-(-(LONG + ANSWER[1]) // BLOCK) + 1)


def simulated(way: str, costs: PassCosts, how: LoadSetting, arrivals: Sequence[Arrival]) -> Replay:
    """The real scheduler on the clock of what its calls were measured to cost."""
    decoder = PricedDecoder(costs)
    return replay(batcher(way, decoder, how, BlockBooks(n_blocks(how), BLOCK)), arrivals, clock=decoder.clock)


def point(load: float, served: Replay) -> LoadPoint:
    """Offered and served are counted while requests arrive: what is written after the last came is no throughput."""
    last = served.arrivals[-1].seconds
    asked = sum(a.request.max_new_tokens for a in served.arrivals)
    written = sum(end <= last for times in served.token_times().values() for end in times)
    return LoadPoint(load, asked / last, written / last, served)


def capacity(costs: PassCosts, how: LoadSetting, made: Sequence[Request]) -> float:
    """New tokens a second of continuous batching when all requests are there from the beginning."""
    served = simulated("continuous", costs, how, [Arrival(0.0, request) for request in made])
    return sum(request.max_new_tokens for request in made) / served.seconds


def curve(decoder: Decoder, how: LoadSetting, progress: Ticks = unheard, rounds: int = ROUNDS) -> Iterator[LoadCurve]:
    """Measure, run, simulate. A real run follows each of the first rounds of measuring: both see the same machine."""
    d_vocab = decoder.config.d_vocab
    made = requests(how.n, how, d_vocab)
    few = requests(REAL, replace(how, long_share=max(how.long_share, 0.2)), d_vocab, REAL_ANSWER)
    steps = (rounds + 1) * len(calls()), len(WAYS) * REAL * 10, len(WAYS) * len(LOADS) * 5
    done, runs = 0, list[tuple[str, Replay, list[list[Called]]]]()
    arrivals: list[Arrival] | None = None
    costs: MeasuredCosts | None = None

    def measured(at: int, _: int) -> None:
        progress(at + done, sum(steps))

    for costs in measuring(decoder, rounds, measured):
        arrivals = arrivals or arriving(few, REAL_LOAD * capacity(costs.costs, how, few), how.seed)
        if len(runs) < len(WAYS):
            runs.append(_run(WAYS[len(runs)], decoder, how, arrivals))
            done += steps[1] // len(WAYS)
        yield LoadCurve(costs, {})
    assert costs is not None
    assert arrivals is not None
    real = tuple(_priced(run, costs.costs, how) for run in runs)
    most, points = capacity(costs.costs, how, made), {way: list[LoadPoint]() for way in WAYS}
    for load in LOADS:
        coming = arriving(made, load * most, how.seed)
        for way in WAYS:
            points[way].append(point(load, simulated(way, costs.costs, how, coming)))
            done += 5
            progress(steps[0] + done, sum(steps))
        if load != LOADS[-1]:
            yield LoadCurve(costs, {way: list(each) for way, each in points.items()}, real)
    yield LoadCurve(costs, points, real, queue(costs.costs))


class Watched:
    """A decoder that notes the calls: rows, tokens a row, tokens held before."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder, self.config = decoder, decoder.config
        self.calls: list[Called] = []

    def __call__(self, ids: Tensor, positions: Tensor, cache: KVCache, last_only: bool) -> Tensor:
        rows, width = ids.shape
        self.calls.append((rows, width, max(float(positions[:, -1].float().mean()) + 1 - width, 0.0)))
        return self.decoder(ids, positions, cache, last_only=last_only)


def _run(
    way: str, decoder: Decoder, how: LoadSetting, arrivals: Sequence[Arrival]
) -> tuple[str, Replay, list[list[Called]]]:
    """Serve with the model, and note the calls of each pass."""
    watched, of_pass, served = Watched(decoder), list[list[Called]](), list[Replay]()
    for now in replaying(batcher(way, watched, how, PagedCache(decoder.config, n_blocks(how), BLOCK)), arrivals):
        of_pass.append(watched.calls)
        watched.calls = []
        served = [now]
    return way, served[0], of_pass


def _priced(run: tuple[str, Replay, list[list[Called]]], costs: PassCosts, how: LoadSetting) -> RealRun:
    way, served, of_pass = run
    return RealRun(
        way,
        tuple(each.end - each.start for each in served.passes),
        tuple(sum(costs.seconds(*call) for call in made) for made in of_pass),
        mean(served.latencies()),
        mean(simulated(way, costs, how, served.arrivals).latencies()),
    )


def against_price(run: RealRun) -> Ratio:
    """How many times its price each pass of one real run took: the median of its passes, and the middle half.

    >>> against_price(RealRun("static", (1.0, 3.0, 2.0), (1.0, 2.0, 1.0), 0.0, 0.0))
    Ratio(median=1.5, low=1.25, high=1.75, clear=True)
    """
    return compare(run.priced, run.real)


def lindley_gap(arrivals: Sequence[Arrival], stays: Sequence[float], service: float) -> float:
    """Lindley 1952: a wait is the one before, and its service, less the gap between both arrivals; never below 0."""
    wait, largest = 0.0, 0.0
    for (before, at), stay in zip(itertools.pairwise(arrivals), stays[1:], strict=True):
        wait = max(wait + service - (at.seconds - before.seconds), 0.0)
        largest = worst(largest, abs(stay - service - wait))
    return largest / service


def queue(costs: PassCosts) -> QueueProof:
    """The simulation with one slot and requests of one pass each: an M/D/1 queue."""
    service = costs.seconds(1, 1, 0)
    rate = USED / service
    arrivals = [Arrival(at, Request(i, [i], 1)) for i, at in enumerate(poisson(rate, QUEUE, QUEUE_SEED))]
    decoder = PricedDecoder(costs)
    scheduler = Scheduler(decoder, BlockBooks(4, BLOCK), max_running=1)
    served = replay(scheduler, arrivals, clock=decoder.clock)
    stays = served.latencies()
    ends = sorted(a.seconds + stay for a, stay in zip(served.arrivals, stays, strict=True))
    found = mean(float(i) - bisect.bisect_right(ends, a.seconds) for i, a in enumerate(arrivals))
    theory, gap = md1_wait(rate, service), lindley_gap(arrivals, stays, service)
    return QueueProof(mean(stays) - service, theory, found, rate * mean(stays), gap, service)
