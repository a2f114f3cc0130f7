"""What the roofline panel draws: kernels under the roofs of named devices and of this machine, and traffic by d."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.machine import MachineSpeed
from explorer.experiments.systems.attention_io import Point
from explorer.experiments.systems.attention_roofline import HEADS, Timed
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds
from explorer.stack.systems.accelerator import Accelerator, Chip, Format, Quoted
from explorer.stack.systems.accelerators import ACCELERATORS
from explorer.stack.systems.attention_io import (
    KERNELS,
    Kernel,
    Shape,
    by_paper,
    by_reference,
    power,
    resident,
    shared,
    side_by_side,
)
from explorer.stack.systems.hardware import Cache
from explorer.stack.systems.roofline import Limit

#: The device that is shown first.
USUAL = "h100"
#: Tokens that are timed on this machine, at most.
LONGEST = 4096
BYTES_EACH: dict[Format, int] = {"fp32": 4, "bf16": 2, "fp8": 1}


@dataclass(frozen=True, kw_only=True)
class KernelLoad:
    """One kernel on one head."""

    kernel: str
    flops: int
    read: int
    written: int
    extra: int
    intensity: float
    """FLOPs a byte."""


@dataclass(frozen=True, kw_only=True)
class SharedLoad:
    """FlashAttention-2 on one head, its keys and values from slow memory once, then from the cache that all share."""

    bytes: int
    intensity: float


@dataclass(frozen=True, kw_only=True)
class QuotedNumber:
    """A number of a data sheet, as it says it, and where."""

    name: str
    value: float
    said: str
    title: str
    address: str


@dataclass(frozen=True, kw_only=True)
class NamedDevice:
    """One device by its documents; its peak is None where it has no units for the format."""

    key: str
    name: str
    processor: str
    peak: float | None
    bandwidth: float
    fast: float
    """Bytes of fast memory of one processor."""
    seconds: tuple[float, ...]
    """The least time of each kernel on one head; none where there is no peak."""
    shared_seconds: float | None
    """Of FlashAttention-2 as `shared`."""
    l2: float
    """Bytes of its L2 cache."""
    read_at_once: int
    """Bytes of keys and values that its processors read at one time."""
    numbers: tuple[QuotedNumber, ...]


@dataclass(frozen=True, kw_only=True)
class KernelShape:
    """What is asked for."""

    n: int
    d: int
    rows: int
    columns: int
    causal: bool
    bytes_each: int
    resident: int
    """Bytes that a tile of FlashAttention-2 takes in fast memory."""


@dataclass(frozen=True, kw_only=True)
class NamedRoofs(Payload, KernelShape):
    """Kernels under the roofs of named devices."""

    number: str
    kernels: tuple[KernelLoad, ...]
    shared: SharedLoad
    devices: tuple[NamedDevice, ...]
    usual: str
    """Key of the device that is shown first."""
    counted_n: int
    """The length at which the closed forms were held against counts."""


def loads(shape: Shape) -> tuple[KernelLoad, ...]:
    made = {kernel: form(shape) for kernel, form in KERNELS.items()}
    return tuple(
        KernelLoad(
            kernel=kernel,
            flops=each.flops,
            read=each.read,
            written=each.written,
            extra=each.extra,
            intensity=each.intensity,
        )
        for kernel, each in made.items()
    )


def asked(shape: Shape) -> KernelShape:
    return KernelShape(
        n=shape.n,
        d=shape.d,
        rows=shape.rows,
        columns=shape.columns,
        causal=shape.causal,
        bytes_each=shape.bytes_each,
        resident=resident(shape),
    )


def named(shape: Shape, number: Format, counted_n: int) -> NamedRoofs:
    made = {one.key: device(one, one.chip, number, shape) for one in ACCELERATORS.values() if one.chip}
    return NamedRoofs(
        **vars(asked(shape)),
        number=number,
        kernels=loads(shape),
        shared=SharedLoad(bytes=shared(shape).bytes, intensity=shared(shape).intensity),
        devices=tuple(made.values()),
        usual=made[USUAL].key,
        counted_n=counted_n,
    )


def device(one: Accelerator, chip: Chip, number: Format, shape: Shape) -> NamedDevice:
    peak = one.peak(number)
    seconds, shared_seconds = tuple[float, ...](), None
    if peak is not None:
        machine = one.machine(number)
        seconds = tuple(machine.seconds(form(shape)) for form in KERNELS.values())
        shared_seconds = machine.seconds(shared(shape))
    return NamedDevice(
        key=chip.name,
        name=one.name,
        processor=chip.processor,
        peak=None if peak is None else float(peak.value),
        bandwidth=float(one.bandwidth.value),
        fast=float(chip.fast.value),
        seconds=seconds,
        shared_seconds=shared_seconds,
        l2=float(chip.l2.value),
        read_at_once=side_by_side(shape, int(chip.processors.value)),
        numbers=tuple(_quoted(name, each) for name, each in one.quoted().items()),
    )


def _quoted(name: str, each: Quoted) -> QuotedNumber:
    return QuotedNumber(
        name=name, value=float(each.value), said=each.said, title=each.document.title, address=each.document.address
    )


# ---- this machine


@dataclass(frozen=True, kw_only=True)
class CacheSize:
    """One cache of the first core."""

    level: int
    bytes: int
    shared: bool


@dataclass(frozen=True, kw_only=True)
class HereKernel(KernelLoad):
    """One kernel on all heads, predicted and, where it has a fast form here, measured."""

    least: float
    """Milliseconds that the roof allows."""
    bound: str
    """The lower of the two roofs at its intensity."""
    decides: Limit | None
    """Of the measured time: the limit that explains at least half of it, or neither; None where none was measured."""
    taken: Milliseconds | None


@dataclass(frozen=True, kw_only=True)
class HereRoof(Payload, KernelShape):
    """Kernels under this machine's roof, predicted and measured."""

    heads: int
    kernels: tuple[HereKernel, ...]
    machine: MachineSpeed
    ridge: float
    caches: tuple[CacheSize, ...]
    rounds: int
    of_rounds: int
    threads: int
    longest: int = LONGEST
    """Tokens that are timed here, at most."""


