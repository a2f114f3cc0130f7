"""Learning-rate schedules: linear warm-up, then a cosine, or a plateau with a late decay.

    warm-up   lr(t) = peak (t + 1) / warmup                                            for t < warmup
    cosine    lr(t) = floor + (peak - floor) (1 + cos(pi (t - warmup) / (steps - warmup))) / 2
    wsd       lr(t) = peak until (1 - decay) steps, then linearly to the floor

Cosine: Loshchilov and Hutter 2016 (arXiv 1608.03983). WSD (warm-up, stable, decay): Hu et al. 2024,
MiniCPM (2404.06395).

>>> schedule = Schedule(kind="cosine", peak=1.0, floor=0.1, warmup=10, steps=110)
>>> [round(schedule(step), 3) for step in (0, 9, 10, 60, 110)]
[0.1, 1.0, 1.0, 0.55, 0.1]
>>> schedule = Schedule(kind="wsd", peak=1.0, floor=0.0, warmup=10, steps=100, decay=0.2)
>>> [round(schedule(step), 3) for step in (10, 80, 90, 100)]
[1.0, 1.0, 0.5, 0.0]
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """The learning rate of every step."""

    kind: str
    """cosine or wsd."""
    peak: float
    floor: float
    warmup: int
    steps: int
    decay: float = 0.2
    """wsd: the share of the steps that decays."""

    def __post_init__(self) -> None:
        if self.kind not in ("cosine", "wsd"):
            raise ValueError(f"unknown schedule {self.kind!r} (cosine or wsd)")
        if not 0 <= self.warmup < self.steps or not 0 <= self.floor <= self.peak or not 0 < self.decay <= 1:
            raise ValueError(f"a schedule that makes no sense: {self}")

    def __call__(self, step: int) -> float:
        """The learning rate of that step, counted from 0; steps past the end stay at the floor."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        if self.kind == "cosine":
            done = min((step - self.warmup) / (self.steps - self.warmup), 1.0)
            return self.floor + (self.peak - self.floor) * (1 + math.cos(math.pi * done)) / 2
        begin = self.steps * (1 - self.decay)
        done = min(max((step - begin) / (self.steps - begin), 0.0), 1.0)
        return self.peak + (self.floor - self.peak) * done
