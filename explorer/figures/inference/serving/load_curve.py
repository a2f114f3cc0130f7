"""What the load curve draws: throughput and latency by the load that is offered, and what the simulation rests on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.inference.serving.load_curve import WAYS, LoadCurve, LoadPoint, LoadSetting, against_price
from explorer.experiments.inference.serving.pass_costs import DECODE_HELD, PREFILL_HELD, ROWS, TOKENS
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.inference.serving.serving_load import Replay, percentile

#: One decoded token of one request: rows, tokens a row, tokens held before.
STEP = (1, 1, DECODE_HELD[0])
#: A server keeps up while it writes so much of what is asked for.
KEEPS_UP = 0.9


@dataclass(frozen=True)
class Percentiles:
    """Seconds that half of the values, and 99 of 100, do not exceed."""

    p50: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Percentiles:
        return cls(percentile(values, 0.5), percentile(values, 0.99))


@dataclass(frozen=True)
class ServedLoad:
    """One way of serving under one load."""

    load: float
    offered: float
    """New tokens asked for a second."""
    served: float
    """New tokens written a second, while requests arrive."""
    rate: float
    """Requests a second."""
    first: Percentiles
    """TTFT"""
    per_token: Percentiles
    """TPOT"""
    between: Percentiles
    """All times between two tokens of one answer."""
    whole: Percentiles
    """From arrival to the last token."""
    ttft: Float[ndarray, " request"]
    tpot: Float[ndarray, " request"]


@dataclass(frozen=True)
class ServingWay:
    """One way of serving under all loads."""

    name: str
    points: tuple[ServedLoad, ...]
    knee: int | None
    """The place of the last load that it keeps up with; None where it keeps up with none."""


@dataclass(frozen=True)
class CallTime:
    """What one kind of call takes."""

    tokens: int
    held: int
    time: Milliseconds


@dataclass(frozen=True)
class RealAgainstSimulated:
    """One real run, and the simulation of the same requests. Seconds."""

    way: str
    passes: int
    real: float
    priced: float
    """Of the middle pass."""
    times: TimesAsLong
    """How many times its price each pass took."""
    real_latency: float
    simulated_latency: float


@dataclass(frozen=True)
class QueueAgainstTheory:
    """Of the simulation with one slot. Milliseconds; requests."""

    requests: int
    wait: float
    theory: float
    found: float
    little: float
    service: float


@dataclass(frozen=True)
class KneeBeside:
    """One way of serving where the model of the run beside this one just keeps up with the load."""

    name: str
    offered: float | None
    """New tokens a second; None where it keeps up with no load."""
    last: bool
    """It keeps up with the heaviest load that is tried."""
    ttft: float
    """Seconds, 99 of 100; 0 where there is no such load."""
    tpot: float
    whole: float


@dataclass(frozen=True)
class LoadBeside:
    """The same requests, priced by what that model's calls take; both were timed in turns."""

    model: str
    step: Milliseconds
    """Of one decoded token of one request."""
    ways: tuple[KneeBeside, ...]


@dataclass(frozen=True)
class ThroughputByLoad(Payload):
    """All of it, as far as it has come."""

    decode: tuple[CallTime, ...]
    """`tokens`: rows."""
    prefill: tuple[CallTime, ...]
    spread: float
    rounds: int
    of_rounds: int
    ways: tuple[ServingWay, ...]
    real: tuple[RealAgainstSimulated, ...]
    queue: QueueAgainstTheory | None
    step: float
    """Milliseconds of one decoded token of one request."""
    loads: int
    """Loads that are tried."""
    requests: int
    slots: int
    chunk: int
    long_share: float
    seed: int
    threads: int
    base: LoadBeside | None = None


def by_load(
    made: LoadCurve,
    how: LoadSetting,
    of_rounds: int,
    loads: int,
    queued: int,
    threads: int,
    base: LoadBeside | None = None,
) -> ThroughputByLoad:
    timings = made.costs.timings
    decode = [CallTime(n, h, Milliseconds.of(timings[n, 1, h])) for h in DECODE_HELD for n in ROWS]
    prefill = [CallTime(n, h, Milliseconds.of(timings[1, n, h])) for h in PREFILL_HELD for n in TOKENS]
    real = [
        RealAgainstSimulated(
            each.way,
            len(each.real),
            median(each.real),
            median(each.priced),
            TimesAsLong.of(against_price(each)),
            each.real_latency,
            each.simulated_latency,
        )
        for each in made.real
    ]
    q = made.queue
    queue = q and QueueAgainstTheory(queued, 1e3 * q.wait, 1e3 * q.theory, q.found, q.little, 1e3 * q.service)
    return ThroughputByLoad(
        tuple(decode),
        tuple(prefill),
        made.costs.spread,
        made.costs.rounds,
        of_rounds,
        tuple(serving_way(name, made.points[name]) for name in WAYS if made.points.get(name)),
        tuple(real),
        queue,
        timings[STEP].median * 1e3,
        loads,
        how.n,
        how.slots,
        how.chunk,
        how.long_share,
        how.seed,
        threads,
        base,
    )


def load_beside(theirs: LoadCurve | None, model: str) -> LoadBeside | None:
    """`theirs`: of `model`; None until all its loads are served."""
    if theirs is None or theirs.queue is None:
        return None
    ways = [serving_way(name, theirs.points[name]) for name in WAYS]
    return LoadBeside(model, Milliseconds.of(theirs.costs.timings[STEP]), tuple(map(knee_beside, ways)))


def knee_beside(way: ServingWay) -> KneeBeside:
    if way.knee is None:
        return KneeBeside(way.name, None, False, 0.0, 0.0, 0.0)
    at = way.points[way.knee]
    last = way.knee == len(way.points) - 1
    return KneeBeside(way.name, at.offered, last, at.first.p99, at.per_token.p99, at.whole.p99)


def serving_way(name: str, points: Sequence[LoadPoint]) -> ServingWay:
    return ServingWay(name, tuple(map(served_load, points)), knee([(p.offered, p.served) for p in points]))


def knee(points: Sequence[tuple[float | int, float | int]]) -> int | None:
    """The last load before the first that the server does not keep up with.

    `points`: offered and served of each load, the lightest first.

    >>> knee([(10, 10), (20, 19), (30, 22), (40, 39)]), knee([(10, 5)])
    (1, None)
    """
    behind = next((i for i, (asked, done) in enumerate(points) if done < KEEPS_UP * asked), len(points))
    return behind - 1 if behind else None


def served_load(point: LoadPoint) -> ServedLoad:
    replay = point.replay
    ttft, tpot = replay.first_token(), replay.per_token()
    asked = mean(a.request.max_new_tokens for a in replay.arrivals)
    return ServedLoad(
        point.load,
        point.offered,
        point.served,
        point.offered / asked,
        Percentiles.of(ttft),
        Percentiles.of(tpot),
        Percentiles.of(gaps(replay)),
        Percentiles.of(replay.latencies()),
        np.array(ttft),
        np.array(tpot),
    )


def gaps(replay: Replay) -> list[float]:
    """Seconds between two tokens, over all answers."""
    return [b - a for times in replay.token_times().values() for a, b in itertools.pairwise(times)]
