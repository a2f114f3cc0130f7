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
from jaxtyping import Int32, UInt8
from torch import Tensor


def pack(codes: Int32[Tensor, "out code"], bits: int) -> UInt8[Tensor, "out bytes"]:
    """Each row by itself; its last byte is filled up with zeros."""
    if bits == 8:
        return codes.to(torch.uint8)
    if 8 % bits == 0:
        each = 8 // bits
        codes = F.pad(codes, (0, -codes.shape[1] % each)).unflatten(1, (-1, each))  # out byte code
        shifts = torch.arange(0, 8, bits, dtype=torch.int32)
        return (codes << shifts).sum(-1).to(torch.uint8)
    stream = ((codes[..., None] >> torch.arange(bits, dtype=torch.int32)) & 1).flatten(1)  # out bit
    stream = F.pad(stream, (0, -stream.shape[1] % 8)).unflatten(1, (-1, 8))
    return (stream << torch.arange(8, dtype=torch.int32)).sum(-1).to(torch.uint8)


def unpack(packed: UInt8[Tensor, "out bytes"], bits: int, count: int) -> Int32[Tensor, "out code"]:
    """`count` codes a row."""
    whole = packed.int()
    if bits == 8:
        return whole[:, :count]
    if 8 % bits == 0:
        shifts = torch.arange(0, 8, bits, dtype=torch.int32)
        return ((whole[..., None] >> shifts) & (2**bits - 1)).flatten(1)[:, :count]
    stream = ((whole[..., None] >> torch.arange(8, dtype=torch.int32)) & 1).flatten(1)[:, : count * bits]
    return (stream.unflatten(1, (-1, bits)) << torch.arange(bits, dtype=torch.int32)).sum(-1).int()
