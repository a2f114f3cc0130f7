"""The rounding error of every format on a sample of a model's weights, and on normal numbers in the same rows.

Of the matrices of a role some are taken, evenly spaced, and of each some rows, evenly spaced: a row stays whole, since
formats share scales within rows. Each matrix then counts by its size. The rows with its greatest and its least weight
are there too when scales are fitted, so that a scale for a whole matrix is the matrix's own (but for a mean, which is
the sample's); their errors do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.matrices import Matrix, matrices
from explorer.stack.transformer.decoder import Decoder

T = TypeVar("T")

WEIGHTS = 1 << 18
"""In a sample, about."""
MATRICES = 24
LEAST_ROWS = 8
EVERY = "all"
#: The mix that stands among the formats: each matrix in what it gives to it.
MIX = "q4_k_m"


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of some matrices."""

    role: str
    names: tuple[str, ...]
    """Of the matrices whose rows are taken."""
    matrices: int
    """Of how many the rows are."""
    of: int
    """Matrices that the role has."""
    rows: tuple[Float[Tensor, "_row _in"], ...]
    ends: tuple[Float[Tensor, "2 _in"], ...]
    """The row with each matrix's greatest weight, and that with its least."""
    sizes: tuple[int, ...]
    """Weights of each whole matrix."""

    @property
    def weights(self) -> int:
        return sum(each.numel() for each in self.rows)


@dataclass(frozen=True)
class FormatError:
    """One format on the sample."""

    name: str
    bits: float | None
    """Real bits a weight, measured on the packed arrays; None where the rows do not fit."""
    real: float
    """Root mean square of the error, relative to that of the weights."""
    normal: float
    misfit: str = ""


def roles(decoder: Decoder) -> list[str]:
    """Those that the model has, in the order of its matrices, behind `EVERY`."""
    return [EVERY, *dict.fromkeys(each.role for each in matrices(decoder))]


def sample(decoder: Decoder, role: str) -> Sample:
    """Raises LookupError for a role that the model lacks."""
    found = [each for each in matrices(decoder) if role in (EVERY, each.role)]
    if not found:
        raise LookupError(f"no matrix of the role {role}")
    chosen = evenly(found, MATRICES)
    share = WEIGHTS / sum(each.weight.numel() for each in chosen)
    rows = tuple(_rows(each, share) for each in chosen)
    ends = tuple(_ends(each.weight.detach().float()) for each in chosen)
    names, sizes = tuple(each.name for each in chosen), tuple(each.weight.numel() for each in chosen)
    return Sample(role, names, len(chosen), len(found), rows, ends, sizes)


def _rows(matrix: Matrix, share: float) -> Float[Tensor, "row in"]:
    out = matrix.weight.shape[0]
    at = evenly(range(out), min(out, max(LEAST_ROWS, round(share * out))))
    return matrix.weight.detach()[list(at)].float()


def _ends(weight: Float[Tensor, "out in"]) -> Float[Tensor, "2 in"]:
    at = torch.stack([weight.argmax(), weight.argmin()]) // weight.shape[1]
    return weight[at]


def normal_ends(d_in: int, size: int, generator: torch.Generator) -> Float[Tensor, "2 d_in"]:
    """Of normal numbers: two rows with the greatest and the least that so many have, in the median.

    >>> [round(float(row.abs().max()), 2) for row in normal_ends(4, 1_000_000, torch.Generator().manual_seed(0))]
    [4.83, 4.83]
    """
    ends = torch.randn(2, d_in, generator=generator)
    greatest = torch.special.ndtri(torch.tensor(0.5, dtype=torch.float64) ** (1 / size))
    ends[:, 0] = torch.stack([greatest, -greatest])
    return ends


def evenly(items: Sequence[T], count: int) -> list[T]:
    """So many of them, from the first part to the last.

    >>> evenly(range(10), 3), evenly("ab", 5)
    ([1, 5, 8], ['a', 'b'])
    """
    if count >= len(items):
        return list(items)
    return [items[int((at + 0.5) * len(items) / count)] for at in range(count)]


def errors(
    taken: Sample,
    formats: Sequence[Format],
    progress: Ticks = unheard,
    mixed: Mapping[str, Format] | None = None,
) -> Iterator[tuple[FormatError, ...]]:
    """What has been measured so far, after each format. `mixed`: the format that `MIX` gives to each matrix, by its
    name; it is measured last."""
    generator = torch.Generator().manual_seed(0)
    normal = tuple(torch.randn(rows.shape, generator=generator) for rows in taken.rows)
    ends = tuple(
        normal_ends(rows.shape[1], size, generator) for rows, size in zip(taken.rows, taken.sizes, strict=True)
    )
    bell = replace(taken, rows=normal, ends=ends)
    measured: list[FormatError] = []
    for at, form in enumerate(formats):
        progress(at, len(formats))
        reasons = [reason for rows in taken.rows if (reason := form.misfit(rows.shape[1]))]
        if reasons:
            measured.append(FormatError(form.name, None, float("nan"), float("nan"), reasons[0]))
        else:
            measured.append(_measured(form.name, dict.fromkeys(taken.names, form), taken, bell))
        yield tuple(measured)
    if mixed is not None:
        progress(len(formats), len(formats) + 1)
        measured.append(_measured(MIX, mixed, taken, bell))
        yield tuple(measured)


def _measured(name: str, formats: Mapping[str, Format], taken: Sample, bell: Sample) -> FormatError:
    bits, real = _error(formats, taken)
    return FormatError(name, bits, real, _error(formats, bell)[1])


def _error(formats: Mapping[str, Format], taken: Sample) -> tuple[float, float]:
    """Bits a weight, and the relative error, each matrix by its size."""
    bits = wrong = whole = 0.0
    for name, weight, ends, size in zip(taken.names, taken.rows, taken.ends, taken.sizes, strict=True):
        packed = formats[name].quantize(torch.cat([weight, ends]))
        bits += size * packed.bits_per_weight
        wrong += size * float((packed.dequantize()[: len(weight)] - weight).double().square().mean())
        whole += size * float(weight.double().square().mean())
    return bits / sum(taken.sizes), (wrong / whole) ** 0.5
