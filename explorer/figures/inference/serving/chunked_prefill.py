"""What the view of chunked prefill draws: token times of those who decode while a long prompt is read, way by way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.inference.serving.chunked_prefill import LONG, Stalls, StallSetting, chunks
from explorer.experiments.timing import compare
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.inference.serving.serving_load import percentile


@dataclass(frozen=True, kw_only=True)
class PromptReading:
    """One way of reading the long prompt."""

    chunk: int
    """Tokens a pass may read; 0: the prompt is read whole."""
    passes: tuple[tuple[float, float], ...]
    """Seconds from when the long prompt came, each pass at its median over the rounds."""
    tokens: tuple[tuple[float, ...], ...]
    """When each token of each decoding request was there."""
    long_tokens: tuple[float, ...]
    parts: tuple[tuple[int, int], ...]
    """Pass and tokens of each part of the prompt."""
    longest_gap: Milliseconds
    """The pass that lets the decoding requests wait longest, over the rounds."""
    first_token: Milliseconds
    """TTFT of the long prompt: as drawn, with the quartiles of the rounds."""
    gap_p50: float
    """Milliseconds: the middle pause of those who decode while it is read."""
    whole_over: TimesAsLong | None
    """The longest pause where the prompt is read whole, as a multiple of this one; None for that itself."""
    rounds: int


@dataclass(frozen=True, kw_only=True)
class WayAgainst:
    """One way in the model of the run beside this one, for each 1 of this run's, round by round."""

    chunk: int
    longest_gap: TimesAsLong | None
    first_token: TimesAsLong | None


@dataclass(frozen=True, kw_only=True)
class ChunkedBeside:
    """The same prompt lengths in that model, run in turns with this one's."""

    model: str
    long: int
    """Its context may hold less."""
    ways: tuple[PromptReading, ...]
    times: tuple[WayAgainst, ...]


@dataclass(frozen=True, kw_only=True)
class ChunkedPrefill(Payload):
    """All ways, as far as they have been run."""

    ways: tuple[PromptReading, ...]
    chunks: tuple[int, ...]
    """All that are run."""
    decoding: int
    long: int
    seed: int
    rounds: int
    of_rounds: int
    threads: int
    base: ChunkedBeside | None = None


def chunked(
    made: Stalls, how: StallSetting, of_rounds: int, threads: int, base: ChunkedBeside | None = None
) -> ChunkedPrefill:
    ways, known = _ways(made, how), tuple(chunks(how))
    return ChunkedPrefill(
        ways=ways,
        chunks=known,
        decoding=how.decoding,
        long=how.long,
        seed=how.seed,
        rounds=made.rounds,
        of_rounds=of_rounds,
        threads=threads,
        base=base,
    )


def _ways(made: Stalls, how: StallSetting) -> tuple[PromptReading, ...]:
    return tuple(reading(made, chunk) for chunk in chunks(how) if chunk in made.runs)


def chunked_beside(made: Stalls, theirs: Stalls, how: StallSetting, model: str) -> ChunkedBeside:
    """`theirs`: of `model` under the setting `how`, run in turns with `made`."""
    both = [chunk for chunk in made.runs if chunk in theirs.runs]
    times = [
        WayAgainst(
            chunk=chunk,
            longest_gap=_against(made.longest_pass(chunk), theirs.longest_pass(chunk)),
            first_token=_against(*([run.first_token for run in each.runs[chunk]] for each in (made, theirs))),
        )
        for chunk in both
    ]
    return ChunkedBeside(model=model, long=how.long, ways=_ways(theirs, how), times=tuple(times))


def _against(here: Sequence[float], there: Sequence[float]) -> TimesAsLong | None:
    """Of the rounds that both have."""
    n = min(len(here), len(there))
    return TimesAsLong.of(compare(here[:n], there[:n]))


def reading(made: Stalls, chunk: int) -> PromptReading:
    run, runs = made.shown(chunk), made.runs[chunk]

    def since(times: list[float]) -> tuple[float, ...]:
        return tuple(at - run.arrival for at in times)

    return PromptReading(
        chunk=chunk,
        passes=tuple((start - run.arrival, end - run.arrival) for start, end in run.passes),
        tokens=tuple(since(run.times(name)) for name in run.decoding),
        long_tokens=since(run.times(LONG)),
        parts=tuple((e.step, e.tokens) for e in run.events if e.kind == "prefill" and e.request == LONG),
        longest_gap=Milliseconds.of_all(made.longest_pass(chunk)),
        first_token=Milliseconds.of_all([each.first_token for each in runs]),
        gap_p50=1e3 * percentile(run.gaps, 0.5),
        whole_over=None if chunk == 0 else _times(made, chunk),
        rounds=len(runs),
    )


def _times(made: Stalls, chunk: int) -> TimesAsLong | None:
    """None until every way has been run as often."""
    if len(made.runs.get(0, [])) != len(made.runs[chunk]):
        return None
    return TimesAsLong.of(compare(made.longest_pass(chunk), made.longest_pass(0)))