def here(made: Timed, shape: Shape, found: Sequence[Cache], of_rounds: int, threads: int) -> HereRoof:
    machine = made.speed.roof
    return HereRoof(
        **vars(asked(shape)),
        heads=HEADS,
        kernels=tuple(_here(kernel, shape, made) for kernel in KERNELS),
        machine=made.speed,
        ridge=machine.ridge,
        caches=tuple(CacheSize(level=each.level, bytes=each.bytes, shared=each.shared) for each in found),
        rounds=made.rounds,
        of_rounds=of_rounds,
        threads=threads,
    )


def _here(kernel: Kernel, shape: Shape, made: Timed) -> HereKernel:
    one, machine, taken = KERNELS[kernel](shape), made.speed.roof, made.taken.get(kernel)
    return HereKernel(
        kernel=kernel,
        flops=HEADS * one.flops,
        read=HEADS * one.read,
        written=HEADS * one.written,
        extra=HEADS * one.extra,
        intensity=one.intensity,
        least=HEADS * machine.seconds(one) * 1e3,
        bound=machine.bound(one),
        decides=None if taken is None else machine.decides(one, taken.median / HEADS),
        taken=Milliseconds.of(taken),
    )


# ---- the power of d


@dataclass(frozen=True, kw_only=True)
class TrafficPoint:
    """Bytes of one algorithm at one dimension, counted and by the closed form."""

    d: int
    rows: int
    columns: int
    counted: int
    formula: int


@dataclass(frozen=True, kw_only=True)
class TrafficByDimension(Payload):
    """Counted traffic against the dimension of a head, and two claims of how it grows."""

    n: int
    memory: int
    first: tuple[TrafficPoint, ...]
    """FlashAttention-1."""
    second: tuple[TrafficPoint, ...]
    dims: tuple[int, ...]
    paper: tuple[float, ...]
    """N^2 d^2 / M, through the count at the largest d."""
    reference: tuple[float, ...]
    """N^2 d / M, through the same."""
    powers: tuple[float, ...]
    """Fitted to both counts, and those of the claims; none before all are counted."""


def by_dimension(points: Sequence[Point], dims: Sequence[int], n: int, memory: int) -> TrafficByDimension:
    first, second = (tuple(map(_traffic, _of(points, kernel))) for kernel in ("flash_1", "flash_2"))
    end, last = first[-1].counted, first[-1].d
    paper = tuple(end * by_paper(n, d, memory) / by_paper(n, last, memory) for d in dims)
    reference = tuple(end * by_reference(n, d, memory) / by_reference(n, last, memory) for d in dims)
    powers: tuple[float, ...] = ()
    if len(first) == len(second) == len(dims):
        counts = [[each.counted for each in line] for line in (first, second)]
        powers = tuple(power(dims, line) for line in (*counts, paper, reference))
    return TrafficByDimension(
        n=n,
        memory=memory,
        first=first,
        second=second,
        dims=tuple(dims),
        paper=paper,
        reference=reference,
        powers=powers,
    )


def _of(points: Sequence[Point], kernel: str) -> list[Point]:
    return [each for each in points if each.kernel == kernel]


def _traffic(each: Point) -> TrafficPoint:
    shape = each.shape
    return TrafficPoint(
        d=shape.d, rows=shape.rows, columns=shape.columns, counted=each.counted.bytes, formula=each.formula.bytes
    )
