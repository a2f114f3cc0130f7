"""What the prefill-and-decode panel draws: each pass of a real generation, and passes of many sizes under a roof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.experiments.inference.serving.prefill_decode import Pass, Phases, Sweep, times_as_long
from explorer.experiments.machine import MachineSpeed
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.systems.roofline import Limit, Machine, block_matrices

if TYPE_CHECKING:
    from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True, kw_only=True)
class TimedPass:
    """One pass: sizes, work, and milliseconds over the rounds."""

    phase: Literal["prefill", "decode"]
    new: int
    past: int
    batch: int
    tokens: int
    block_flops: int
    unembed_flops: int
    attention_flops: int
    weight_bytes: float
    cache_bytes: float
    flops: int
    bytes: float
    intensity: float
    """FLOPs a byte."""
    ms: float
    """The median; `low` and `high` are the quartiles."""
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class RoofedPass(TimedPass):
    """A pass, and the least time that the roof allows it."""

    least: float
    bound: Literal["memory", "arithmetic"]
    """The lower of the two roofs at its intensity."""
    decides: Limit
    """The limit that explains at least half of its time, or neither."""


@dataclass(frozen=True, kw_only=True)
class PassShape:
    """The sizes that a pass's work is counted from."""

    matrices: int
    """Weights in the blocks' matrices that one token passes."""
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_model: int
    d_vocab: int
    n_experts: int
    k: int


@dataclass(frozen=True, kw_only=True)
class PhasesBeside:
    """The generation of the run beside this one, made in turns with this run's."""

    model: str
    n_prompt: int
    n_new: int
    same: bool
    """Whether the engine wrote what that run wrote."""
    passes: tuple[TimedPass, ...]
    ttft: Milliseconds
    tpot: Milliseconds | None
    ttft_times: TimesAsLong | None
    """That run's time to first token for each 1 of this one's, round by round."""
    tpot_times: TimesAsLong | None


@dataclass(frozen=True, kw_only=True)
class PhasesPicture(Payload, PassShape):
    """A generation, pass by pass."""

    prompt: tuple[int, ...]
    new: tuple[int, ...]
    stopped: str
    same: bool
    """Whether the engine wrote what the run wrote."""
    passes: tuple[TimedPass, ...]
    ratio: TimesAsLong | None
    """Time a token, decode / prefill; None where the answer ended with its first token."""
    ttft: Milliseconds
    """Time to first token."""
    tpot: Milliseconds | None
    """Time per output token: the mean over the tokens after the first; None where there is none."""
    rounds: int
    of_rounds: int
    threads: int
    base: PhasesBeside | None


@dataclass(frozen=True, kw_only=True)
class RoofPicture(Payload, PassShape):
    """Passes of many sizes under the machine's two limits."""

    machine: MachineSpeed
    ridge: float
    passes: tuple[RoofedPass, ...]
    n_prompt: int
    rounds: int
    of_rounds: int
    threads: int


def timed(one: Pass) -> TimedPass:
    """A pass for the page.

    >>> from explorer.experiments.timing import Timing
    >>> from explorer.stack.systems.roofline import Work
    >>> tiny = Work(tokens=1, block_flops=60, unembed_flops=20, attention_flops=10, weight_bytes=40, cache_bytes=5)
    >>> made = timed(Pass("decode", 1, 3, 1, tiny, Timing(0.5, 0.4, 0.7, 5)))
    >>> made.flops, made.bytes, made.intensity, made.ms, made.high
    (90, 45.0, 2.0, 500.0, 700.0)
    """
    does = one.work
    return TimedPass(
        phase=one.phase,
        new=one.new,
        past=one.past,
        batch=one.batch,
        tokens=does.tokens,
        block_flops=does.block_flops,
        unembed_flops=does.unembed_flops,
        attention_flops=does.attention_flops,
        weight_bytes=float(does.weight_bytes),
        cache_bytes=float(does.cache_bytes),
        flops=does.flops,
        bytes=float(does.bytes),
        intensity=does.intensity,
        ms=one.taken.median * 1e3,
        low=one.taken.low * 1e3,
        high=one.taken.high * 1e3,
    )


def roofed(one: Pass, machine: Machine) -> RoofedPass:
    """A pass under the roof."""
    return RoofedPass(
        **vars(timed(one)),
        least=machine.seconds(one.work) * 1e3,
        bound=machine.bound(one.work),
        decides=machine.decides(one.work, one.taken.median),
    )


def shape(config: DecoderConfig) -> PassShape:
    """The sizes of a model."""
    return PassShape(
        matrices=block_matrices(config),
        n_layers=config.n_layers,
        n_heads=config.n_heads,
        n_kv_heads=config.n_kv_heads,
        d_head=config.d_head,
        d_model=config.d_model,
        d_vocab=config.d_vocab,
        n_experts=config.n_experts,
        k=config.k,
    )


def phases(
    made: Phases,
    config: DecoderConfig,
    said: Sequence[int],
    of_rounds: int,
    threads: int,
    base: PhasesBeside | None = None,
) -> PhasesPicture:
    """`said`: the new tokens of the run."""
    new = made.generation.new_ids
    return PhasesPicture(
        **vars(shape(config)),
        prompt=tuple(made.generation.prompt_ids),
        new=tuple(new),
        stopped=made.generation.stopped,
        same=as_said(made, said),
        passes=tuple(map(timed, made.passes)),
        ratio=TimesAsLong.of(made.ratio),
        ttft=Milliseconds.of(made.ttft),
        tpot=Milliseconds.of(made.tpot) if made.tpot else None,
        rounds=made.rounds,
        of_rounds=of_rounds,
        threads=threads,
        base=base,
    )


def as_said(made: Phases, said: Sequence[int]) -> bool:
    """Whether the engine wrote the run's new tokens, as far as both go."""
    new = made.generation.new_ids
    return new[: len(said)] == list(said[: len(new)])


def phases_beside(made: Phases, theirs: Phases, model: str, said: Sequence[int]) -> PhasesBeside:
    """`theirs`, made by `model` in turns with `made`; `said`: the new tokens of that run."""
    return PhasesBeside(
        model=model,
        n_prompt=len(theirs.generation.prompt_ids),
        n_new=len(theirs.generation.new_ids),
        same=as_said(theirs, said),
        passes=tuple(map(timed, theirs.passes)),
        ttft=Milliseconds.of(theirs.ttft),
        tpot=Milliseconds.of(theirs.tpot) if theirs.tpot else None,
        ttft_times=TimesAsLong.of(times_as_long(made.ttfts, theirs.ttfts)),
        tpot_times=TimesAsLong.of(times_as_long(made.tpots, theirs.tpots)),
    )


def roof(made: Sweep, config: DecoderConfig, n_prompt: int, of_rounds: int, threads: int) -> RoofPicture:
    machine = made.speed.roof
    return RoofPicture(
        **vars(shape(config)),
        machine=made.speed,
        ridge=machine.ridge,
        passes=tuple(roofed(each, machine) for each in made.passes),
        n_prompt=n_prompt,
        rounds=made.rounds,
        of_rounds=of_rounds,
        threads=threads,
    )
