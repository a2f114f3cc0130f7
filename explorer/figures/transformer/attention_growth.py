"""Attention's growth as a picture: each part's time by length, its work by formula and counted, the crossings."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.transformer.attention_growth import LONG, PARTS, Growth, Length, Power, crossing, powers
from explorer.figures.payload import Payload
from explorer.figures.timings import TimesAsLong
from explorer.stack.transformer.block_work import BlockWork, block_work, overtakes
from explorer.stack.transformer.config import DecoderConfig

#: What torch counts of the parts -> what the formula calls it.
COUNTED = ("attention", "projections", "feed_forward")


@dataclass(frozen=True, kw_only=True)
class GrownPart:
    """One part's milliseconds at each length: median and quartiles."""

    part: str
    ms: list[float]
    low: list[float]
    high: list[float]
    power: float | None
    """Of n, fitted from `fitted_from` on; None from too few lengths, or where times lie too far apart."""
    within: float | None
    """Half of its interval of 95 %."""


@dataclass(frozen=True, kw_only=True)
class PartWork:
    """One part's floating-point operations at each length."""

    part: str
    formula: list[int]
    counted: list[int]


@dataclass(frozen=True, kw_only=True)
class AttentionGrown(Payload):
    lengths: list[int]
    """So far."""
    longest: int
    """Asked for."""
    parts: list[GrownPart]
    work: list[PartWork]
    by_count: float
    """The length from which on scores and mix are more operations than the feed-forward layer."""
    below: int | None
    """Up to this length attention clearly takes less time than the feed-forward layer; None: at none."""
    above: int | None
    """From this one on it clearly takes longer; None: at none."""
    by_clock: float | None
    """Between the two, where the medians cross."""
    slower: TimesAsLong
    """Plain attention against the feed-forward layer, at the last length."""
    fused: TimesAsLong
    """torch's fused kernel against plain attention, there."""
    fitted_from: int
    rounds: list[int]
    """At each length."""
    stopped: str
    """memory or time, where a longer one was asked for."""
    whole: bool
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_mlp: int
    matrices: int
    """Of one feed-forward layer: 3 where it is gated, else 2."""
    n_experts: int
    k: int
    window: int | None
    """The first block's, of a model that has one."""


def grown(made: Growth, config: DecoderConfig, longest: int) -> AttentionGrown:
    lengths, found, fitted = made.lengths, crossing(made.lengths), powers(made.lengths)
    formulas = [block_work(config, each.n) for each in lengths]
    return AttentionGrown(
        lengths=[each.n for each in lengths],
        longest=longest,
        parts=[_part(part, lengths, fitted[part]) for part in PARTS],
        work=[_work(part, lengths, formulas) for part in COUNTED],
        by_count=overtakes(config),
        below=found.below,
        above=found.above,
        by_clock=found.at,
        slower=TimesAsLong.of(lengths[-1].ratio),
        fused=TimesAsLong.of(lengths[-1].fused),
        fitted_from=LONG,
        rounds=[each.taken["attention"].rounds for each in lengths],
        stopped=made.stopped,
        whole=made.whole,
        d_model=config.d_model,
        n_heads=config.n_heads,
        n_kv_heads=config.n_kv_heads,
        d_head=config.d_head,
        d_mlp=config.d_mlp,
        matrices=3 if config.gated else 2,
        n_experts=config.n_experts,
        k=config.k,
        window=config.windows[0],
    )


def _part(part: str, lengths: tuple[Length, ...], power: Power | None) -> GrownPart:
    taken = [each.taken[part] for each in lengths]
    ms, low, high = ([1e3 * getattr(each, name) for each in taken] for name in ("median", "low", "high"))
    return GrownPart(part=part, ms=ms, low=low, high=high, power=power and power.at, within=power and power.within)


def _work(part: str, lengths: tuple[Length, ...], formulas: list[BlockWork]) -> PartWork:
    return PartWork(
        part=part, formula=[getattr(each, part) for each in formulas], counted=[each.counted[part] for each in lengths]
    )
