"""Accelerators by their documents: the one table that every view and every sum reads.

Numbers are quoted, each with the document that says it, as it says it. Peaks are dense: a data sheet that states only
the figure for matrices of which half is zero (structured sparsity) states twice as much, and is halved here, with a
note.

Memory stands here twice. Makers count 2^30 bytes and write GB: a card sold as "24 GB" has 25.8 GB (10^9 bytes). Not all
of it is there: error correction or the firmware takes a part, and the driver reports the rest. What it reports is
computed with. An Apple machine shares one memory, of which macOS lets the graphics processor have three quarters.

Fast memory is what one processor of the device has for itself, and what a tile of attention must fit: shared memory of
a streaming multiprocessor, the local data share of a compute unit. Its registers hold tiles too: on recent devices the
output's block stays there.

Worked example: from how many FLOPs a byte on arithmetic decides (the ridge point), in bfloat16; and memory in GB.

>>> {each.name: round(each.machine("bf16").ridge) for each in ACCELERATORS.values() if each.chip}
{'A100 80GB SXM': 153, 'H100 SXM': 295, 'H200 SXM': 206, 'MI300X': 247}
>>> [(key, ACCELERATORS[key].sold.said, round(ACCELERATORS[key].memory.value / 1e9, 1)) for key in ("rtx4090", "h100")]
[('rtx4090', '24 GB', 25.8), ('h100', '80 GB', 85.5)]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.stack.systems.accelerator import Accelerator, Chip, Document, Quoted
from explorer.stack.systems.hardware import KIB, MIB

GIB = KIB**3

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
_FA3 = Document(
    "FlashAttention-3 (Shah et al. 2024), section 3.1, special functions of an H100 SXM5",
    "https://arxiv.org/abs/2407.08608",
)
_GA102 = Document(
    "NVIDIA Ampere GA102 GPU Architecture, white paper",
    "https://www.nvidia.com/content/PDF/nvidia-ampere-ga-102-gpu-architecture-whitepaper-v2.1.pdf",
)
_ADA = Document(
    "NVIDIA Ada GPU Architecture, white paper",
    "https://images.nvidia.com/aem-dam/Solutions/geforce/ada/nvidia-ada-gpu-architecture.pdf",
)
_L40S = Document("NVIDIA L40S, data sheet", "https://resources.nvidia.com/en-us-l40s/l40s-datasheet-28413")
_MI300X = Document(
    "AMD Instinct MI300X accelerator, data sheet",
    "https://www.amd.com/content/dam/amd/en/documents/instinct-tech-docs/data-sheets/amd-instinct-mi300x-data-sheet.pdf",
)
_ROCM = Document(
    "AMD GPU specifications, ROCm documentation",
    "https://rocm.docs.amd.com/en/7.13.0-preview/reference/gpu-specs.html",
)
_M3_MAX = Document(
    "MacBook Pro (16-inch, Nov 2023), technical specifications", "https://support.apple.com/en-us/117737"
)
_M2_ULTRA = Document("Apple introduces M2 Ultra", "https://www.apple.com/newsroom/2023/06/apple-introduces-m2-ultra/")
_METAL = Document(
    "Metal's recommendedMaxWorkingSetSize on a Mac of 96 GB: 73,728 MiB (llama.cpp, issue 3213)",
    "https://github.com/ggml-org/llama.cpp/issues/3213",
)
_SMI = "Total memory that nvidia-smi reports"
_SMI_MODAL = Document(f"{_SMI} (modal-client, pull request 2797)",
                      "https://github.com/modal-labs/modal-client/pull/2797")  # fmt: skip
_SMI_3090 = Document(f"{_SMI} (club-3090, issue 390)", "https://github.com/noonghunna/club-3090/issues/390")
_SMI_4090 = Document(f"{_SMI} (RLinf, issue 255)", "https://github.com/RLinf/RLinf/issues/255")
_SMI_H100 = Document(f"{_SMI} (nccl, issue 1264)", "https://github.com/NVIDIA/nccl/issues/1264")
_SMI_H200 = Document(f"{_SMI} (cuda-samples, issue 311)", "https://github.com/NVIDIA/cuda-samples/issues/311")
_ROCMINFO = Document("Size of the memory pool that rocminfo reports (rocm-examples, issue 187)",
                     "https://github.com/ROCm/rocm-examples/issues/187")  # fmt: skip
_REGISTERS = "64K 32-bit registers per SM"


def _sold(gigabytes: int, sheet: Document) -> Quoted:
    return Quoted(gigabytes * GIB, f"{gigabytes} GB", sheet)


def _reported(mebibytes: int, document: Document) -> Quoted:
    return Quoted(mebibytes * MIB, f"{mebibytes:,} MiB", document)


def _three_quarters(gigabytes: int) -> Quoted:
    said = f"{gigabytes * 768:,} MiB, three quarters of {gigabytes} GB"
    return Quoted(gigabytes * GIB * 3 // 4, said, _METAL)


def _read_at(gigabytes: int, document: Document) -> Quoted:
    return Quoted(gigabytes * 1e9, f"{gigabytes:,} GB/s", document)


def _hopper(name: str, sheet: Document) -> Chip:
    """H100 and H200 compute alike and differ in memory."""
    return Chip(
        name,
        processor="SM",
        processors=Quoted(132, "132 SMs", _HOPPER_DEPTH),
        fast=Quoted(228 * KIB, "228 KB per SM", _HOPPER),
        registers=Quoted(256 * KIB, _REGISTERS, _HOPPER),
        l2=Quoted(50 * MIB, "50 MB", _HOPPER),
        fp8=Quoted(3958e12 / 2, "3,958 TFLOPS with sparsity: half of it dense", sheet),
        fp32=Quoted(67e12, "67 TFLOPS", sheet),
        exponentials=Quoted(3.9e12, "3.9 TFLOPS of special functions", _FA3),
    )


def _hopper_bf16(sheet: Document) -> Quoted:
    return Quoted(1979e12 / 2, "1,979 TFLOPS with sparsity: half of it dense", sheet)


_A100_CHIP = Chip(
    "A100",
    processor="SM",
    processors=Quoted(108, "108 SMs", _A100_PAPER),
    fast=Quoted(164 * KIB, "164 KB per SM", _AMPERE),
    registers=Quoted(256 * KIB, _REGISTERS, _AMPERE),
    l2=Quoted(40 * MIB, "40 MB", _AMPERE),
    fp8=None,
    fp32=Quoted(19.5e12, "19.5 TFLOPS", _A100),
)
_MI300X_CHIP = Chip(
    "MI300X",
    processor="CU",
    processors=Quoted(304, "304 compute units", _MI300X),
    fast=Quoted(64 * KIB, "64 KiB local data share per CU", _ROCM),
    registers=Quoted(512 * KIB, "512 KiB vector registers per CU", _ROCM),
    l2=Quoted(32 * MIB, "32 MiB, 4 per XCD", _ROCM),
    fp8=Quoted(2614.9e12, "2,614.9 TFLOPS", _MI300X),
    fp32=Quoted(163.4e12, "163.4 TFLOPS", _MI300X),
)
_A100_BF16 = Quoted(312e12, "312 TFLOPS", _A100)

#: By their keys, in the order of their memory.
ACCELERATORS: Mapping[str, Accelerator] = {
    each.key: each
    for each in (
        Accelerator(
            "rtx3090", "RTX 3090", _sold(24, _GA102), _reported(24_576, _SMI_3090), _read_at(936, _GA102),
            Quoted(71e12, "71 TFLOPS", _GA102),
        ),
        Accelerator(
            "rtx4090", "RTX 4090", _sold(24, _ADA), _reported(24_564, _SMI_4090), _read_at(1008, _ADA),
            Quoted(165.2e12, "165.2 TFLOPS", _ADA),
        ),
        Accelerator(
            "l40s", "L40S", _sold(48, _L40S), _reported(46_068, _SMI_MODAL), _read_at(864, _L40S),
            Quoted(362.05e12, "362.05 TFLOPS", _L40S),
        ),
        Accelerator(
            "a100_40", "A100 40GB SXM", _sold(40, _A100_PAPER), _reported(40_960, _SMI_MODAL),
            _read_at(1555, _A100_PAPER), _A100_BF16,
        ),
        Accelerator(
            "a100_80", "A100 80GB SXM", _sold(80, _A100), _reported(81_920, _SMI_MODAL), _read_at(2039, _A100),
            _A100_BF16, _A100_CHIP,
        ),
        Accelerator(
            "h100", "H100 SXM", _sold(80, _H100), _reported(81_559, _SMI_H100),
            Quoted(3.35e12, "3.35 TB/s", _H100), _hopper_bf16(_H100), _hopper("H100", _H100),
        ),
        Accelerator(
            "h200", "H200 SXM", _sold(141, _H200), _reported(143_771, _SMI_H200),
            Quoted(4.8e12, "4.8 TB/s", _H200), _hopper_bf16(_H200), _hopper("H200", _H200),
        ),
        Accelerator(
            "mi300x", "MI300X", _sold(192, _MI300X), Quoted(201_310_208 * KIB, "201,310,208 KB", _ROCMINFO),
            Quoted(5.3e12, "5.3 TB/s", _MI300X), Quoted(1307.4e12, "1,307.4 TFLOPS", _MI300X), _MI300X_CHIP,
        ),
        Accelerator(
            "m3_max", "Apple M3 Max 128GB", _sold(128, _M3_MAX), _three_quarters(128), _read_at(400, _M3_MAX), None
        ),
        Accelerator(
            "m2_ultra", "Apple M2 Ultra 192GB", _sold(192, _M2_ULTRA), _three_quarters(192), _read_at(800, _M2_ULTRA),
            None,
        ),
    )
}  # fmt: skip


# ---- devices of published trainings ----------------------------------------------------------------------------------

_TPU_V4 = Document("Cloud TPU v4, system architecture", "https://cloud.google.com/tpu/docs/v4")


@dataclass(frozen=True)
class TrainingDevice:
    """A device that published trainings ran on, by its dense peak in bfloat16."""

    key: str
    name: str
    peak: Quoted
    note: str = ""


def _bf16(key: str) -> Quoted:
    peak = ACCELERATORS[key].peak("bf16")
    assert peak is not None
    return peak


TRAINING_DEVICES: Mapping[str, TrainingDevice] = {
    each.key: each
    for each in (
        TrainingDevice("a100", "A100", _bf16("a100_80")),
        TrainingDevice("h100", "H100 SXM", _bf16("h100")),
        TrainingDevice(
            "h800", "H800 SXM", _bf16("h100"),
            "The H800 has the H100’s chip with slower links and slower 64-bit arithmetic; the peak is the H100’s.",
        ),
        TrainingDevice("tpu_v4", "TPU v4", Quoted(275e12, "275 teraflops (bf16 or int8)", _TPU_V4)),
    )
}  # fmt: skip
