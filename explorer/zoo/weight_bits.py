"""In how many bits a model's weights came: those of the type that most weights of its blocks' matrices are stored in.

ggml and safetensors both name a type by the bits of one number or code: F16, BF16, F8_E4M3, Q4_K, IQ4_XS, MXFP4. What
a group of codes shares, its scale and lowest value, is not counted: a Q4_1 file takes 5 bits a weight, and its weights
lie on a grid of 4. Nor are the tables of the vocabulary, which are often kept in more.

>>> stored = {"blk.0.ffn_up.weight": ("Q4_K", (64, 256)), "blk.0.ffn_down.weight": ("Q6_K", (32, 256))}
>>> main_type(stored | {"blk.0.attn_norm.weight": ("F32", (10**6,)), "token_embd.weight": ("Q8_0", (900, 256))})
'Q4_K'
>>> [bits_of(each) for each in ("Q4_K", "IQ4_XS", "MXFP4", "BF16", "F8_E4M3")]
[4, 4, 4, 16, 8]
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

from explorer.zoo.gguf_header import Header
from explorer.zoo.safetensors_header import Entry

#: A block's tensors bear its number: blk.0.attn_q.weight, model.layers.0.mlp.up_proj.weight.
OF_BLOCK = re.compile(r"\.\d+\.")


def main_type(stored: Mapping[str, tuple[str, tuple[int, ...]]]) -> str:
    """Of tensors by name, each a type and a shape; "" where no block has a matrix."""
    weights = Counter[str]()
    for name, (kind, shape) in stored.items():
        if len(shape) > 1 and OF_BLOCK.search(name):
            weights[kind] += math.prod(shape)
    return next((kind for kind, _ in weights.most_common(1)), "")


def bits_of(kind: str) -> int | None:
    """The first number in a type's name; None where there is none."""
    found = re.search(r"\d+", kind)
    return int(found[0]) if found else None


def type_of_gguf(header: Header) -> str:
    from gguf.constants import GGMLQuantizationType

    return main_type(
        {name: (GGMLQuantizationType(each.kind).name, each.shape) for name, each in header.tensors.items()}
    )


def type_of_safetensors(entries: Mapping[str, Entry]) -> str:
    return main_type({name: (each.dtype, each.shape) for name, each in entries.items()})
