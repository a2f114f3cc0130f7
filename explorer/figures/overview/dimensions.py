"""Sizes of real models against the ranges that are called typical."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.overview.dimensions import RealSizes
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class Typical:
    """A range that is called typical; None: no bound."""

    symbol: str
    """As the field of `SizedModel.values` is called."""
    name: str
    said: str
    low: float | int
    high: float | int | None

    def holds(self, value: float | int) -> bool:
        return self.low <= value and (self.high is None or value <= self.high)


#: Of large language models. "K" is taken as it is kinder: 32,000 at the low end, 256 * 1,024 at the high one.
TYPICAL = (
    Typical(symbol="L", name="blocks", said="24 to 128", low=24, high=128),
    Typical(symbol="d_model", name="width of the residual stream", said="2,048 to 18,432", low=2048, high=18432),
    Typical(symbol="h", name="query heads a block", said="16 to 128", low=16, high=128),
    Typical(symbol="d_k", name="width of a head", said="64 to 256", low=64, high=256),
    Typical(symbol="d_ff/d_model", name="width of the feed-forward", said="4 to 8", low=4, high=8),
    Typical(symbol="V", name="tokens of the vocabulary", said="32K to 256K", low=32_000, high=262_144),
    Typical(symbol="T", name="context length", said="2K to 1M and more", low=2000, high=None),
    Typical(symbol="N", name="parameters", said="1B to 1T and more", low=1e9, high=None),
)


@dataclass(frozen=True, kw_only=True)
class SizedModel:
    """A model's sizes, and which ranges they leave."""

    name: str
    own: bool
    """Whether it is the run's model."""
    experts: int
    values: dict[str, float]
    d_ff: int
    outside: list[str]
    """Symbols of the ranges that it breaks."""
    derived: bool
    """Whether d_k is d_model / h."""
    stated: float | None
    source: str


@dataclass(frozen=True, kw_only=True)
class DimensionsSizes(Payload):
    """Typical ranges, and real models."""

    typical: list[Typical]
    models: list[SizedModel]


def sized(one: RealSizes) -> SizedModel:
    """Against every range.

    >>> model = RealSizes("a", 12, 768, 12, 12, 64, 3072, 50257, 1024, 124439808, 124439808, 0, 0.124, "")
    >>> sized(model).outside, sized(model).derived
    (['L', 'd_model', 'h', 'T', 'N'], True)
    """
    values = {
        "L": one.L, "d_model": one.d_model, "h": one.h, "d_k": one.d_k, "d_ff/d_model": one.d_ff / one.d_model,
        "V": one.V, "T": one.T, "N": one.N,
    }  # fmt: skip
    outside = [each.symbol for each in TYPICAL if not each.holds(values[each.symbol])]
    derived = one.d_k * one.h == one.d_model
    floats = {symbol: float(value) for symbol, value in values.items()}
    return SizedModel(
        name=one.name,
        own=one.own,
        experts=one.experts,
        values=floats,
        d_ff=one.d_ff,
        outside=outside,
        derived=derived,
        stated=one.stated,
        source=one.source,
    )


def dimensions_sizes(found: Sequence[RealSizes]) -> DimensionsSizes:
    """All that is read so far."""
    return DimensionsSizes(typical=list(TYPICAL), models=[sized(one) for one in found])
