"""How much memory a model of some 70 billion weights takes in each format: every matrix, its scales, what stays wide.

    bytes = sum over matrices of out * in * bits / 8  +  norms

`bits` are those of a format with all that it stores: a code of 4 bits and a float16 scale for 32 of them are
4 + 16 / 32 = 4.5. What the definition says is held against what a format really packs (`packed_bits`). A table that
gives "4 bits: 35 GB" counts codes alone; libraries also leave embedding and unembedding in 16 bits.

Llama-2-70B and Llama-3-70B differ in their vocabulary only (32,000 against 128,256 rows in both tables). A GB is 10^9
bytes, a GiB 2^30.

Worked example: Llama-2-70B in 16 bits, and in codes of 4 bits alone.

>>> llama = MODELS[0]
>>> llama.parameters, nbytes(llama, constant(16.0)) / 1e9, round(nbytes(llama, constant(4.0)) / 1e9, 2)
(68976648192, 137.953296384, 34.49)
>>> round(nbytes(llama, q4_k_m) / 1e9, 2), round(8 * nbytes(llama, q4_k_m) / llama.parameters, 2)  # published: 41.42
(41.42, 4.8)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from explorer.stack.systems.quantization.format import Format

#: Bits a weight, scales counted, of the matrix of this role in this block, whose rows have so many weights.
Bits = Callable[[str, int | None, int], float]


@dataclass(frozen=True)
class Shape:
    """The sizes of a Llama, as its config.json gives them."""

    name: str
    n_layers: int
    d_model: int
    d_mlp: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_vocab: int
    source: str

    @property
    def of_a_block(self) -> dict[str, tuple[int, int]]:
        """(out, in) by role."""
        d, heads, kv = self.d_model, self.n_heads * self.d_head, self.n_kv_heads * self.d_head
        attention = {"W_Q": (heads, d), "W_K": (kv, d), "W_V": (kv, d), "W_O": (d, heads)}
        return attention | {"W_gate": (self.d_mlp, d), "W_in": (self.d_mlp, d), "W_out": (d, self.d_mlp)}

    @property
    def norms(self) -> int:
        """Numbers in all norms."""
        return (2 * self.n_layers + 1) * self.d_model

    @property
    def parameters(self) -> int:
        block = sum(out * d_in for out, d_in in self.of_a_block.values())
        return self.n_layers * block + 2 * self.d_vocab * self.d_model + self.norms


_LLAMA_2 = Shape(
    "Llama-2-70B", n_layers=80, d_model=8192, d_mlp=28672, n_heads=64, n_kv_heads=8, d_head=128, d_vocab=32_000,
    source="Touvron et al. 2023, arXiv 2307.09288, config.json",
)  # fmt: skip
MODELS = (
    _LLAMA_2,
    replace(_LLAMA_2, name="Llama-3-70B", d_vocab=128_256, source="Llama team 2024, arXiv 2407.21783, config.json"),
)


def nbytes(shape: Shape, bits: Bits, norm_bits: int | None = None) -> int:
    """Bytes of all weights. norm_bits: of a norm's numbers; 16 where nothing is said, or the matrices' if these are
    wider."""
    total = 0.0
    for role, (out, d_in) in shape.of_a_block.items():
        for layer in range(shape.n_layers):
            total += out * d_in * bits(role, layer, d_in)
    for role in ("embed", "unembed"):
        total += shape.d_vocab * shape.d_model * bits(role, None, shape.d_model)
    total += shape.norms * (norm_bits or max(16, bits("W_Q", 0, shape.d_model)))
    return round(total / 8)


def constant(each: float) -> Bits:
    """The same bits everywhere."""
    return lambda _role, _layer, _d_in: each


def inside(each: Callable[[int], float], outside: float = 16.0) -> Bits:
    """A format for the blocks' matrices, by the length of a row; embedding and unembedding in other bits."""
    return lambda _role, layer, d_in: outside if layer is None else each(d_in)


#: Bits a weight of GGUF's K types: bytes of a block of 256 weights (ggml-common.h).
Q4_K, Q5_K, Q6_K = 8 * 144 / 256, 8 * 176 / 256, 8 * 210 / 256


def q4_k_m(role: str, layer: int | None, d_in: int, n_layers: int = 80) -> float:  # noqa: ARG001
    """llama.cpp's mix for a 70B model (llama-quant.cpp): Q4_K, but the unembedding in Q6_K, and in an eighth of the
    blocks at either end and a third of those between also W_V and W_out; the other W_V, which eight heads share, in
    Q5_K."""
    if role == "unembed":
        return Q6_K
    if role in ("W_V", "W_out") and layer is not None and more_bits(layer, n_layers):
        return Q6_K
    return Q5_K if role == "W_V" else Q4_K


def more_bits(layer: int, n_layers: int) -> bool:
    """Which blocks llama.cpp gives more bits.

    >>> [layer for layer in range(16) if more_bits(layer, 16)]
    [0, 1, 4, 7, 10, 13, 14, 15]
    """
    eighth = n_layers // 8
    return layer < eighth or layer >= 7 * n_layers // 8 or (layer - eighth) % 3 == 2


#: Rows that are packed to see what a format takes, and as many again.
ROWS = 4


def packed_bits(fmt: Format, d_in: int) -> float:
    """Bits a weight that a format really takes in rows of so many weights: what more rows add, so that tables which a
    matrix has once do not count. Raises NotApplicableError for rows that do not fit."""
    weight = torch.randn(2 * ROWS, d_in, generator=torch.Generator().manual_seed(0))
    few, more = (fmt.quantize(weight[:rows]).nbytes for rows in (ROWS, 2 * ROWS))
    return 8 * (more - few) / (ROWS * d_in)
