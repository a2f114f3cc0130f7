"""Bytes and milliseconds of a state and of a cache, by length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.frontier.state_cost import FLOAT32, TokenTimes
from explorer.experiments.frontier.state_cost_recording import Cost, Recording
from explorer.experiments.timing import compare
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
from explorer.stack.transformer.config import DecoderConfig

#: Lengths of the picture.
LENGTHS = tuple(2**power for power in range(4, 15))


@dataclass(frozen=True, kw_only=True)
class StateBytes(Payload):
    """What each model carries behind so many tokens, in float32."""

    names: list[str]
    parameters: list[int]
    length: list[int]
    state: list[int]
    cache: list[int]
    even: int
    """Tokens behind which the cache is first as large as the state."""


@dataclass(frozen=True, kw_only=True)
class MeasuredLength:
    """One token behind so many."""

    length: int
    state: Milliseconds
    cache: Milliseconds
    times: TimesAsLong
    """The cache's time, in times of the state's."""


@dataclass(frozen=True, kw_only=True)
class StateTimes(Payload):
    """Times of one token, by length."""

    names: list[str]
    longest: int
    rows: list[MeasuredLength]


@dataclass(frozen=True, kw_only=True)
class RecordedCost:
    """One model at one length."""

    step: Milliseconds
    """Of one token behind so many."""
    read: Milliseconds
    """Of reading them all at once."""
    carried: int
    """Bytes that the next token reads on from."""
    peak: int
    """The most bytes at once that reading takes, weights left out."""

    @classmethod
    def of(cls, cost: Cost) -> RecordedCost:
        step, read = Milliseconds.of_all(cost.step), Milliseconds.of_all(cost.read)
        return cls(step=step, read=read, carried=cost.carried, peak=cost.peak)


@dataclass(frozen=True, kw_only=True)
class RecordedLength:
    """Both models at one length; ratios are the cache's time, in times of the state's."""

    length: int
    state: RecordedCost
    cache: RecordedCost
    step_times: TimesAsLong
    read_times: TimesAsLong
    rounds: list[int]
    """Of one token, and of reading."""


@dataclass(frozen=True, kw_only=True)
class StateCostRecorded(Payload):
    """Reading, one token and memory by length, measured once."""

    names: list[str]
    rows: list[RecordedLength]
    machine: str
    cores: int
    load: list[float]
    """Before and after; the measurement is one of it."""
    date: str
    seconds: float


def state_cost_recorded(names: tuple[str, str], kept: Recording) -> StateCostRecorded:
    rows = [
        RecordedLength(
            length=each.length, state=RecordedCost.of(each.state), cache=RecordedCost.of(each.cache),
            step_times=TimesAsLong.of(compare(each.state.step, each.cache.step)),
            read_times=TimesAsLong.of(compare(each.state.read, each.cache.read)),
            rounds=[len(each.state.step), len(each.state.read)],
        )
        for each in kept.rows
    ]  # fmt: skip
    return StateCostRecorded(
        names=list(names), rows=rows, machine=kept.machine, cores=kept.cores, load=list(kept.load), date=kept.date,
        seconds=kept.seconds,
    )  # fmt: skip


def cache_bytes(config: DecoderConfig, length: int) -> int:
    """Keys and values of all layers."""
    return 2 * config.n_layers * config.n_kv_heads * config.d_head * length * FLOAT32


def state_bytes(
    names: tuple[str, str], parameters: tuple[int, int], state: StateSpaceConfig, decoder: DecoderConfig
) -> StateBytes:
    one = cache_bytes(decoder, 1)
    carried = FLOAT32 * state.state_numbers(0)
    return StateBytes(
        names=list(names), parameters=list(parameters), length=list(LENGTHS),
        state=[FLOAT32 * state.state_numbers(n) for n in LENGTHS], cache=[cache_bytes(decoder, n) for n in LENGTHS],
        even=-(-carried // one),
    )  # fmt: skip


def state_times(names: tuple[str, str], longest: int, found: Sequence[TokenTimes]) -> StateTimes:
    rows = [
        MeasuredLength(
            length=each.length, state=Milliseconds.of(each.state), cache=Milliseconds.of(each.cache),
            times=TimesAsLong.of(each.times),
        )
        for each in found
    ]  # fmt: skip
    return StateTimes(names=list(names), longest=longest, rows=rows)
