"""Matrices of a file in fewer bits: the formats of GGUF's blocks, whose bytes stand in the matrix's place.

Vectors stay as they are: they are few, and every number counts in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import torch
    from jaxtyping import Shaped
    from torch import Tensor

#: A plain floating-point format, or one of blocks of 32 weights.
Narrow: TypeAlias = Literal["plain", "q8_0", "q5_0", "q4_0"]
PLAIN: Narrow = "plain"


def narrowed(each: Tensor, weights: Narrow, plain: torch.dtype) -> Shaped[Tensor, ...]:
    """The tensor as it is stored: a matrix (or several) as bytes, all else in the plain format.

    >>> import torch
    >>> stored = narrowed(torch.linspace(-1, 1, 64)[None], "q8_0", torch.float16)
    >>> tuple(stored.shape), stored.dtype  # two blocks of a step and 32 codes
    ((1, 68), torch.uint8)
    >>> bool((widened(stored, "q8_0") - torch.linspace(-1, 1, 64)).abs().max() < 0.005)
    True
    """
    from explorer.stack.systems.quantization.formats import named

    if weights == PLAIN or each.ndim < 2 or each.shape[-1] % 32:
        return each.detach().to(plain).contiguous()
    blocks = named(weights).quantize(each.flatten(0, -2)).parts["blocks"]
    return blocks.unflatten(0, each.shape[:-1])


def widened(each: Shaped[Tensor, ...], weights: Narrow) -> Tensor:
    """The way back, to float32."""
    from explorer.stack.systems.quantization.formats import named
    from explorer.stack.systems.quantization.gguf_blocks import Blocks

    if each.is_floating_point():
        return each.float()
    blocks = named(weights)
    assert isinstance(blocks, Blocks)
    return blocks.of_bytes(each.flatten(0, -2)).dequantize().unflatten(0, each.shape[:-1])
