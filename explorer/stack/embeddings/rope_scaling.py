"""RoPE scaling: how a model trained on short texts is made to read longer ones by turning its pairs more slowly.

RoPE turns pair i of a head's query and key by the angle ``m * w_i`` at position m, with ``w_i = theta ** (-2i / d)``.
Past the trained length L the slow pairs reach angles that training never showed. Each scheme maps w_i to a slower
speed:

- **position interpolation** (Chen et al. 2023, arXiv 2306.15595): ``w_i / s``. Every pair alike: position s*m looks
  like m.
- **NTK-aware** (bloc97 2023; section 3.1 of the YaRN paper): the base grows, ``theta * s ** (d / (d - 2))``. The
  fastest pair keeps its speed, the slowest is divided by exactly s, the others lie between.
- **dynamic NTK** (emozilla 2023): the same with ``s' = s * length / L - (s - 1)``, so that nothing changes up to L.
- **YaRN** (Peng et al. 2023, arXiv 2309.00071): pairs that finish more than 32 turns in L keep their speed, those that
  finish less than one are interpolated, a ramp lies between; and cos and sin are multiplied by ``0.1 ln s + 1``, so
  that every score is multiplied by its square: a temperature below 1 for the softmax.
- **llama3** (Llama 3.1; Grattafiori et al. 2024, arXiv 2407.21783): pairs with a wavelength below L/high keep their
  speed, above L/low are divided by s, and between the two is linear in the number of turns.

Worked example: d = 128, theta = 10,000, trained on 4,096 tokens. The slowest pair has speed 1.15478e-4. Interpolation
by 4 divides it; dynamic NTK with factor 4 at 8,192 tokens divides it by 4 * 2 - 3 = 5; YaRN's pair 31 is on the ramp.

>>> d, theta = 128, 1e4
>>> [f"{float(f):.5e}" for f in (frequencies(theta, d)[63], Linear(4.0).inv_freq(theta, d)[63])]
['1.15478e-04', '2.88695e-05']
>>> f"{float(DynamicNTK(4.0, 4096).inv_freq(theta, d, 8192)[63]):.5e}"
'2.30956e-05'
>>> yarn = YaRN(4.0, 4096)
>>> f"{float(yarn.inv_freq(theta, d)[31]):.8f}", round(yarn.amplitude, 6)
('0.00788361', 1.138629)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import UnsupportedModelError


def frequencies(theta: float | int, d_rotary: int) -> Float[Tensor, " half"]:
    """Radians a position for each pair, unscaled: ``theta ** (-2i / d)``, computed in float32 as checkpoints expect.

    >>> frequencies(100.0, 4).tolist()
    [1.0, 0.10000000149011612]
    """
    return 1.0 / theta ** (torch.arange(0, d_rotary, 2, dtype=torch.float32) / d_rotary)


class _Factor:
    """What all schemes have: a factor of at least one, and cos and sin left as they are."""

    name: ClassVar[str]
    factor: float | int

    def __post_init__(self) -> None:
        if not (self.factor >= 1 and math.isfinite(self.factor)):
            raise ValueError(f"a RoPE scaling factor of {self.factor} is not 1 or more")
        length = getattr(self, "original_length", 1)
        if length < 1:
            raise ValueError(f"a trained length of {length} tokens is not positive")

    @property
    def amplitude(self) -> float:
        """What cos and sin are multiplied by; a score is multiplied by its square."""
        return 1.0


@dataclass(frozen=True)
class Linear(_Factor):
    """Position interpolation: all pairs slower by the factor."""

    name: ClassVar[str] = "linear"
    factor: float | int

    def inv_freq(self, theta: float | int, d_rotary: int, length: int | None = None) -> Float[Tensor, " half"]:  # noqa: ARG002
        return frequencies(theta, d_rotary) / self.factor


@dataclass(frozen=True)
class NTK(_Factor):
    """NTK-aware: a larger base, fixed."""

    name: ClassVar[str] = "ntk"
    factor: float | int

    def inv_freq(self, theta: float | int, d_rotary: int, length: int | None = None) -> Float[Tensor, " half"]:  # noqa: ARG002
        return frequencies(ntk_base(theta, d_rotary, self.factor), d_rotary)


@dataclass(frozen=True)
class DynamicNTK(_Factor):
    """NTK-aware with a base that follows the length of the text; nothing changes up to the trained length.

    A key that is already in the cache was turned with the base of its own time: with a cache, a text that grows past
    the trained length mixes bases (transformers does the same).
    """

    name: ClassVar[str] = "dynamic"
    factor: float | int
    original_length: int

    def at(self, length: int | None) -> NTK:
        """The static scheme that this is for a text of one length.

        >>> DynamicNTK(4.0, 100).at(200), DynamicNTK(4.0, 100).at(50)
        (NTK(factor=5.0), NTK(factor=1.0))
        """
        length = max(length or 0, self.original_length)
        return NTK(self.factor * length / self.original_length - (self.factor - 1))

    def inv_freq(self, theta: float | int, d_rotary: int, length: int | None = None) -> Float[Tensor, " half"]:
        return self.at(length).inv_freq(theta, d_rotary)


@dataclass(frozen=True)
class YaRN(_Factor):
    """Fast pairs kept, slow pairs interpolated, a ramp between, and a temperature."""

    name: ClassVar[str] = "yarn"
    factor: float | int
    original_length: int
    beta_fast: float | int = 32.0
    """Pairs that finish more turns than this in the trained length keep their speed."""
    beta_slow: float | int = 1.0
    """Pairs that finish fewer are interpolated."""
    attention_factor: float | int | None = None
    """Given, it stands in for the formula of `amplitude`."""
    mscale: float | int | None = None
    mscale_all_dim: float | int | None = None
    """With `mscale` (DeepSeek): the ratio of two temperatures."""
    truncate: bool = True
    """Round the ends of the ramp outward to whole pairs."""

    @property
    def amplitude(self) -> float:
        if self.attention_factor is not None:
            return float(self.attention_factor)
        if self.mscale and self.mscale_all_dim:
            return self._temperature(self.mscale) / self._temperature(self.mscale_all_dim)
        return self._temperature(1.0)

    def _temperature(self, mscale: float | int) -> float:
        return 0.1 * mscale * math.log(self.factor) + 1.0

    def ramp(self, theta: float | int, d_rotary: int) -> Float[Tensor, " half"]:
        """0 where a pair keeps its speed, 1 where it is interpolated."""

        def pair_with(turns: float) -> float:
            """The (fractional) pair that finishes this many turns in the trained length."""
            return d_rotary * math.log(self.original_length / (turns * 2 * math.pi)) / (2 * math.log(theta))

        low, high = pair_with(self.beta_fast), pair_with(self.beta_slow)
        if self.truncate:
            low, high = math.floor(low), math.ceil(high)
        low, high = max(low, 0), min(high, d_rotary - 1)
        width = high - low or 0.001  # as the original code: no division by zero
        return ((torch.arange(d_rotary // 2, dtype=torch.float32) - low) / width).clamp(0, 1)

    def inv_freq(self, theta: float | int, d_rotary: int, length: int | None = None) -> Float[Tensor, " half"]:  # noqa: ARG002
        kept, ramp = frequencies(theta, d_rotary), self.ramp(theta, d_rotary)
        return kept / self.factor * ramp + kept * (1 - ramp)


@dataclass(frozen=True)
class Llama3(_Factor):
    """Llama 3.1's: short wavelengths kept, long ones divided, linear in the number of turns between."""

    name: ClassVar[str] = "llama3"
    factor: float | int
    low: float | int
    high: float | int
    original_length: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.low < self.high:
            raise ValueError(f"llama3 scaling needs 0 < low < high, not {self.low} and {self.high}")

    def inv_freq(self, theta: float | int, d_rotary: int, length: int | None = None) -> Float[Tensor, " half"]:  # noqa: ARG002
        kept = frequencies(theta, d_rotary)
        turns = self.original_length * kept / (2 * math.pi)
        share = ((turns - self.low) / (self.high - self.low)).clamp(0, 1)  # of the speed that is kept
        return (1 - share) * kept / self.factor + share * kept


