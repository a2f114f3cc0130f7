"""Codes of any number of bits in bytes, lowest bits first, none to spare.

>>> codes = torch.tensor([[1, 2, 3, 4, 5, 6, 7, 0]], dtype=torch.int32)
>>> packed = pack(codes, 3)
>>> packed.tolist(), packed.nbytes  # eight codes of 3 bits: three bytes
([[209, 88, 31]], 3)
>>> unpack(packed, 3, 8).tolist()
[[1, 2, 3, 4, 5, 6, 7, 0]]
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Int32, Integer, Shaped, UInt8
from torch import Tensor


def pack(codes: Integer[Tensor, "*out code"], bits: int) -> UInt8[Tensor, "*out byte"]:
    """Each row by itself; its last byte is filled up with zeros."""
    if bits == 8:
        return codes.to(torch.uint8)
    if 8 % bits == 0:
        each = 8 // bits
        codes = F.pad(codes, (0, -codes.shape[-1] % each)).to(torch.uint8)
        packed = codes[..., 0::each].clone()
        for place in range(1, each):
            packed |= codes[..., place::each] << (place * bits)
        return packed
    stream = ((codes[..., None] >> torch.arange(bits, dtype=torch.int32)) & 1).flatten(-2)  # *out bit
    stream = F.pad(stream, (0, -stream.shape[-1] % 8)).unflatten(-1, (-1, 8))
    return (stream << torch.arange(8, dtype=torch.int32)).sum(-1).to(torch.uint8)


def unpack(packed: UInt8[Tensor, "*out byte"], bits: int, count: int) -> Int32[Tensor, "*out code"]:
    """`count` codes a row."""
    if 8 % bits == 0:
        whole = torch.empty(*packed.shape[:-1], packed.shape[-1] * 8 // bits, dtype=torch.int32)
        spread(packed, bits, whole)
        return whole[..., :count]
    stream = ((packed.int()[..., None] >> torch.arange(8, dtype=torch.int32)) & 1).flatten(-2)[..., : count * bits]
    return (stream.unflatten(-1, (-1, bits)) << torch.arange(bits, dtype=torch.int32)).sum(-1).int()


def spread(packed: UInt8[Tensor, "*out byte"], bits: int, out: Shaped[Tensor, "*out code"]) -> None:
    """The same for 1, 2, 4 and 8 bits, written into a tensor of any type, all codes of every byte."""
    each = 8 // bits
    for place in range(each):
        shifted = packed >> (place * bits) if place else packed
        out[..., place::each] = shifted if place == each - 1 else shifted & (2**bits - 1)
