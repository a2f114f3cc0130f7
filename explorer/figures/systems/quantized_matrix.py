"""A window of one matrix as a format leaves it: weights, codes, what a group's scale is made of, and what is lost."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Int32
from torch import Tensor

from explorer.experiments.systems.quantized_matrix import Tried
from explorer.figures.payload import Payload
from explorer.stack.systems.quantization.format import Format, Packed, Scales
from explorer.stack.systems.quantization.gguf_blocks import Blocks
from explorer.stack.systems.quantization.integers import Integers
from explorer.stack.systems.quantization.k_quants import KQuant

ROWS, COLUMNS = 48, 128
#: Tiles of the whole matrix, at most: down and across.
TILES = (48, 128)
BINS = 161
#: A weight so many standard deviations of its matrix away from 0 is circled.
FAR = 5.0


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A format that can be chosen, or the reason why it cannot."""

    name: str
    title: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Levels:
    """What the scales of the window's groups are made of: step = d * part, low = -(dmin * low_part)."""

    d: Float[Tensor, "row group"]
    part: Int[Tensor, "row group"]
    dmin: Float[Tensor, "row group"] | None
    low_part: Int[Tensor, "row group"] | None
    block: int
    """Weights that share d."""


@dataclass(frozen=True, kw_only=True)
class QuantizedMatrixCells(Payload):
    """The window."""

    matrix: str
    role: str
    roles: tuple[str, ...]
    layer: int
    n_layers: int
    expert: int
    n_experts: int
    out: int
    d_in: int
    row: int
    column: int
    format: str
    title: str
    bits: int
    group: int
    """Weights that share a step."""
    choices: tuple[Choice, ...]
    bits_per_weight: float
    nbytes: int
    error: float
    """Root mean square, of the rows that are shown."""
    sigma: float
    """Standard deviation of the whole matrix."""
    n_far: int
    """Weights of the matrix beyond `far` of them."""
    far: float
    largest: float
    weights: Float[Tensor, "row column"]
    values: Float[Tensor, "row column"]
    codes: Int32[Tensor, "row column"]
    step: Float[Tensor, "row group"]
    low: Float[Tensor, "row group"] | None
    levels: Float[Tensor, " level"]
    """What each code stands for, before step and low."""
    first_group: int
    """The number, along the row, of the first group in `step`."""
    two: Levels | None
    bins: Float[Tensor, " bin"]
    """Middles."""
    counts: Int[Tensor, " bin"]
    tiles: Float[Tensor, "tile_row tile_column"]
    """The largest absolute weight of each tile of the whole matrix."""
    tile_rows: int
    """Of the matrix in a tile."""
    tile_columns: int


@dataclass(frozen=True, kw_only=True)
class QuantizedMatrixFormats(Payload):
    """All formats on one matrix, as far as they are measured."""

    matrix: str
    out: int
    d_in: int
    rows: int
    """How many are measured."""
    sigma: float
    total: int
    tried: tuple[Tried, ...]


def place(weight: Float[Tensor, "out in"], row: int, column: int, group: int) -> tuple[int, int]:
    """Where the window begins: as asked, around the largest weight for -1; at a group's edge where that helps."""
    largest = int(weight.abs().argmax())
    row = largest // weight.shape[1] - ROWS // 2 if row < 0 else row
    column = largest % weight.shape[1] - COLUMNS // 2 if column < 0 else column
    edge = group if group <= COLUMNS else 1
    column = max(0, min(column, weight.shape[1] - COLUMNS)) // edge * edge
    return max(0, min(row, weight.shape[0] - ROWS)), column


def histogram(weight: Float[Tensor, "out in"]) -> tuple[Float[Tensor, " bin"], Int[Tensor, " bin"]]:
    edge = float(weight.abs().max()) or 1.0
    counts = torch.histc(weight, BINS, -edge, edge).long()
    return (torch.arange(BINS) + 0.5) * (2 * edge / BINS) - edge, counts


