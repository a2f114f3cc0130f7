"""Sizes of real models against the ranges that are called typical."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.overview.dimensions import RealSizes
from explorer.figures.payload import Payload


@dataclass(frozen=True)
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
    Typical("L", "blocks", "24 to 128", 24, 128),
    Typical("d_model", "width of the residual stream", "2,048 to 18,432", 2048, 18432),
    Typical("h", "query heads a block", "16 to 128", 16, 128),
    Typical("d_k", "width of a head", "64 to 256", 64, 256),
    Typical("d_ff/d_model", "width of the feed-forward", "4 to 8", 4, 8),
    Typical("V", "tokens of the vocabulary", "32K to 256K", 32_000, 262_144),
    Typical("T", "context length", "2K to 1M and more", 2000, None),
    Typical("N", "parameters", "1B to 1T and more", 1e9, None),
)


@dataclass(frozen=True)
class SizedModel:
    """A model's sizes, and which ranges they leave."""

    name: str
    here: bool
    experts: int
    values: dict[str, float]
    d_ff: int
    outside: list[str]
    """Symbols of the ranges that it breaks."""
    derived: bool
    """Whether d_k is d_model / h."""
    stated: float | None
    source: str


@dataclass(frozen=True)
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
    return SizedModel(one.name, one.here, one.experts, floats, one.d_ff, outside, derived, one.stated, one.source)
