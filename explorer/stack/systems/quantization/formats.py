"""The formats by name: the one table that links, command line, pictures and benchmarks read."""

from __future__ import annotations

from explorer.errors import BadRequestError
from explorer.stack.systems.quantization.floating_point import BF16, E2M1, E4M3, E5M2, FP16
from explorer.stack.systems.quantization.floats import Floats
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.gguf_blocks import Q4_0, Q4_1, Q5_0, Q5_1, Q8_0
from explorer.stack.systems.quantization.integers import Integers
from explorer.stack.systems.quantization.k_quants import Q2_K, Q3_K, Q4_K, Q5_K, Q6_K
from explorer.stack.systems.quantization.lattice import Lattice
from explorer.stack.systems.quantization.microscaling import Microscaling
from explorer.stack.systems.quantization.normal_float import FP4, NF4, Table
from explorer.stack.systems.quantization.ternary import Ternary

LLM_INT8 = "Dettmers et al. 2022, LLM.int8(), arXiv 2208.07339"
FP8 = "Micikevicius et al. 2022, FP8 formats for deep learning, arXiv 2209.05433"
QLORA = "Dettmers et al. 2023, QLoRA, arXiv 2305.14314"
MX = "OCP Microscaling Formats 1.0, 2023; Rouhani et al. 2023, arXiv 2310.10537"
NVFP4 = "NVIDIA 2025, Pretraining LLMs with NVFP4, arXiv 2509.25149"
BITNET = "Ma et al. 2024, BitNet b1.58, arXiv 2402.17764"
QUIP = "Tseng et al. 2024, QuIP#, arXiv 2402.04396"

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Floats("fp16", "FP16", FP16, scaled=False, source="IEEE 754-2008, binary16"),
        Floats("bf16", "BF16", BF16, scaled=False, source="Kalamkar et al. 2019, bfloat16, arXiv 1905.12322"),
        Floats("fp8_e4m3", "FP8 E4M3, one scale per row", E4M3, source=FP8),
        Floats("fp8_e4m3_g64", "FP8 E4M3, groups of 64", E4M3, 64, source=FP8),
        Floats("fp8_e5m2", "FP8 E5M2, one scale per row", E5M2, source=FP8),
        Microscaling("mxfp8", "MXFP8 E4M3", E4M3, source=MX),
        Integers("int8", "INT8, one scale per row", 8, kind="absmax", precise=True, source=LLM_INT8),
        Integers("int8_tensor", "INT8, one scale", 8, kind="absmax", whole=True, precise=True, source=LLM_INT8),
        Integers("int8_affine", "INT8, affine", 8, kind="affine", precise=True, source=LLM_INT8),
        Integers(
            "int8_affine_tensor", "INT8, affine, one scale", 8, kind="affine", whole=True, precise=True, source=LLM_INT8
        ),
        *(Q8_0, Q6_K, Q5_K, Q5_1, Q5_0),
        *(Q4_K, Q4_1, Q4_0),
        Integers("int4", "INT4, groups of 32", 4, 32),
        Integers("int4_g64", "INT4, groups of 64", 4, 64),
        Integers("int4_affine", "INT4, affine, groups of 64", 4, 64, kind="affine"),
        Table("nf4", "NF4", NF4, source=QLORA),
        Table("nf4_dq", "NF4, double quantization", NF4, nested=True, source=QLORA),
        Table("fp4", "FP4 (bitsandbytes)", FP4, source="bitsandbytes, csrc/kernels"),
        Microscaling("mxfp4", "MXFP4", E2M1, source=MX),
        Microscaling("nvfp4", "NVFP4", E2M1, 16, "e4m3", source=NVFP4),
        Q3_K,
        Integers("int3", "INT3, groups of 32", 3, 32),
        Integers("int2", "INT2, groups of 32", 2, 32),
        Q2_K,
        Lattice("e8", "E8 lattice, rotated", source=QUIP),
        Ternary("ternary", "Ternary", source=BITNET),
    )
}


def named(name: str) -> Format:
    """Raises BadRequestError for a format that there is not."""
    if name not in FORMATS:
        raise BadRequestError(f"There is no weight format “{name[:40]}”.", f"Known are {', '.join(FORMATS)}.")
    return FORMATS[name]
