"""One matrix in every format: bits, bytes, and the error that is left, here and on numbers from N(0, 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import Matrix
from explorer.stack.systems.quantization.schemes import SCHEMES

#: The mix that stands among the formats of one matrix, as that which it gives to this matrix.
MIX = "q4_k_m"
#: Weights that are measured at most; of a larger matrix, rows at equal distances.
MOST = 1 << 20
NORMAL = (128, 1024)


@dataclass(frozen=True)
class Tried:
    """One format on the matrix."""

    name: str
    title: str
    reason: str
    """Why it does not fit; the numbers are then 0."""
    bits_per_weight: float = 0.0
    nbytes: int = 0
    """Of the whole matrix."""
    error: float = 0.0
    """Root mean square."""
    on_normal: float = 0.0


def sampled(weight: Float[Tensor, "out in"]) -> Float[Tensor, "rows in"]:
    """All rows, or as many at equal distances as have no more than `MOST` weights."""
    every = -(-weight.numel() // MOST)
    return weight[::every]


@dataclass(frozen=True)
class Offered:
    """A format that the matrix may take, under the name by which it is chosen."""

    name: str
    title: str
    format: Format


def offered(matrix: Matrix, known: Sequence[Matrix]) -> list[Offered]:
    """Every format; and Q4_K_M, with the format that it gives to this matrix, which may be what it falls back to.

    `known`: all matrices of the model, since a mix goes by their places.
    """
    given = SCHEMES[MIX].formats(known)[matrix.name]
    mix = Offered(MIX, f"Q4_K_M: {given.title} here", given)
    return [*(Offered(each.name, each.title, each) for each in FORMATS.values()), mix]


def tried(
    weight: Float[Tensor, "out in"], formats: Sequence[Offered], told: Callable[[int, int], None]
) -> Iterator[list[Tried]]:
    """The formats so far, one more each time."""
    rows, found = sampled(weight), []
    for done, each in enumerate(formats):
        told(done, len(formats))
        found.append(_tried(each, rows, weight.shape[0]))
        yield found


def _tried(offer: Offered, rows: Float[Tensor, "rows in"], out: int) -> Tried:
    each = offer.format
    try:
        packed = each.quantize(rows)
    except NotApplicableError as error:
        return Tried(offer.name, offer.title, error.message)
    bits = packed.bits_per_weight
    error = float((packed.dequantize() - rows).square().mean().sqrt())
    nbytes = round(bits * out * rows.shape[1] / 8)
    return Tried(offer.name, offer.title, "", bits, nbytes, error, on_normal(each.name))


@lru_cache(maxsize=256)
def on_normal(name: str) -> float:
    """Root mean square error on numbers from N(0, 1), always the same ones."""
    x = torch.randn(NORMAL, generator=torch.Generator().manual_seed(0))
    return float((FORMATS[name].quantize(x).dequantize() - x).square().mean().sqrt())