Scaling = Linear | NTK | DynamicNTK | YaRN | Llama3


def ntk_base(theta: float | int, d_rotary: int, factor: float | int) -> float:
    """The base with which the slowest pair is exactly `factor` times slower.

    >>> base = ntk_base(1e4, 128, 4.0)
    >>> round(float(frequencies(1e4, 128)[63] / frequencies(base, 128)[63]), 4)
    4.0
    """
    return theta * factor ** (d_rotary / (d_rotary - 2))


def from_hf(rope_parameters: Mapping[str, Any] | None, n_ctx: int | None = None) -> Scaling | None:
    """The scheme that a transformers config's `rope_parameters` (or older `rope_scaling`) names; None for plain RoPE.

    `n_ctx` is the config's max_position_embeddings, which stands in where the dict names no trained length; dynamic NTK
    always uses it, as transformers does. Raises UnsupportedModelError for a scheme that is not written here.

    >>> from_hf({"rope_type": "linear", "factor": 2.0})
    Linear(factor=2.0)
    >>> from_hf({"rope_type": "default", "rope_theta": 1e5}) is None
    True
    """
    given = dict(rope_parameters or {})
    kind = given.get("rope_type", given.get("type", "default"))
    if kind == "default":
        return None
    original = given.get("original_max_position_embeddings") or n_ctx or 0
    factor = given.get("factor")
    if factor is None:  # DeepSeek: the ratio of the lengths
        factor = (n_ctx or original) / max(original, 1)
    factor = float(factor)
    if kind == "linear":
        return Linear(factor)
    if kind == "ntk":
        return NTK(factor)
    if kind == "dynamic":
        return DynamicNTK(factor, n_ctx or original)
    if kind == "llama3":
        return Llama3(factor, given["low_freq_factor"], given["high_freq_factor"], original)
    if kind == "yarn":
        return YaRN(
            factor,
            original,
            given.get("beta_fast") or 32.0,
            given.get("beta_slow") or 1.0,
            given.get("attention_factor"),
            given.get("mscale"),
            given.get("mscale_all_dim"),
            given.get("truncate", True),
        )
    raise UnsupportedModelError(
        f"RoPE scaling of the kind {kind!r} is not written here.",
        "Kinds that are: default, linear, dynamic, yarn, llama3.",
        kind=kind,
    )
