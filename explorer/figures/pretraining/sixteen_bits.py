"""Gradients in 16 bits: how many numbers lie where, and the scale of a loss by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.pretraining.sixteen_bits import INTERVAL, SixteenBits
from explorer.figures.payload import Payload
from explorer.stack.pretraining.precision import FORMATS, least

#: Bins of the histogram, as powers of two.
LOW, HIGH = -40, 4


@dataclass(frozen=True, kw_only=True)
class BitsRead(Payload):
    """The gradients of a batch in one format."""

    form: str
    scale: float
    zero: float
    error: float
    overflowed: bool


@dataclass(frozen=True, kw_only=True)
class BitsStep(Payload):
    """One step in float16."""

    scale: float
    theirs: float
    overflowed: bool
    loss: float
    unscaled: float
    single: float


@dataclass(frozen=True, kw_only=True)
class MemorySixteen(Payload):
    trained: int
    numbers: int
    reads: tuple[BitsRead, ...]
    bins: Float[ndarray, " bin"]
    """Powers of two; the first bin holds what is smaller, too."""
    shares: Float[ndarray, " bin"]
    """Of float32's gradients that are not zero."""
    least: float
    """float16's smallest number, as a power of two."""
    normal: float
    """From here on float16 has all its bits."""
    interval: int
    steps: tuple[BitsStep, ...]


def sixteen(made: SixteenBits) -> MemorySixteen:
    exact = made.reads[0].gradient
    found = exact[exact != 0].abs().double().log2().round().clamp(LOW, HIGH - 1)
    counts = torch.bincount((found - LOW).long(), minlength=HIGH - LOW)
    half = FORMATS["float16"]
    return MemorySixteen(
        trained=made.trained,
        numbers=len(exact),
        reads=tuple(
            BitsRead(form=each.form, scale=each.scale, zero=each.zero, error=each.error, overflowed=each.overflowed)
            for each in made.reads
        ),
        bins=np.arange(LOW, HIGH, dtype=np.float64),
        shares=(counts / max(1, len(found))).double().numpy(),
        least=float(np.log2(least(half))),
        normal=float(np.log2(torch.finfo(half).tiny)),
        interval=INTERVAL,
        steps=tuple(
            BitsStep(
                scale=each.scale,
                theirs=each.theirs,
                overflowed=each.overflowed,
                loss=each.loss,
                unscaled=each.unscaled,
                single=each.single,
            )
            for each in made.steps
        ),
    )
