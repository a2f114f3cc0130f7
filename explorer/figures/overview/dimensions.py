"""Sizes of real models against the ranges that are called typical."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.overview.dimensions import PLACES, Place, RealSizes
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
    place: Place
    """Open on the page, in the run beside it, or neither."""
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
class SizesBeside:
    """The sizes of the other run's model against this one's."""

    model: str
    times: dict[str, float]
    """Its size for each of this model's 1, by symbol."""


@dataclass(frozen=True)
class DimensionsSizes(Payload):
    """Typical ranges, and real models."""

    typical: list[Typical]
    models: list[SizedModel]
    base: SizesBeside | None


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
    return SizedModel(one.name, one.place, one.experts, floats, one.d_ff, outside, derived, one.stated, one.source)


def dimensions_sizes(found: Sequence[RealSizes]) -> DimensionsSizes:
    """All that is read so far."""
    models = [sized(one) for one in found]
    own, other = (next((each for each in models if each.place == place), None) for place in PLACES)
    return DimensionsSizes(list(TYPICAL), models, sizes_beside(own, other) if own and other else None)


def sizes_beside(own: SizedModel, other: SizedModel) -> SizesBeside:
    """
    >>> from dataclasses import replace
    >>> one = RealSizes("a", 12, 768, 12, 12, 64, 3072, 50257, 1024, 124439808, 124439808, 0, 0.124, "")
    >>> sizes_beside(sized(one), sized(replace(one, name="b", L=24, h=6))).times["L"]
    2.0
    """
    return SizesBeside(other.name, {symbol: other.values[symbol] / value for symbol, value in own.values.items()})
