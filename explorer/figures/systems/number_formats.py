"""What the panel of number formats draws: the numbers of each format with what falls on them, and errors by bits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int32
from torch import Tensor

from explorer.experiments.systems.number_formats import FormatError, Sample
from explorer.figures.payload import Payload
from explorer.stack.systems.quantization.floating_point import BF16, E4M3, E5M2, FP16
from explorer.stack.systems.quantization.floats import Floats
from explorer.stack.systems.quantization.format import Format, Scales
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.microscaling import Microscaling
from explorer.stack.systems.quantization.normal_float import Table
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.stack.systems.quantization.ternary import Ternary
from explorer.stack.worst import worst

#: Numbers on which one can stand, and the ends of the scale.
PLACES, REACH, SMALLEST = 401, 1.6, 2.0**-11
#: The weights that scales are fitted to: so many even steps from end to end, again and again in a row of one of these
#: widths.
PATTERN, ROWS = 16, (64, 256)
#: More numbers than these are drawn as one stroke.
DRAWN = 256


@dataclass(frozen=True, kw_only=True)
class BitField:
    """Neighbouring bits of a code that mean something together."""

    kind: str
    """sign, exponent, mantissa, integer, index or trit."""
    count: int


@dataclass(frozen=True, kw_only=True)
class FormatGrid:
    """One format on the scale."""

    name: str
    title: str
    bits: float
    """A weight, scales left out."""
    group: int | None
    source: str
    fields: tuple[BitField, ...]
    step: float
    low: float | None
    levels: Float[Tensor, " level"]
    """All numbers that its codes reach in this group, ascending; none where there are more than `DRAWN`."""
    count: int
    codes: Int32[Tensor, " place"]
    """Of each number that one can stand on."""
    values: Float[Tensor, " place"]
    """What the codes stand for."""


@dataclass(frozen=True, kw_only=True)
class NumberGrid(Payload):
    """All formats on one scale."""

    largest: float
    logarithmic: bool
    numbers: Float[Tensor, " place"]
    reach: float
    smallest: float
    formats: tuple[FormatGrid, ...]
    vectors: tuple[str, ...]
    """Formats without a line of their own: several weights share a code."""


def grid(largest: float, logarithmic: bool) -> NumberGrid:
    numbers = torch.linspace(-REACH, REACH, PLACES)
    if logarithmic:
        numbers = torch.logspace(math.log2(SMALLEST), math.log2(REACH), PLACES, 2)
    alone = [form for form in FORMATS.values() if form.vector == 1]
    return NumberGrid(
        largest=largest,
        logarithmic=logarithmic,
        numbers=numbers,
        reach=REACH,
        smallest=SMALLEST,
        formats=tuple(_on_scale(form, largest, numbers) for form in alone),
        vectors=tuple(form.title for form in FORMATS.values() if form.vector > 1),
    )


def _on_scale(form: Format, largest: float, numbers: Float[Tensor, " place"]) -> FormatGrid:
    width, scales = group_of(form, largest)
    step, low = float(scales.step[0, 0]), None if scales.low is None else float(scales.low[0, 0])
    every = form.levels[form.levels.isfinite()] * step + (low or 0)
    reached = through(form, every, width, scales)[1].unique()
    codes, values = through(form, numbers, width, scales)
    return FormatGrid(
        name=form.name,
        title=form.title,
        bits=float(form.bits),
        group=form.group,
        source=form.source,
        fields=fields(form),
        step=step,
        low=low,
        levels=reached if len(reached) <= DRAWN else reached[:0],
        count=len(reached),
        codes=codes,
        values=values,
    )


def group_of(form: Format, largest: float) -> tuple[int, Scales]:
    """The width of a row of weights from -largest to largest that fits the format, and the scales fitted to it."""
    width = next(each for each in ROWS if form.misfit(each) is None)
    row = torch.linspace(-largest, largest, PATTERN).repeat(width // PATTERN)
    return width, form.fit(row[None])


def through(
    form: Format, numbers: Float[Tensor, " n"], width: int, scales: Scales
) -> tuple[Int32[Tensor, " n"], Float[Tensor, " n"]]:
    """The codes of any numbers under these scales, by the format's own rule, and what they stand for."""
    rows = torch.nn.functional.pad(numbers, (0, -len(numbers) % width)).view(-1, width)
    low = None if scales.low is None else scales.low.expand(len(rows), -1)
    spread = Scales(scales.step.expand(len(rows), -1), low, scales.stored)
    codes = form.encode(rows, spread)
    return codes.flatten()[: len(numbers)].int(), form.decode(codes, spread).flatten()[: len(numbers)]


