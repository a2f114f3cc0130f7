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


@dataclass(frozen=True, kw_only=True)
class Percentiles:
    """Seconds that half of the values, and 99 of 100, do not exceed."""

    p50: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Percentiles:
        return cls(p50=percentile(values, 0.5), p99=percentile(values, 0.99))


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class ServingWay:
    """One way of serving under all loads."""

    name: str
    points: tuple[ServedLoad, ...]
    knee: int | None
    """The place of the last load that it keeps up with; None where it keeps up with none."""


@dataclass(frozen=True, kw_only=True)
class CallTime:
    """What one kind of call takes."""

    tokens: int
    held: int
    time: Milliseconds


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class QueueAgainstTheory:
    """Of the simulation with one slot. Milliseconds; requests."""

    requests: int
    wait: float
    theory: float
    found: float
    little: float
    service: float


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class LoadBeside:
    """The same requests, priced by what that model's calls take; both were timed in turns."""

    model: str
    step: Milliseconds
    """Of one decoded token of one request."""
    ways: tuple[KneeBeside, ...]


@dataclass(frozen=True, kw_only=True)
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
    decode = [CallTime(tokens=n, held=h, time=Milliseconds.of(timings[n, 1, h])) for h in DECODE_HELD for n in ROWS]
    prefill = [CallTime(tokens=n, held=h, time=Milliseconds.of(timings[1, n, h])) for h in PREFILL_HELD for n in TOKENS]
    real = [
        RealAgainstSimulated(
            way=each.way,
            passes=len(each.real),
            real=median(each.real),
            priced=median(each.priced),
            times=TimesAsLong.of(against_price(each)),
            real_latency=each.real_latency,
            simulated_latency=each.simulated_latency,
        )
        for each in made.real
    ]
    q = made.queue
    queue = q and QueueAgainstTheory(
        requests=queued,
        wait=1e3 * q.wait,
        theory=1e3 * q.theory,
        found=q.found,
        little=q.little,
        service=1e3 * q.service,
    )
    return ThroughputByLoad(
        decode=tuple(decode),
        prefill=tuple(prefill),
        spread=made.costs.spread,
        rounds=made.costs.rounds,
        of_rounds=of_rounds,
        ways=tuple(serving_way(name, made.points[name]) for name in WAYS if made.points.get(name)),
        real=tuple(real),
        queue=queue,
        step=timings[STEP].median * 1e3,
        loads=loads,
        requests=how.n,
        slots=how.slots,
        chunk=how.chunk,
        long_share=how.long_share,
        seed=how.seed,
        threads=threads,
        base=base,
    )


def load_beside(theirs: LoadCurve | None, model: str) -> LoadBeside | None:
    """`theirs`: of `model`; None until all its loads are served."""
    if theirs is None or theirs.queue is None:
        return None
    ways = [serving_way(name, theirs.points[name]) for name in WAYS]
    return LoadBeside(model=model, step=Milliseconds.of(theirs.costs.timings[STEP]), ways=tuple(map(knee_beside, ways)))


def knee_beside(way: ServingWay) -> KneeBeside:
    if way.knee is None:
        return KneeBeside(name=way.name, offered=None, last=False, ttft=0.0, tpot=0.0, whole=0.0)
    at = way.points[way.knee]
    last = way.knee == len(way.points) - 1
    return KneeBeside(
        name=way.name, offered=at.offered, last=last, ttft=at.first.p99, tpot=at.per_token.p99, whole=at.whole.p99
    )


def serving_way(name: str, points: Sequence[LoadPoint]) -> ServingWay:
    return ServingWay(
        name=name, points=tuple(map(served_load, points)), knee=knee([(p.offered, p.served) for p in points])
    )


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
        load=point.load,
        offered=point.offered,
        served=point.served,
        rate=point.offered / asked,
        first=Percentiles.of(ttft),
        per_token=Percentiles.of(tpot),
        between=Percentiles.of(gaps(replay)),
        whole=Percentiles.of(replay.latencies()),
        ttft=np.array(ttft),
        tpot=np.array(tpot),
    )


def gaps(replay: Replay) -> list[float]:
    """Seconds between two tokens, over all answers."""
    return [b - a for times in replay.token_times().values() for a, b in itertools.pairwise(times)]