def tiled(weight: Float[Tensor, "out in"]) -> tuple[Float[Tensor, "tile_row tile_column"], int, int]:
    """The largest absolute weight of each tile, and a tile's rows and columns; tiles at the edges may be smaller.

    >>> tiles, rows, columns = tiled(torch.arange(192.0 * 100).view(192, 100))
    >>> tuple(tiles.shape), rows, columns, float(tiles[-1, -1])
    ((48, 100), 4, 1, 19199.0)
    """
    rows, columns = (-(-size // most) for size, most in zip(weight.shape, TILES, strict=True))
    pooled = F.max_pool2d(weight.abs()[None], (rows, columns), ceil_mode=True)[0]
    return pooled, rows, columns


def two_levels(made: Format, scales: Scales, groups: slice, d_in: int) -> Levels | None:
    """Of a K type's rows, what the steps are products of."""
    if not isinstance(made, KQuant):
        return None
    stored, each = scales.stored, made.block // made.group
    spread = lambda name: stored[name].float().reshape(-1, d_in // made.block).repeat_interleave(each, 1)[:, groups]  # noqa: E731
    parts = lambda name: stored[name].int().reshape(-1, d_in // made.group)[:, groups]  # noqa: E731
    low = "m" in stored
    return Levels(
        d=spread("d"),
        part=parts("sc"),
        dmin=spread("dmin") if low else None,
        low_part=parts("m") if low else None,
        block=made.block,
    )


def farther_than_nearest(
    made: Format, weight: Float[Tensor, "row in"], codes: Int32[Tensor, "row in"], scales: Scales
) -> float:
    """By how much a stored value is farther from its weight than the nearest level is, at most, in steps."""
    groups = weight.double().unflatten(1, (scales.step.shape[1], -1))  # row group in_group
    step = scales.step.double()[..., None]
    unit = (groups if scales.low is None else groups - scales.low.double()[..., None]) / torch.where(
        step == 0, 1.0, step
    )
    known = made.levels[made.levels.isfinite()].double().sort().values
    above = torch.searchsorted(known, unit.contiguous()).clamp(1, len(known) - 1)
    best = torch.minimum((unit - known[above - 1]).abs(), (known[above] - unit).abs())
    own = made.levels[codes.long()].double().unflatten(1, (scales.step.shape[1], -1))
    return float(torch.where(step == 0, 0.0, (own - unit).abs() - best).max())


def rounded(made: Format, scales: Scales) -> float:
    """So many steps a code may lie beyond the nearest level. ggml finds the codes of its older types before float16
    rounds step and low, by 2^-11 of each: what a code stands for moves by that, and so does its neighbour."""
    if not isinstance(made, Blocks) or isinstance(made, KQuant):
        return 1e-3
    reach = float(made.levels.abs().max())
    if scales.low is not None:
        used = scales.step != 0
        reach += float((scales.low / scales.step)[used].abs().max()) if bool(used.any()) else 0.0
    return 2 * 2**-11 * reach + 1e-3


def stated_bytes(made: Format, shape: tuple[int, int]) -> int | None:
    """What the specification says that a matrix takes; None where none is at hand."""
    out, d_in = shape
    if isinstance(made, Blocks):
        from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

        block, each = GGML_QUANT_SIZES[GGMLQuantizationType[made.title]]
        return out * d_in // block * each
    if isinstance(made, Integers):
        scales = 1 if made.whole else out * (1 if made.group is None else d_in // made.group)
        return out * -(-d_in * made.bits // 8) + (4 if made.precise else 2) * scales * (1 + (made.kind == "affine"))
    return None


def by_gguf(made: Blocks, packed: Packed) -> Float[Tensor, "out in"]:
    """The same bytes as the gguf package reads them."""
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize

    kind = GGMLQuantizationType[made.title]
    return torch.from_numpy(dequantize(packed.parts["blocks"].contiguous().numpy(), kind))
