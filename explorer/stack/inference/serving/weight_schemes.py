"""How a whole model is stored under the names that people download: bits of each tensor, scales counted.

    bits of a matrix = codes + its part of the scales            Q4_K: 144 bytes for 256 weights = 4.5

No file has one format everywhere. llama.cpp's mixes (`systems.quantization.mix`) give the unembedding Q6_K and, in
Q4_K_M, also values and the feed-forward's way down in every third block; of a model of 80 blocks, all values get at
least Q5_K (llama-quant.cpp). bitsandbytes, GPTQ, AWQ and FP8 checkpoints pack the blocks' matrices and leave embedding,
unembedding and router in 16 bits. gpt-oss packs its experts alone (MXFP4, OCP Microscaling 1.0).

GPTQ (Frantar et al. 2022, arXiv 2210.17323) and AWQ (Lin et al. 2023, arXiv 2306.00978) as published: 4 bits, and for
each 128 weights a 16-bit scale and a 4-bit zero: 4 + 20 / 128 = 4.156.

Worked example: Llama-3-70B in Q4_K_M. Its published file has 42.52 GB with its
vocabulary: 4.82 bits a weight, not 4.

>>> from explorer.stack.inference.serving.known_models import REAL_MODELS
>>> llama = REAL_MODELS["Llama-3-70B"]
>>> total = sum(stored(llama, "q4_k_m").values())
>>> round(total / 1e9, 2), round(8 * total / 70_553_706_496, 2)
(42.51, 4.82)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from explorer.stack.inference.serving.model_sizes import Sizes, Tensors, tensors
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gguf_blocks import Blocks
from explorer.stack.systems.quantization.memory_table import packed_bits
from explorer.stack.systems.quantization.mix import Place, chosen, mix

#: What is packed: everything, llama.cpp's choice, the blocks' matrices, the experts (without any: the blocks').
Packs = Literal["all", "mix", "blocks", "experts"]
#: A row that each format's bits are taken from.
ROW = 4096
GPTQ_BITS = 4 + (16 + 4) / 128


@dataclass(frozen=True)
class Scheme:
    """One way to store a model."""

    name: str
    """In links."""
    title: str
    packs: Packs
    format: str
    """Of `quantization.formats`, or of `quantization.mix`."""
    stays: str
    """Which tensors keep more bits."""


_HALF = "The unembedding, and W_V and W_down of half of the blocks, stay in Q6_K."
_BLOCKS = "Embedding, unembedding and norms stay in 16 bits."
SCHEMES: Mapping[str, Scheme] = {
    each.name: each
    for each in (
        Scheme("fp32", "FP32", "all", "fp32", ""),
        Scheme("bf16", "BF16", "all", "bf16", ""),
        Scheme("fp8", "FP8", "blocks", "fp8_e4m3", _BLOCKS),
        Scheme("q8_0", "Q8_0", "mix", "q8_0", "Norms stay in 32 bits."),
        Scheme("q6_k", "Q6_K", "mix", "q6_k", "Norms stay in 32 bits."),
        Scheme(
            "q5_k_m",
            "Q5_K_M",
            "mix",
            "q5_k_m",
            _HALF,
        ),
        Scheme(
            "q4_k_m",
            "Q4_K_M",
            "mix",
            "q4_k_m",
            _HALF,
        ),
        Scheme("q3_k_m", "Q3_K_M", "mix", "q3_k_m", "Q6_K for the unembedding; Q4_K or Q5_K for W_V, W_O and W_down."),
        Scheme("q4_0", "Q4_0", "mix", "q4_0", "The unembedding stays in Q6_K."),
        Scheme("nf4", "NF4, double quantization", "blocks", "nf4_dq", _BLOCKS),
        Scheme("awq", "GPTQ or AWQ, groups of 128", "blocks", "gptq", _BLOCKS),
        Scheme(
            "mxfp4", "MXFP4", "experts", "mxfp4", "Of a mixture only the experts, as in gpt-oss; the rest in 16 bits."
        ),
    )
}
#: Names that links used before.
ALIASES = {"int8": "q8_0", "int4": "q4_0"}


@lru_cache
def format_bits(name: str) -> float:
    """Bits a weight that a format takes, its scales included.

    >>> format_bits("q4_k"), format_bits("q6_k"), format_bits("mxfp4"), format_bits("gptq")
    (4.5, 6.5625, 4.25, 4.15625)
    """
    if name in ("fp32", "f32"):
        return 32.0
    if name == "gptq":
        return GPTQ_BITS
    found = FORMATS["fp16" if name == "f16" else name]
    if isinstance(found, Blocks):
        return 8 * found.block_bytes / found.block
    return packed_bits(found, ROW)


def tensor_bytes(sizes: Sizes, scheme: Scheme, each: Tensors) -> float:
    """Of these tensors in all their blocks."""
    if scheme.packs == "mix":
        layers = each.layers or (0,)
        return sum(each.each * format_bits(_mixed(sizes, scheme, each, layer)) for layer in layers) / 8
    return each.count * _bits(sizes, scheme, each) / 8


def _bits(sizes: Sizes, scheme: Scheme, each: Tensors) -> float:
    if scheme.packs == "all":
        return format_bits(scheme.format)
    packed = bool(each.layers) and not each.vector and each.kind != "ffn_gate_inp"
    if scheme.packs == "experts" and sizes.n_experts:
        packed = packed and each.kind.endswith("_exps")
    return format_bits(scheme.format) if packed else 16.0


def _mixed(sizes: Sizes, scheme: Scheme, each: Tensors, layer: int) -> str:
    if each.vector or each.kind == "ffn_gate_inp":
        return "fp32"
    kind = each.kind.removesuffix("_exps").removesuffix("_shexp")
    if kind == "token_embd" and sizes.tied:
        kind = "output"
    sharing = sizes.n_heads // sizes.n_kv_heads
    place = Place(kind, layer, sizes.n_layers, each.d_in, sharing, sizes.n_experts)
    name = chosen(mix(scheme.format), place)
    seventy = kind == "attn_v" and sizes.n_layers == SEVENTY and sharing > 1
    return "q5_k" if seventy and name in ("q3_k", "q4_k") else name


#: Blocks by which llama.cpp knows a 70B: its eight query heads share one of values, which then costs little.
SEVENTY = 80


@lru_cache(maxsize=2048)
def stored(sizes: Sizes, scheme: str) -> Mapping[str, float]:
    """Bytes by part."""
    found: dict[str, float] = {}
    for each in tensors(sizes):
        found[each.part] = found.get(each.part, 0.0) + tensor_bytes(sizes, SCHEMES[scheme], each)
    return found
