"""What the ring's views draw: the recorded moments of every rank, and the work of each in two layouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.systems.ring_attention import Head, Recording, Recordings, Timed
from explorer.experiments.timing import compare
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.systems.ring_attention import pairs
from explorer.stack.systems.ring_channel import Does, Moment
from explorer.stack.systems.sequence_layout import Kind
from explorer.stack.systems.tile_mask import Seen


@dataclass(frozen=True, kw_only=True)
class RingMoment:
    """What a rank did, in milliseconds from the first moment of any rank."""

    does: Does
    phase: str
    step: int
    start: float
    end: float
    name: str
    """What was sent."""
    owner: int
    """Whose block was computed with, or sent; -1 for a wait."""
    bytes: int


@dataclass(frozen=True, kw_only=True)
class RingPair:
    """A chunk of queries that meets a chunk of keys: which rank, at which step, and what came of it."""

    rank: int
    step: int
    owner: int
    queries: tuple[int, int]
    keys: tuple[int, int]
    seen: Seen
    """By the mask."""
    computed: bool
    """As recorded."""


@dataclass(frozen=True, kw_only=True)
class RankTotals:
    """One rank over both passes; times in milliseconds."""

    chunks: tuple[tuple[int, int], ...]
    computed: int
    """Tiles."""
    skipped: int
    flops: int
    sent: int
    formula: int
    compute: float
    wait: float
    send: float


@dataclass(frozen=True, kw_only=True)
class RingRecording:
    """One way of sharing the text, as it ran."""

    ranks: int
    kind: Kind
    causal: bool
    pairs: tuple[RingPair, ...]
    """Of one pass: both do the same."""
    moments: tuple[tuple[RingMoment, ...], ...]
    totals: tuple[RankTotals, ...]
    milliseconds: float


@dataclass(frozen=True, kw_only=True)
class RingSteps(Payload):
    """One head's text on a ring of real processes, in every way for which it is long enough."""

    length: int
    layer: int
    head: int
    kv: int
    d_head: int
    window: int | None
    softcap: float | None
    recordings: tuple[RingRecording, ...]
    cores: int


@dataclass(frozen=True, kw_only=True)
class RankWork:
    """One rank's share, in one way."""

    flops: int
    """Counted, both passes."""
    cpu: Milliseconds | None
    """Of a processor, while computing."""
    compute: Milliseconds | None
    """By the clock: longer where ranks share a processor."""
    wait: Milliseconds | None
    send: Milliseconds | None


@dataclass(frozen=True, kw_only=True)
class RingWay:
    """One way of sharing the long text, over all rounds so far."""

    ranks: int
    kind: Kind
    causal: bool
    work: tuple[RankWork, ...]
    busy: float
    """What share of the time the ranks would compute if each had a processor of its own, nothing else took time, and
    every step lasted as long as its slowest rank: from the counted FLOPs."""
    wall: Milliseconds | None


@dataclass(frozen=True, kw_only=True)
class LayoutRatio:
    """Contiguous / zig-zag, round by round: processor time of the busiest rank, and time of the whole."""

    ranks: int
    causal: bool
    busiest: TimesAsLong | None
    wall: TimesAsLong | None


@dataclass(frozen=True, kw_only=True)
class RingBalance(Payload):
    """A long text shared in every way: who computes how much, counted and timed."""

    length: int
    tokens: int
    """Of the text whose rows are repeated."""
    layer: int
    head: int
    ways: tuple[RingWay, ...]
    ratios: tuple[LayoutRatio, ...]
    rounds: int
    of_rounds: int
    cores: int


def steps(made: Recordings, head: Head, layer: int, index: int, kv: int, cores: int) -> RingSteps:
    done = tuple(recording(each, head) for each in made.done)
    d_head = head.q.shape[3]
    return RingSteps(
        length=head.length,
        layer=layer,
        head=index,
        kv=kv,
        d_head=d_head,
        window=head.window,
        softcap=head.cap,
        recordings=done,
        cores=cores,
    )


def recording(made: Recording, head: Head) -> RingRecording:
    origin = min(did[0].start for did in made.moments)
    met = tuple(pair for rank in range(made.way.ranks) for pair in _pairs(made, head, rank))
    return RingRecording(
        ranks=made.way.ranks,
        kind=made.way.kind,
        causal=made.way.causal,
        pairs=met,
        moments=tuple(tuple(_moment(each, origin) for each in did) for did in made.moments),
        totals=tuple(_totals(made, rank, met) for rank in range(made.way.ranks)),
        milliseconds=1e3 * (max(did[-1].end for did in made.moments) - origin),
    )


