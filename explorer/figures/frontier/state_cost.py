"""Bytes and milliseconds of a state and of a cache, by length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.frontier.state_cost import FLOAT32, TokenTimes
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
