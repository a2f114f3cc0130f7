"""Width and rate: sizes of what a few steps change, scale factors, and losses over the learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch

from explorer.experiments.pretraining import coordinate_check
from explorer.experiments.pretraining.coordinate_check import PARTS, Moved, slopes
from explorer.experiments.pretraining.width_and_rate import BASE, shape
from explorer.experiments.pretraining.width_grid import Curve, Grid, Loss
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval
from explorer.stack.pretraining.mup import Name, Parametrisation


@dataclass(frozen=True, kw_only=True)
class CoordinateSize(Payload):
    """How far the coordinates of one part moved, in one decoder."""

    parametrisation: str
    part: str
    width: int
    seed: int
    change: float
    """Root mean square."""


@dataclass(frozen=True, kw_only=True)
class CoordinateSlope(Payload):
    """The exponent of the width in the size: median and ends of the seeds."""

    parametrisation: str
    part: str
    middle: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class WidthScale(Payload):
    """What one kind of weight has at a width."""

    kind: str
    std: float
    multiplier: float
    rate: float
    std_standard: float
    """In the standard parametrisation, where multiplier and rate are 1."""


@dataclass(frozen=True, kw_only=True)
class WidthCoordinates(Payload):
    exponent: float
    steps: int
    base: int
    widths: tuple[int, ...]
    """Those that are measured by now."""
    widest: int
    seeds: int
    parts: tuple[str, ...]
    sizes: tuple[CoordinateSize, ...]
    slopes: tuple[CoordinateSlope, ...]
    at: int
    """The width of the factors below."""
    scales: tuple[WidthScale, ...]
    scores: float
    """What scores are multiplied by in muP, by the standard 1 / sqrt(d_head)."""


def coordinates(found: Sequence[Moved], exponent: float, steps: int) -> WidthCoordinates:
    widths = list(dict.fromkeys(each.width for each in found))
    mup, config = Parametrisation("mup", shape(BASE)), shape(widths[-1])
    return WidthCoordinates(
        exponent=exponent,
        steps=steps,
        base=BASE,
        widths=tuple(widths),
        widest=coordinate_check.WIDTHS[-1],
        seeds=len(coordinate_check.SEEDS),
        parts=tuple(PARTS),
        sizes=tuple(
            CoordinateSize(
                parametrisation=each.parametrisation,
                part=part,
                width=each.width,
                seed=each.seed,
                change=each.changes[part][-1],
            )
            for each in found
            for part in PARTS
        ),
        slopes=tuple(
            CoordinateSlope(
                parametrisation=each.parametrisation, part=each.part, middle=each.middle, low=each.low, high=each.high
            )
            for each in (slopes(found) if widths[-1] == coordinate_check.WIDTHS[-1] else ())
        ),
        at=widths[-1],
        scales=_scales(widths[-1]),
        scores=mup.config(config).attention_scale / config.attention_scale,
    )


def _scales(width: int) -> tuple[WidthScale, ...]:
    config = shape(width)
    shapes = {
        "embedding": ("embed.weight", (config.d_vocab, width)),
        "attention and first feed-forward matrix": ("blocks.0.attn.W_Q.weight", (width, width)),
        "second feed-forward matrix": ("blocks.0.mlp.W_out.weight", (width, config.d_mlp)),
        "unembedding": ("unembed.weight", (config.d_vocab, width)),
    }
    both = [Parametrisation(name, shape(BASE)) for name in ("mup", "standard")]
    made = []
    for kind, weight in shapes.items():
        mup, standard = (each.scale(*weight) for each in both)
        multiplier = both[0].config(config).logit_scale if kind == "unembedding" else 1.0
        made.append(WidthScale(kind=kind, std=mup.std, multiplier=multiplier, rate=mup.rate, std_standard=standard.std))
    return tuple(made)


@dataclass(frozen=True, kw_only=True)
class RateCurve(Payload):
    """The losses of one parametrisation at one width, over the rate."""

    parametrisation: str
    width: int
    exponents: tuple[float, ...]
    losses: tuple[tuple[float, ...], ...]
    """Held out, nats a byte; a row a seed."""
    best: tuple[float, ...]
    """The rate with the least loss, a power of two, seed by seed."""
    edges: int
    """Seeds whose least loss is the first or the last of the curve: their best rate may lie outside."""


@dataclass(frozen=True, kw_only=True)
class RateShift(Payload):
    """From the narrowest to the widest: by how many powers of two the best rate moves."""

    parametrisation: str
    each: tuple[float, ...]
    mean: float
    half: float | None
    """Half of the 95 % interval."""
    beyond: bool
    """The interval leaves out nought."""


@dataclass(frozen=True, kw_only=True)
class WidthRates(Payload):
    steps: int
    seeds: tuple[int, ...]
    base: int
    runs: int
    minutes: float
    """Of one core."""
    curves: tuple[RateCurve, ...]
    shifts: tuple[RateShift, ...]
    kept: tuple[RateShift, ...]
    """Of each parametrisation: what the widest loses, in nats, at the narrowest's best rate of the grid instead of its
    own."""


def rates(grid: Grid, curves: Sequence[Curve], found: Sequence[Loss]) -> WidthRates:
    names: tuple[Name, ...] = ("standard", "mup")
    return WidthRates(
        steps=grid.steps,
        seeds=grid.seeds,
        base=BASE,
        runs=len(found),
        minutes=sum(each.seconds for each in found) / 60,
        curves=tuple(
            RateCurve(
                parametrisation=each.parametrisation,
                width=each.width,
                exponents=each.exponents,
                losses=each.losses,
                best=tuple(one.exponent for one in each.best),
                edges=sum(one.edge for one in each.best),
            )
            for each in curves
        ),
        shifts=tuple(_shift(name, _moved(*_ends(name, curves))) for name in names),
        kept=tuple(_shift(name, _lost(*_ends(name, curves))) for name in names),
    )


def _ends(name: Name, curves: Sequence[Curve]) -> tuple[Curve, Curve]:
    mine = [each for each in curves if each.parametrisation == name]
    return mine[0], mine[-1]


def _moved(narrow: Curve, wide: Curve) -> list[float]:
    return [b.exponent - a.exponent for a, b in zip(narrow.best, wide.best, strict=True)]


def _lost(narrow: Curve, wide: Curve) -> list[float]:
    """Seed by seed. Raises ValueError where the wide curve lacks that rate: the recipe must have it."""
    middles = [median(column) for column in zip(*narrow.losses, strict=True)]
    at = wide.exponents.index(narrow.exponents[middles.index(min(middles))])
    return [row[at] - min(row) for row in wide.losses]


def _shift(name: str, each: Sequence[float]) -> RateShift:
    found = paired_interval(torch.tensor(each, dtype=torch.float64))
    half = float(found.high - found.mean)
    return RateShift(
        parametrisation=name,
        each=tuple(each),
        mean=float(found.mean),
        half=None if math.isnan(half) else half,
        beyond=abs(float(found.mean)) > half,
    )
