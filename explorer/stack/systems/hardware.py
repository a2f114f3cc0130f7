"""What machines have: arithmetic and bandwidth at their peak, and the fast memory that tiles must fit.

Numbers of accelerators are quoted, each with the document that says it, as it says it. Peaks are dense: a data sheet
that states only the figure for matrices of which half is zero (structured sparsity) states twice as much, and is
halved here, with a note. This machine's caches are read from its system, its two limits are measured
(`stack.systems.roofline.probe`).

Fast memory is what one processor of the device has for itself, and what a tile of attention must fit: shared memory of
a streaming multiprocessor, the local data share of a compute unit, a core's own caches. Its registers hold tiles too:
on recent devices the output's block stays there.

Worked example: from how many FLOPs a byte on arithmetic decides (the ridge point), in bfloat16.

>>> {name: round(each.machine("bf16").ridge) for name, each in ACCELERATORS.items()}
{'A100': 153, 'H100': 295, 'H200': 206, 'MI300X': 247}
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from explorer.stack.systems.roofline import Machine

Format = Literal["bf16", "fp8", "fp32"]
KIB, MIB = 1024, 1024**2


@dataclass(frozen=True)
class Document:
    """Where a number is stated."""

    title: str
    address: str


@dataclass(frozen=True)
class Quoted:
    """A number in bytes, or operations or bytes a second, and how its document puts it."""

    value: float | int
    said: str
    document: Document


@dataclass(frozen=True)
class Accelerator:
    """One device by its documents."""

    name: str
    processor: str
    """What its processors are called."""
    processors: Quoted
    fast: Quoted
    """Memory of one processor that a program fills itself."""
    registers: Quoted
    """Of one processor."""
    l2: Quoted
    bandwidth: Quoted
    """Of its memory, bytes a second."""
    bf16: Quoted
    """Matrix units, dense, operations a second."""
    fp8: Quoted | None
    """None: it has no units for it."""
    fp32: Quoted
    """Outside the matrix units, which would round to fewer bits; on CDNA 3 both reach this."""

    def peak(self, number: Format) -> Quoted | None:
        peaks: Mapping[Format, Quoted | None] = {"bf16": self.bf16, "fp8": self.fp8, "fp32": self.fp32}
        return peaks[number]

    def machine(self, number: Format) -> Machine:
        """Its roof for numbers of that format. Raises ValueError where it has no units for them."""
        peak = self.peak(number)
        if peak is None:
            raise ValueError(f"{self.name} has no matrix units for {number}")
        return Machine(peak.value, self.bandwidth.value)

    def quoted(self) -> dict[str, Quoted]:
        """Every number by its name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Quoted)}


_A100 = Document(
    "NVIDIA A100 Tensor Core GPU, data sheet, A100 80GB SXM",
    "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf",
)
_A100_PAPER = Document(
    "NVIDIA A100 Tensor Core GPU Architecture, white paper",
    "https://images.nvidia.com/aem-dam/en-zz/Solutions/data-center/nvidia-ampere-architecture-whitepaper.pdf",
)
_AMPERE = Document(
    "Tuning CUDA Applications for NVIDIA Ampere GPU Architecture, 1.4",
    "https://docs.nvidia.com/cuda/archive/13.0.0/ampere-tuning-guide/index.html",
)
_H100 = Document(
    "NVIDIA H100 Tensor Core GPU, data sheet, H100 SXM",
    "https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet",
)
_H200 = Document(
    "NVIDIA H200 Tensor Core GPU, data sheet, H200 SXM",
    "https://nvdam.widen.net/s/nb5zzzsjdf/hpc-datasheet-sc23-h200-datasheet-3002446",
)
_HOPPER = Document(
    "Tuning CUDA Applications for Hopper GPU Architecture, 1.4",
    "https://docs.nvidia.com/cuda/archive/12.5.0/hopper-tuning-guide/index.html",
)
_HOPPER_DEPTH = Document(
    "NVIDIA Hopper Architecture In-Depth, H100 SXM5 (H200 has the same chip with other memory)",
    "https://developer.nvidia.com/blog/nvidia-hopper-architecture-in-depth/",
)
_MI300X = Document(
    "AMD Instinct MI300X accelerator, data sheet",
    "https://www.amd.com/content/dam/amd/en/documents/instinct-tech-docs/data-sheets/amd-instinct-mi300x-data-sheet.pdf",
)
_ROCM = Document(
    "AMD GPU specifications, ROCm documentation",
    "https://rocm.docs.amd.com/en/7.13.0-preview/reference/gpu-specs.html",
)
_REGISTERS = "64K 32-bit registers per SM"