def fields(form: Format) -> tuple[BitField, ...]:
    """What the bits of a code mean, the highest first."""
    if isinstance(form, Floats | Microscaling):
        made = (("sign", 1), ("exponent", form.element.exponent), ("mantissa", form.element.mantissa))
    elif isinstance(form, Table):
        made = (("index", 4),)
    elif isinstance(form, Ternary):
        made = (("trit", 1),)
    else:
        made = (("integer", int(form.bits)),)
    return tuple(BitField(kind=kind, count=count) for kind, count in made)


def not_nearest(made: NumberGrid) -> int:
    """Numbers within the group's range whose value is not the nearest of all that the format has: all are looked at."""
    wrong = 0
    for each in made.formats:
        within = made.numbers.abs() <= made.largest
        numbers, values = made.numbers[within].double(), each.values[within].double()
        form = FORMATS[each.name]
        levels = each.levels.double()
        if not len(levels):  # sixteen bits
            levels = (form.levels[form.levels.isfinite()].double() * each.step).sort().values
        above = torch.searchsorted(levels, numbers).clamp(1, len(levels) - 1)
        least = torch.minimum((numbers - levels[above - 1]).abs(), (levels[above] - numbers).abs())
        wrong += int((~((numbers - values).abs() <= least + 1e-5 * made.largest)).sum())  # NaN is none
    return wrong


def patterns_apart() -> tuple[int, int]:
    """Bit patterns of FP16, BF16, E4M3 and E5M2 that torch reads as another number than the formula; and all."""
    wrong = total = 0
    for element in (FP16, BF16, E4M3, E5M2):
        whole = torch.uint8 if element.bits == 8 else torch.uint16
        theirs = torch.arange(2**element.bits).to(whole).view(element.dtype or whole).float()
        theirs = torch.where(theirs.isfinite(), theirs, torch.nan)
        wrong += int((~((theirs == element.levels) | (theirs.isnan() & element.levels.isnan()))).sum())
        total += len(theirs)
    return wrong, total


# ---- errors by bits


#: Bits a weight by specification: code and scales of a group, and what each row has besides.
STATED: dict[str, tuple[float, int]] = {
    "fp16": (16, 0), "bf16": (16, 0), "fp8_e4m3": (8, 32), "fp8_e4m3_g64": (8.5, 0), "fp8_e5m2": (8, 32),
    "mxfp8": (8.25, 0), "int8": (8, 32), "int8_tensor": (8, 0), "int8_affine": (8, 64), "int4": (4.5, 0),
    "int4_g64": (4.25, 0), "int4_affine": (4.5, 0), "nf4": (4.5, 0), "nf4_dq": (4.127, 0), "fp4": (4.5, 0),
    "mxfp4": (4.25, 0), "nvfp4": (4.5, 0), "int3": (3.5, 0), "int2": (2.5, 0), "e8": (2, 16), "ternary": (1.6, 0),
    "int8_affine_tensor": (8, 0), "q4_0": (4.5, 0), "q4_1": (5, 0), "q5_0": (5.5, 0), "q5_1": (6, 0), "q8_0": (8.5, 0),
    "q2_k": (2.625, 0), "q3_k": (3.4375, 0), "q4_k": (4.5, 0), "q5_k": (5.5, 0), "q6_k": (6.5625, 0),
}  # fmt: skip
#: Relative error on normal numbers as others' code leaves it: bitsandbytes 0.50, torchao 0.18, ggml.
ELSEWHERE = {"nf4": 0.0922, "fp4": 0.1219, "mxfp4": 0.1150, "q4_0": 0.0859, "q4_k": 0.0713, "q6_k": 0.0177}


