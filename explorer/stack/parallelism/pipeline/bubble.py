"""The schedules by name, and what papers say of each: its idle time and what it keeps.

Idle time of a rank in one step, for p ranks whose whole share of the layers takes F, I and W (B = I + W):

    GPipe, 1F1B    (p - 1)(F + B)             Narayanan et al. 2021, arXiv 2104.04473, section 2.2
    interleaved    (p - 1)(F + B) / v         the same; m divides by p
    ZB-H1          (p - 1)(F + B - 2W)        Qi et al. 2023, arXiv 2401.10241; DeepSeek-AI 2024, table 2, as ZB1P
    ZB-H2          (p - 1)(F + I - 2W)        Qi et al., table 2, of a rank's own span; 0 where F = I = W
    ZBV            0 where F = I = W          Qi et al. 2024, arXiv 2405.15362, of a rank's own span
    DualPipeV      (p - 1)(F&B + B - 3W)/2    DeepSeek-AI 2024, arXiv 2412.19437, table 2, with 2p stages of half size

Micro-batches kept on rank i, each of all of a rank's layers: m; min(m, p - i); interleaved p (1 + (p - 1)/(pv)) on the
first; ZB-H1 p, ZB-H2 2p - 1, ZBV p, DualPipeV p + 1/2.

Worked example: 4 ranks, 8 micro-batches, F = I = W = 1.

>>> [(each.key, each.idle(Size(4, 8), Costs())) for each in NAMED]
[('gpipe', 9.0), ('1f1b', 9.0), ('interleaved', 4.5), ('zb_h1', 3), ('zb_h2', 0), ('zbv', 0.0), ('dualpipe_v', 3.0)]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from explorer.stack.parallelism.pipeline.actions import Schedule
from explorer.stack.parallelism.pipeline.schedules import gpipe, interleaved, one_f_one_b
from explorer.stack.parallelism.pipeline.simulate import Costs, Run
from explorer.stack.parallelism.pipeline.zero_bubble import dualpipe_v, zb_h1, zb_h2, zbv


@dataclass(frozen=True)
class Size:
    """Of a pipeline."""

    ranks: int
    microbatches: int
    chunks: int = 2
    """Stages of a rank, where a schedule lets one choose."""


def _whole(costs: Costs) -> float:
    return float(costs.forward + costs.gradient + costs.weight)


def _half(costs: Costs) -> Costs:
    """Of a stage of half a rank's layers."""
    return shares(costs, 2)


def shares(costs: Costs, chunks: int) -> Costs:
    """What a stage takes where a rank's layers lie in so many."""
    return replace(
        costs,
        forward=costs.forward / chunks,
        gradient=costs.gradient / chunks,
        weight=costs.weight / chunks,
        together=None if costs.together is None else costs.together / chunks,
    )


def _dual(size: Size, costs: Costs) -> float:
    half = _half(costs)
    both = _whole(half) if half.together is None else half.together
    return (size.ranks - 1) * (both + half.gradient + half.weight - 3 * half.weight)


@dataclass(frozen=True)
class Named:
    """A schedule by its name."""

    key: str
    name: str
    make: Callable[[Size], Schedule]
    idle: Callable[[Size, Costs], float]
    """Of a rank, as the paper has it."""
    kept: Callable[[Size], float]
    """On the rank that keeps most, in micro-batches of a rank's layers."""
    paper: str
    own_span: bool = False
    """Whether the paper counts from a rank's first action to its last, not the step."""
    equal: bool = False
    """Whether the idle time is exact only where F = I = W."""
    halves: bool = False
    """Whether a rank holds two stages in any case."""
    chunked: bool = False
    """Whether one chooses how many."""

    def chunks(self, size: Size) -> int:
        return size.chunks if self.chunked else 2 if self.halves else 1

    def idle_of(self, run: Run) -> float:
        """Of a run, as the paper counts: the busiest rank's."""
        if self.own_span:
            return max(row[-1].end - row[0].start - sum(each.end - each.start for each in row) for row in run.bars)
        return run.step - run.work


_NARAYANAN = "Narayanan et al. 2021, arXiv 2104.04473, section 2.2"
_QI = "Qi et al. 2023, arXiv 2401.10241"

NAMED: tuple[Named, ...] = (
    Named(
        "gpipe", "GPipe", lambda s: gpipe(s.ranks, s.microbatches),
        lambda s, c: (s.ranks - 1) * _whole(c), lambda s: s.microbatches, "Huang et al. 2018, arXiv 1811.06965",
    ),
    Named(
        "1f1b", "1F1B", lambda s: one_f_one_b(s.ranks, s.microbatches),
        lambda s, c: (s.ranks - 1) * _whole(c), lambda s: min(s.microbatches, s.ranks), _NARAYANAN,
    ),
    Named(
        "interleaved", "Interleaved 1F1B", lambda s: interleaved(s.ranks, s.microbatches, s.chunks),
        lambda s, c: (s.ranks - 1) * _whole(c) / s.chunks,
        lambda s: min(s.microbatches, s.ranks + (s.ranks - 1) / s.chunks), _NARAYANAN, chunked=True,
    ),
    Named(
        "zb_h1", "ZB-H1", lambda s: zb_h1(s.ranks, s.microbatches),
        lambda s, c: (s.ranks - 1) * (c.forward + c.gradient - c.weight), lambda s: min(s.microbatches, s.ranks), _QI,
        equal=True,
    ),
    Named(
        "zb_h2", "ZB-H2", lambda s: zb_h2(s.ranks, s.microbatches),
        lambda s, c: (s.ranks - 1) * (c.forward + c.gradient - 2 * c.weight),
        lambda s: min(s.microbatches, 2 * s.ranks - 1), _QI, own_span=True, equal=True,
    ),
    Named(
        "zbv", "ZBV", lambda s: zbv(s.ranks, s.microbatches),
        lambda _s, _c: 0.0, lambda s: min(s.microbatches, s.ranks), "Qi et al. 2024, arXiv 2405.15362",
        own_span=True, equal=True, halves=True,
    ),
    Named(
        "dualpipe_v", "DualPipeV", lambda s: dualpipe_v(s.ranks, s.microbatches),
        _dual, lambda s: s.ranks + 0.5, "DeepSeek-AI 2024, arXiv 2412.19437, table 2", equal=True, halves=True,
    ),
)  # fmt: skip
SCHEDULES: Mapping[str, Named] = {each.key: each for each in NAMED}
