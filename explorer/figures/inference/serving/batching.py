"""What the batching panel draws: the timelines of one load, served in two ways."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from explorer.experiments.inference.serving.batching import BLOCK, Contest, Served, Setting, most_blocks
from explorer.experiments.timing import compare
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.inference.serving.serving_load import Replay

#: request, pass, what was done, the token that came out, tokens read for it
ServedCell = tuple[int, int, Literal["prefill", "decode", "wasted"], int | None, int]


@dataclass(frozen=True, kw_only=True)
class ServedRequest:
    """A request and what it was answered."""

    arrives: float
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    wants: int
    """New tokens that it asks for."""


@dataclass(frozen=True, kw_only=True)
class ServingTimeline:
    """One way of serving, on its own clock, in seconds from the first arrival, as far as it has come."""

    passes: tuple[tuple[float, float], ...]
    cells: tuple[ServedCell, ...]
    """Every row that was computed, in the order of the passes: prefill (read its prompt and gave the first token),
    decode (gave one), wasted (computed for nothing)."""
    preempted: tuple[tuple[int, int], ...]
    found: tuple[tuple[int, int, int], ...]
    """request, pass, tokens found in shared blocks."""
    latency: tuple[float | None, ...]
    """None until the answer is given out."""
    first: tuple[float | None, ...]
    seconds: float
    useful: float
    wasted: int
    rows: int
    blocks: tuple[int, ...]
    """In use after each pass; of continuous batching only."""


@dataclass(frozen=True, kw_only=True)
class BlockPoolSize:
    blocks: int
    size: int
    least: int
    """Blocks that the largest possible request needs."""


@dataclass(frozen=True, kw_only=True)
class ContestBeside:
    """As many pieces of the text of the run beside this one, served by its model, in turns with this run's."""

    model: str
    static: ServingTimeline
    continuous: ServingTimeline
    static_ms: Milliseconds
    continuous_ms: Milliseconds
    ratio: TimesAsLong | None
    step: float
    static_times: TimesAsLong | None
    """That run's time for each 1 of this one's, round by round."""
    continuous_times: TimesAsLong | None


@dataclass(frozen=True, kw_only=True)
class BatchingContest(Payload):
    """One load, served in static batches and continuously."""

    requests: tuple[ServedRequest, ...]
    static: ServingTimeline
    continuous: ServingTimeline
    static_ms: Milliseconds | None
    continuous_ms: Milliseconds | None
    """From the first arrival to the last answer, over the rounds."""
    ratio: TimesAsLong | None
    """static / continuous."""
    rounds: int
    of_rounds: int
    slots: int
    gap: float
    step: float
    pool: BlockPoolSize
    seed: int
    threads: int
    base: ContestBeside | None = None


def contest(
    made: Contest, how: Setting, of_rounds: int, threads: int, base: ContestBeside | None = None
) -> BatchingContest:
    shown = made.continuous or made.static
    answers = {} if shown is None else written(shown.replay)
    requests = [
        ServedRequest(
            arrives=a.seconds,
            prompt=tuple(a.request.prompt),
            answer=tuple(answers.get(a.request.name, ())),
            wants=a.request.max_new_tokens,
        )
        for a in made.arrivals
    ]
    return BatchingContest(
        requests=tuple(requests),
        static=timeline(made.static, len(requests), how.slots),
        continuous=timeline(made.continuous, len(requests), how.slots),
        static_ms=Milliseconds.of(made.static_seconds),
        continuous_ms=Milliseconds.of(made.continuous_seconds),
        ratio=TimesAsLong.of(made.ratio),
        rounds=made.rounds,
        of_rounds=of_rounds,
        slots=how.slots,
        gap=how.gap,
        step=made.step,
        pool=BlockPoolSize(blocks=how.blocks, size=BLOCK, least=most_blocks(BLOCK)),
        seed=how.seed,
        threads=threads,
        base=base,
    )


def contest_beside(made: Contest, theirs: Contest, how: Setting, model: str) -> ContestBeside | None:
    """`theirs`, made by `model` in turns with `made`; None until a round of it is complete."""
    if theirs.static_seconds is None or theirs.continuous_seconds is None:
        return None

    def times(way: str) -> TimesAsLong | None:
        here, there = (each.taken.get(way, []) for each in (made, theirs))
        n = min(len(here), len(there))
        return TimesAsLong.of(compare(here[:n], there[:n]) if n else None)

    return ContestBeside(
        model=model,
        static=timeline(theirs.static, how.n, how.slots),
        continuous=timeline(theirs.continuous, how.n, how.slots),
        static_ms=Milliseconds.of(theirs.static_seconds),
        continuous_ms=Milliseconds.of(theirs.continuous_seconds),
        ratio=TimesAsLong.of(theirs.ratio),
        step=theirs.step,
        static_times=times("static"),
        continuous_times=times("continuous"),
    )


def written(served: Replay) -> dict[Hashable, list[int]]:
    """The tokens of each answer so far."""
    found: dict[Hashable, list[int]] = {}
    for event in served.events:
        if event.kind == "token" and event.token is not None:
            found.setdefault(event.request, []).append(event.token)
    return found


def cells(served: Replay) -> list[ServedCell]:
    """Every row that was computed, in the order of the passes."""
    read = {(e.request, e.step): e.tokens for e in served.events if e.kind == "prefill"}
    made: list[ServedCell] = []
    ended: dict[Hashable, int] = {}
    for e in served.events:
        if e.kind == "token":
            n = read.get((e.request, e.step))
            made.append((_number(e.request), e.step, "decode" if n is None else "prefill", e.token, n or 1))
        elif e.kind == "finished":
            ended[e.request] = e.step
    for done in served.finished:  # in a static batch a row is computed on after its end
        name = done.request.name
        made.extend((_number(name), step, "wasted", None, 1) for step in range(ended[name] + 1, done.finished + 1))
    return sorted(made, key=lambda cell: (cell[1], cell[0]))


def _number(name: Hashable) -> int:
    """A request's name, which in a contest is its number in the load."""
    assert isinstance(name, int)
    return name


def timeline(served: Served | None, n: int, slots: int) -> ServingTimeline:
    """One way of serving `n` requests; nothing yet where it has not begun."""
    if served is None:
        none = (None,) * n
        return ServingTimeline(
            passes=(),
            cells=(),
            preempted=(),
            found=(),
            latency=none,
            first=none,
            seconds=0.0,
            useful=0.0,
            wasted=0,
            rows=0,
            blocks=(),
        )
    replay = served.replay
    rows, passes = cells(replay), replay.passes
    end = {done.request.name: passes[done.finished].end for done in replay.finished}
    first: dict[Hashable, float] = {}
    for event in replay.events:
        if event.kind == "token":
            first.setdefault(event.request, passes[event.step].end)

    def since(ends: dict[Hashable, float]) -> tuple[float | None, ...]:
        return tuple(ends[a.request.name] - a.seconds if a.request.name in ends else None for a in replay.arrivals)

    events = replay.events
    return ServingTimeline(
        passes=tuple((p.start, p.end) for p in passes),
        cells=tuple(rows),
        preempted=tuple((_number(e.request), e.step) for e in events if e.kind == "preempted"),
        found=tuple((_number(e.request), e.step, e.tokens) for e in events if e.kind == "admitted" and e.tokens),
        latency=since(end),
        first=since(first),
        seconds=replay.seconds,
        useful=replay.useful(slots),
        wasted=sum(kind == "wasted" for _, _, kind, _, _ in rows),
        rows=len(rows),
        blocks=tuple(served.blocks),
    )