def misplaced(made: Recording, head: Head) -> int:
    """Tiles that were computed though no query of theirs sees a key, or left out though one does, in both passes: the
    record against the whole mask, pair of positions by pair of positions."""
    n, wrong = head.length, 0
    square = head.mask(made.way.causal).visible(slice(0, n), slice(0, n), 0)
    for rank, did in enumerate(made.moments):
        for phase in ("forward", "backward"):
            computed = [tile for each in did if each.phase == phase for tile in each.tiles]
            wrong += len(computed) - len(set(computed))
            for queries in made.layout.chunks(rank):
                for owner in range(made.way.ranks):
                    for keys in made.layout.chunks(owner):
                        place = (queries.start, queries.stop, keys.start, keys.stop)
                        wrong += bool(square[queries, keys].any()) != (place in computed)
    return wrong


def balance(
    made: Sequence[Timed], head: Head, tokens: int, layer: int, index: int, cores: int, of_rounds: int
) -> RingBalance:
    ways = tuple(_way(each) for each in made)
    shared = {(each.way.ranks, each.way.causal): None for each in made}
    ratios = tuple(_ratio(made, ranks, causal) for ranks, causal in shared)
    rounds = min((len(each.rounds) for each in made), default=0)
    return RingBalance(
        length=head.length,
        tokens=tokens,
        layer=layer,
        head=index,
        ways=ways,
        ratios=ratios,
        rounds=rounds,
        of_rounds=of_rounds,
        cores=cores,
    )


def _pairs(made: Recording, head: Head, rank: int) -> list[RingPair]:
    ranks, mask = made.way.ranks, head.mask(made.way.causal)
    computed = {tile for each in made.moments[rank] if each.phase == "forward" for tile in each.tiles}
    found = []
    for step in range(ranks):
        owner = (rank - step) % ranks
        for pair in pairs(made.layout, rank, owner, mask):
            queries, keys = (pair.queries.start, pair.queries.stop), (pair.keys.start, pair.keys.stop)
            found.append(
                RingPair(
                    rank=rank,
                    step=step,
                    owner=owner,
                    queries=queries,
                    keys=keys,
                    seen=pair.seen,
                    computed=pair.place in computed,
                )
            )
    return found


def _moment(each: Moment, origin: float) -> RingMoment:
    start, end = 1e3 * (each.start - origin), 1e3 * (each.end - origin)
    return RingMoment(
        does=each.does,
        phase=each.phase,
        step=each.step,
        start=start,
        end=end,
        name=each.name,
        owner=each.owner,
        bytes=each.bytes,
    )


def _totals(made: Recording, rank: int, met: Sequence[RingPair]) -> RankTotals:
    own = [pair for pair in met if pair.rank == rank]
    did = made.moments[rank]

    def spent(does: str) -> float:
        return 1e3 * sum(each.end - each.start for each in did if each.does == does)

    return RankTotals(
        chunks=tuple((each.start, each.stop) for each in made.layout.chunks(rank)),
        computed=sum(pair.computed for pair in own),
        skipped=sum(not pair.computed for pair in own),
        flops=sum(each.flops for each in did),
        sent=made.sent[rank],
        formula=made.formula[rank],
        compute=spent("compute"),
        wait=spent("wait"),
        send=spent("send"),
    )


def _way(each: Timed) -> RingWay:
    ranks = range(each.way.ranks)

    def timed(name: str, rank: int) -> Milliseconds | None:
        return Milliseconds.of_all([getattr(turn, name)[rank] for turn in each.rounds]) if each.rounds else None

    work = tuple(
        RankWork(
            flops=sum(each.flops[rank]),
            cpu=timed("cpu", rank),
            compute=timed("compute", rank),
            wait=timed("wait", rank),
            send=timed("send", rank),
        )
        for rank in ranks
    )
    wall = Milliseconds.of_all([turn.wall for turn in each.rounds]) if each.rounds else None
    return RingWay(
        ranks=each.way.ranks, kind=each.way.kind, causal=each.way.causal, work=work, busy=busy(each.flops), wall=wall
    )


def busy(flops: Sequence[Sequence[int]]) -> float:
    """All that is computed, against all ranks computing as long as every step's slowest does. `flops`: rank, step.

    >>> busy([[1, 0], [1, 2]]), busy([[1, 1], [1, 1]])
    (0.6666666666666666, 1.0)
    """
    slowest = sum(max(step) for step in zip(*flops, strict=True))
    return sum(map(sum, flops)) / (len(flops) * slowest)


def _ratio(made: Sequence[Timed], ranks: int, causal: bool) -> LayoutRatio:
    of = {each.way.kind: each.rounds for each in made if (each.way.ranks, each.way.causal) == (ranks, causal)}
    contiguous, zigzag = of.get("contiguous", ()), of.get("zigzag", ())
    if not contiguous or not zigzag:
        return LayoutRatio(ranks=ranks, causal=causal, busiest=None, wall=None)
    busiest = compare([max(each.cpu) for each in zigzag], [max(each.cpu) for each in contiguous])
    wall = compare([each.wall for each in zigzag], [each.wall for each in contiguous])
    return LayoutRatio(ranks=ranks, causal=causal, busiest=TimesAsLong.of(busiest), wall=TimesAsLong.of(wall))