@dataclass(frozen=True, kw_only=True)
class FormatPoint:
    """One format, measured or not fitting."""

    name: str
    title: str
    bits: float | None
    real: float | None
    normal: float | None
    best: bool
    """None has a smaller error in as few bits, the model's own format left aside."""
    own: bool
    """The weights lie on its grid: it gives them back without any error."""
    misfit: str


@dataclass(frozen=True, kw_only=True)
class ErrorsByBits(Payload):
    """All formats on one sample of weights."""

    role: str
    roles: tuple[str, ...]
    baseline: str
    """How the weights that are rounded came to be."""
    matrices: int
    of_matrices: int
    rows: int
    weights: int
    of_formats: int
    points: tuple[FormatPoint, ...]


def errors_by_bits(taken: Sample, measured: Sequence[FormatError], roles: Sequence[str], baseline: str) -> ErrorsByBits:
    front = best(measured)
    points = tuple(
        FormatPoint(
            name=each.name,
            title=SCHEMES[each.name].title,
            bits=each.bits,
            real=None if each.bits is None else each.real,
            normal=None if each.bits is None else each.normal,
            best=each.name in front,
            own=exact(each),
            misfit=each.misfit,
        )
        for each in measured
    )
    rows = sum(len(each) for each in taken.rows)
    return ErrorsByBits(
        role=taken.role,
        roles=tuple(roles),
        baseline=baseline,
        matrices=taken.matrices,
        of_matrices=taken.of,
        rows=rows,
        weights=taken.weights,
        of_formats=len(FORMATS) + 1,
        points=points,
    )


def exact(each: FormatError) -> bool:
    """The format gives these weights back as they are: it is the one in which they were stored."""
    return each.bits is not None and each.real == 0


def best(measured: Sequence[FormatError]) -> set[str]:
    """Formats that no other betters in error without more bits. One that is exact is the weights' own: against it no
    other could stand, and it says nothing of how formats round.

    >>> made = [FormatError("a", 4.0, 0.1, 0.1), FormatError("b", 4.5, 0.2, 0.1), FormatError("c", 5.0, 0.05, 0.1)]
    >>> sorted(best([*made, FormatError("own", 4.6, 0.0, 0.1)]))
    ['a', 'c']
    """
    found, least = set(), math.inf
    fair = [each for each in measured if each.bits is not None and not exact(each)]
    for each in sorted(fair, key=lambda each: (each.bits, each.real)):
        if each.real < least:
            found.add(each.name)
            least = each.real
    return found


def off_stated(taken: Sample, measured: Sequence[FormatError]) -> float:
    """The largest difference of measured bits from stated ones, of formats whose bits are stated here."""
    total = sum(taken.sizes)
    row = sum(size / rows.shape[1] for size, rows in zip(taken.sizes, taken.rows, strict=True)) / total
    known = [each for each in measured if each.bits is not None and each.name in STATED]
    return worst(0.0, *(abs((each.bits or 0) - STATED[each.name][0] - STATED[each.name][1] * row) for each in known))


def off_elsewhere(measured: Sequence[FormatError]) -> tuple[list[str], float]:
    """Formats whose error on normal numbers others have measured, and the largest relative difference from theirs."""
    known = [each for each in measured if each.bits is not None and each.name in ELSEWHERE]
    off = worst(0.0, *(abs(each.normal / ELSEWHERE[each.name] - 1) for each in known))
    return [SCHEMES[each.name].title for each in known], off


def past_bound(measured: Sequence[FormatError]) -> float:
    """By how much any format's error on normal numbers is smaller than Shannon's bound, 2^-bits; 0 if none is."""
    known = [(each.bits, each.normal) for each in measured if each.bits is not None]
    return worst(0.0, *(2.0**-bits / max(normal, 1e-30) - 1 for bits, normal in known))
