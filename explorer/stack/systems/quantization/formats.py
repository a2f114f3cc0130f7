"""The formats by name: the one table that links, command line, pictures and benchmarks read."""

from __future__ import annotations

from explorer.errors import BadRequestError
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.gguf_blocks import Q4_0, Q4_1, Q5_0, Q5_1, Q8_0
from explorer.stack.systems.quantization.integers import Integers
from explorer.stack.systems.quantization.k_quants import Q2_K, Q3_K, Q4_K, Q5_K, Q6_K

LLM_INT8 = "Dettmers et al. 2022, LLM.int8(), arXiv 2208.07339"

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Integers("int8", "INT8, a scale a row", 8, kind="absmax", source=LLM_INT8),
        Integers("int8_tensor", "INT8, one scale", 8, kind="absmax", whole=True, source=LLM_INT8),
        Integers("int8_affine", "INT8, affine", 8, kind="affine", source=LLM_INT8),
        Integers("int4", "INT4, groups of 32", 4, 32),
        Integers("int4_g64", "INT4, groups of 64", 4, 64),
        Integers("int4_affine", "INT4, affine, groups of 64", 4, 64, kind="affine"),
        Integers("int3", "INT3, groups of 32", 3, 32),
        Integers("int2", "INT2, groups of 32", 2, 32),
        *(Q4_0, Q4_1, Q5_0, Q5_1, Q8_0),
        *(Q2_K, Q3_K, Q4_K, Q5_K, Q6_K),
    )
}


def named(name: str) -> Format:
    """Raises BadRequestError for a format that there is not."""
    if name not in FORMATS:
        raise BadRequestError(f"There is no weight format “{name[:40]}”.", f"Known are {', '.join(FORMATS)}.")
    return FORMATS[name]