def _hopper(name: str, sheet: Document, bandwidth: Quoted) -> Accelerator:
    """H100 and H200 compute alike and differ in memory."""
    return Accelerator(
        name,
        processor="SM",
        processors=Quoted(132, "132 SMs", _HOPPER_DEPTH),
        fast=Quoted(228 * KIB, "228 KB per SM", _HOPPER),
        registers=Quoted(256 * KIB, _REGISTERS, _HOPPER),
        l2=Quoted(50 * MIB, "50 MB", _HOPPER),
        bandwidth=bandwidth,
        bf16=Quoted(1979e12 / 2, "1,979 TFLOPS with sparsity: half of it dense", sheet),
        fp8=Quoted(3958e12 / 2, "3,958 TFLOPS with sparsity: half of it dense", sheet),
        fp32=Quoted(67e12, "67 TFLOPS", sheet),
    )


ACCELERATORS: dict[str, Accelerator] = {
    "A100": Accelerator(
        "A100 80GB SXM",
        processor="SM",
        processors=Quoted(108, "108 SMs", _A100_PAPER),
        fast=Quoted(164 * KIB, "164 KB per SM", _AMPERE),
        registers=Quoted(256 * KIB, _REGISTERS, _AMPERE),
        l2=Quoted(40 * MIB, "40 MB", _AMPERE),
        bandwidth=Quoted(2039e9, "2,039 GB/s", _A100),
        bf16=Quoted(312e12, "312 TFLOPS", _A100),
        fp8=None,
        fp32=Quoted(19.5e12, "19.5 TFLOPS", _A100),
    ),
    "H100": _hopper("H100 SXM", _H100, Quoted(3.35e12, "3.35 TB/s", _H100)),
    "H200": _hopper("H200 SXM", _H200, Quoted(4.8e12, "4.8 TB/s", _H200)),
    "MI300X": Accelerator(
        "MI300X",
        processor="CU",
        processors=Quoted(304, "304 compute units", _MI300X),
        fast=Quoted(64 * KIB, "64 KiB local data share per CU", _ROCM),
        registers=Quoted(512 * KIB, "512 KiB vector registers per CU", _ROCM),
        l2=Quoted(32 * MIB, "32 MiB, 4 per XCD", _ROCM),
        bandwidth=Quoted(5.3e12, "5.3 TB/s", _MI300X),
        bf16=Quoted(1307.4e12, "1,307.4 TFLOPS", _MI300X),
        fp8=Quoted(2614.9e12, "2,614.9 TFLOPS", _MI300X),
        fp32=Quoted(163.4e12, "163.4 TFLOPS", _MI300X),
    ),
}


# ---- this machine


@dataclass(frozen=True)
class Cache:
    """One cache of the first core."""

    level: int
    bytes: int
    shared: bool
    """Whether other cores use it too."""


CPU_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
GLIBC = {1: 188, 2: 191, 3: 194}
"""_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE."""


def caches(folder: Path = CPU_CACHES) -> tuple[Cache, ...]:
    """The data caches of this machine's first core, small ones first; none where the system does not tell.

    Linux tells in /sys; where that is closed, the C library may know their sizes, though not who shares them. macOS and
    Windows tell through neither.
    """
    found = [cache for each in sorted(folder.glob("index*")) if (cache := _read(each)) is not None]
    return tuple(sorted(found or _by_c_library(), key=lambda each: each.level))


def _read(folder: Path) -> Cache | None:
    """One cache as Linux describes it; None for one of instructions, or that is described in part."""
    try:
        kind, level, size, cores = (
            (folder / name).read_text(encoding="ascii").strip() for name in ("type", "level", "size", "shared_cpu_list")
        )
        units = {"K": KIB, "M": MIB}
        nbytes = int(size[:-1]) * units[size[-1]] if size[-1:] in units else int(size)
        return None if kind == "Instruction" else Cache(int(level), nbytes, not cores.isdigit())
    except (OSError, ValueError):
        return None


def _by_c_library() -> list[Cache]:
    """As glibc's sysconf says, whose numbers for them Python has no names for."""
    if platform.libc_ver()[0] != "glibc":
        return []
    sizes = {level: os.sysconf(name) for level, name in GLIBC.items()}
    return [Cache(level, size, shared=level > 2) for level, size in sizes.items() if size > 0]


def free_memory() -> int:
    """Bytes that a process could still take: what Linux calls available; elsewhere half of all there is, a guess."""
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
        return int(told.split("MemAvailable:")[1].split()[0]) * KIB
    except (OSError, IndexError, ValueError):
        names = getattr(os, "sysconf_names", {})
        if "SC_PHYS_PAGES" in names:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        return 4 * KIB**3
