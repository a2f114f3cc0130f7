"""What the view of chunked prefill draws: token times of those who decode while a long prompt is read, way by way."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.inference.chunked_prefill import LONG, Stalls, StallSetting, chunks
from explorer.experiments.timing import compare
from explorer.figures.inference.timed import Milliseconds, TimesAsLong
from explorer.figures.payload import Payload
from explorer.stack.inference.serving_load import percentile


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


def chunked(made: Stalls, how: StallSetting, of_rounds: int, threads: int) -> ChunkedPrefill:
    known = chunks(how)
    ways = tuple(reading(made, chunk) for chunk in known if chunk in made.runs)
    return ChunkedPrefill(ways, tuple(known), how.decoding, how.long, how.seed, made.rounds, of_rounds, threads)


def reading(made: Stalls, chunk: int) -> PromptReading:
    run, runs = made.shown(chunk), made.runs[chunk]

    def since(times: list[float]) -> tuple[float, ...]:
        return tuple(at - run.arrival for at in times)

    return PromptReading(
        chunk,
        tuple((start - run.arrival, end - run.arrival) for start, end in run.passes),
        tuple(since(run.times(name)) for name in run.decoding),
        since(run.times(LONG)),
        tuple((e.step, e.tokens) for e in run.events if e.kind == "prefill" and e.request == LONG),
        Milliseconds.of_all(made.longest_pass(chunk)),
        _around(run.first_token, [each.first_token for each in runs]),
        1e3 * percentile(run.gaps, 0.5),
        None if chunk == 0 else _times(made, chunk),
        len(runs),
    )


def _around(shown: float, rounds: list[float]) -> Milliseconds:
    spread = Milliseconds.of_all(rounds)
    return Milliseconds(1e3 * shown, min(1e3 * shown, spread.low), max(1e3 * shown, spread.high))


def _times(made: Stalls, chunk: int) -> TimesAsLong | None:
    """None until every way has been run as often."""
    if len(made.runs.get(0, [])) != len(made.runs[chunk]):
        return None
    return TimesAsLong.of(compare(made.longest_pass(chunk), made.longest_pass(0)))
