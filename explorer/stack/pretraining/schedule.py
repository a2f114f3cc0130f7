"""Learning-rate schedules: linear warm-up, then a cosine, a line, a plateau with a late decay, or a plateau alone.

    warm-up   lr(t) = peak (t + 1) / warmup                                            for t < warmup
    cosine    lr(t) = floor + (peak - floor) (1 + cos(pi (t - warmup) / (steps - warmup))) / 2
    linear    lr(t) = floor + (peak - floor) (1 - (t - warmup) / (steps - warmup))
    wsd       lr(t) = peak until (1 - decay) steps, then linearly to the floor
    constant  lr(t) = peak

No step of a run is taken at rate 0: the warm-up begins at peak / warmup, and the last step is one before the floor.

Cosine: Loshchilov and Hutter 2016 (arXiv 1608.03983). WSD (warm-up, stable, decay): Hu et al. 2024,
MiniCPM (2404.06395).

>>> schedule = Schedule(kind="cosine", peak=1.0, floor=0.1, warmup=10, steps=110)
>>> [round(schedule(step), 3) for step in (0, 9, 10, 60, 110)]
[0.1, 1.0, 1.0, 0.55, 0.1]
>>> schedule = Schedule(kind="wsd", peak=1.0, floor=0.0, warmup=10, steps=100, decay=0.2)
>>> [round(schedule(step), 3) for step in (10, 80, 90, 100)]
[1.0, 1.0, 0.5, 0.0]
>>> [round(Schedule("linear", 1.0, 0.0, 10, 110)(step), 3) for step in (9, 10, 60, 109)]
[1.0, 1.0, 0.5, 0.01]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

KINDS = ("wsd", "cosine", "linear", "constant")


@dataclass(frozen=True)
class Schedule:
    """The learning rate of every step."""

    kind: str
    """One of `KINDS`."""
    peak: float
    floor: float
    warmup: int
    steps: int
    decay: float = 0.2
    """wsd: the share of the steps that decays."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown schedule {self.kind!r} ({', '.join(KINDS)})")
        if not 0 <= self.warmup < self.steps or not 0 <= self.floor <= self.peak or not 0 < self.decay <= 1:
            raise ValueError(f"a schedule that makes no sense: {self}")

    def __call__(self, step: int) -> float:
        """The learning rate of that step, counted from 0; steps past the end stay at the floor."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        if self.kind == "constant":
            return self.peak
        done = min((step - self.warmup) / (self.steps - self.warmup), 1.0)
        if self.kind == "linear":
            return self.peak + (self.floor - self.peak) * done
        if self.kind == "cosine":
            return self.floor + (self.peak - self.floor) * (1 + math.cos(math.pi * done)) / 2
        begin = self.steps * (1 - self.decay)
        done = min(max((step - begin) / (self.steps - begin), 0.0), 1.0)
        return self.peak + (self.floor - self.peak) * done
