"""The quantized cache: keys and values as 8- or 4-bit codes, the newest tokens in full precision.

Liu et al. 2024, "KIVI: A Tuning-Free Asymmetric 2bit Quantization for KV Cache" (arXiv 2402.02750). A few channels of
the keys are large at all tokens, so a key channel shares a scale over a group of tokens; the values have no such
channels, so a token shares one over a group of channels. Over each group g, with b bits:

    zero_g = min(x),  scale_g = (max(x) - zero_g) / (2^b - 1)
    code = round((x - zero_g) / scale_g)        x' = code * scale_g + zero_g        |x - x'| <= scale_g / 2

The codes are the affine integers of `stack.systems.quantization`, packed, two 4-bit codes a byte; scale and zero are
float16. The zero is rounded down and the scale up, so that the codes still reach over the whole range: the bound holds
with the scale that is stored (and float32's own rounding of x', 2^-22 of the largest number). That scale is wider than
the range asks for by what float16 rounds of the two, 2^-10 of each, and at least 6e-8, float16's smallest number,
unless it is 0. Numbers past its largest, 65,504, are refused.

The newest `residual` tokens, and what is not yet a whole group behind them, stay as they are. A prompt reads itself in
full precision and is packed afterwards.

    bytes a number = b / 8 + 4 / group            (against 4 in float32)

Worked example: a channel that is 0, 1, 1.9 and 3.75 at four tokens. In 4 bits its scale is 3.75 / 15 = .25; 1.9 becomes
code round(7.6) = 8 and comes back as 2.

>>> packed = quantize(torch.tensor([0, 1, 1.9, 3.75]).view(1, 4, 1).expand(1, 4, 2), bits=4, dim=1)
>>> packed.codes.tolist()  # two channels with the same codes: 4 * 16 + 4, and so on
[[[0], [68], [136], [255]]]
>>> packed.values()[0, :, 0].tolist()
[0.0, 1.0, 2.0, 3.75]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float16, Int, UInt8
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.bits import pack, spread
from explorer.stack.systems.quantization.format import nonzero
from explorer.stack.systems.quantization.integers import nearest, reaching
from explorer.stack.transformer.kv_cache import CacheShape, Held

Bits = Literal[4, 8]
#: float16's largest number.
HALF = torch.finfo(torch.half).max


@dataclass(frozen=True)
class Quantized:
    """Codes with their groups' scales."""

    codes: UInt8[Tensor, "*group bytes"]
    scale: Float16[Tensor, ...]
    zero: Float16[Tensor, ...]
    bits: Bits

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes + self.scale.nbytes + self.zero.nbytes

    def at(self, groups: slice) -> Quantized:
        """A view of some groups (axis 2) of a cache's store."""
        return Quantized(self.codes[:, :, groups], self.scale[:, :, groups], self.zero[:, :, groups], self.bits)

    def put(self, start: int, new: Quantized) -> None:
        """Write groups into a store from place `start` on."""
        groups = slice(start, start + new.codes.shape[2])
        self.codes[:, :, groups], self.scale[:, :, groups], self.zero[:, :, groups] = new.codes, new.scale, new.zero

    def rows(self, rows: Tensor) -> Quantized:
        return Quantized(self.codes[rows], self.scale[rows], self.zero[rows], self.bits)

    def values(self, out: Float[Tensor, ...] | None = None) -> Float[Tensor, ...]:
        """zero + scale * code; into `out` if it is given."""
        if out is None:
            out = torch.empty(*self.codes.shape[:-1], self.codes.shape[-1] * 8 // self.bits)
        spread(self.codes, self.bits, out)
        return out.mul_(self.scale.float()).add_(self.zero.float())


def quantize(x: Float[Tensor, ...], bits: Bits, dim: int, valid: Tensor | None = None) -> Quantized:
    """Codes of x, one scale and zero along `dim`. `valid` (broadcastable) leaves padding out of the ranges.

    Raises NotApplicableError where float16 cannot hold a range's ends.
    """
    x = x.float()
    low, high = (x, x) if valid is None else (x.where(valid, torch.inf), x.where(valid, -torch.inf))
    low, high = low.amin(dim, keepdim=True), high.amax(dim, keepdim=True)
    low, high = low.where(low.isfinite(), 0), high.where(high.isfinite(), 0)  # a group of padding alone
    largest = float(torch.maximum(low.abs(), high.abs()).max()) if low.numel() else 0.0
    if largest > HALF:
        raise NotApplicableError(
            f"A key or value of {largest:.3g} passes {HALF:,.0f}, the largest number of a float16 scale.",
            "The cache in full precision holds it.",
        )
    scale, zero = reaching(low, high, bits)
    # Codes are made with the zero and scale that will be read back, their rounding included.
    codes = nearest(x, nonzero(scale.float()), zero.float(), bits)
    return Quantized(pack(codes.to(torch.uint8), bits), scale, zero, bits)


class QuantizedCache:
    """All but the newest tokens in codes: keys by channel over `group` tokens, values by token over `group` channels.

    Between `residual` and `residual + group - 1` tokens are in full precision.
    """

    wants_pattern = False

    def __init__(
        self,
        config: CacheShape,
        batch: int,
        capacity: int,
        bits: Bits = 8,
        group: int = 32,
        residual: int = 32,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if bits not in (4, 8) or group < 1 or residual < 0:
            raise ValueError(f"Codes have 4 or 8 bits, groups at least one token: not {bits} and {group}.")
        d, wide = config.d_head, math.gcd(group, config.d_head)  # as many channels of a value share a scale
        if bits == 4 and (d % 2 or wide % 2):
            raise ValueError(f"Two codes share a byte: {d} channels in groups of {wide} are not even.")
        self.group, self.residual, self.capacity = group, residual, capacity
        rows = (batch, config.n_kv_heads)
        shape = (*rows, max(1, capacity // group), group)
        tail = (*rows, 0, d)
        with torch.inference_mode(False):  # plain tensors may be written in and out of inference mode
            self.k = [_store((*shape, d), (*shape[:3], 1, d), bits) for _ in range(config.n_layers)]
            """One a layer: [batch kv_head group token d_head], two codes a byte in 4 bits."""
            values = (*shape, d // wide, wide)
            self.v = [_store(values, (*values[:-1], 1), bits) for _ in range(config.n_layers)]
            """[batch kv_head group token channel_group channel]."""
            self.tail_k = [torch.zeros(tail, dtype=dtype) for _ in range(config.n_layers)]
            self.tail_v = [torch.zeros(tail, dtype=dtype) for _ in range(config.n_layers)]
            # Where a layer's codes are widened to be read, one layer after the other: new memory for each of them
            # would be fetched from the system page by page, which at thousands of tokens takes longer than all else.
            self._wide = [torch.zeros(*rows, 0, d), torch.zeros(*rows, 0, d)]
        self.groups = [0] * config.n_layers
        """Groups packed in each layer."""
        self._positions = torch.full((batch, capacity), -1)
        self._shown = self._positions[:, :0]

    @property
    def seen(self) -> int:
        return max(n * self.group + t.shape[2] for n, t in zip(self.groups, self.tail_k, strict=True))

    @property
    def packed(self) -> int:
        """Tokens that are held as codes."""
        return self.groups[-1] * self.group

    @property
    def bytes_each(self) -> float:
        """Bytes a number in codes, with its part of scale and zero; keys and values alike if their groups are.

        >>> from types import SimpleNamespace
        >>> shape = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=64)
        >>> [QuantizedCache(shape, 1, 64, 4, group).bytes_each for group in (8, 32)]
        [1.0, 0.625]
        """
        stores = (self.k[0], self.v[0])
        numbers = sum(store.codes.numel() * 8 // store.bits for store in stores)
        return sum(store.nbytes for store in stores) / numbers

    @property
    def nbytes(self) -> int:
        codes = sum(
            store.at(slice(0, n)).nbytes
            for n, *stores in zip(self.groups, self.k, self.v, strict=True)
            for store in stores
        )
        return codes + sum(t.nbytes for t in (*self.tail_k, *self.tail_v)) + self._positions[:, : self.seen].nbytes

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        start = self.groups[layer] * self.group + self.tail_k[layer].shape[2]
        end = start + k.shape[2]
        if end > self.seen or self._shown.shape[1] != end:  # the first layer of a step places the positions for all
            if end > self.capacity:
                raise ValueError(f"A cache of {self.capacity} tokens cannot hold {end}.")
            self._positions[:, start:end] = positions
            self._shown = self._positions[:, :end]
        tail_k = torch.cat([self.tail_k[layer], k.detach().to(self.tail_k[layer].dtype)], 2)
        tail_v = torch.cat([self.tail_v[layer], v.detach().to(self.tail_v[layer].dtype)], 2)
        keys, values = self._widened(layer, end)
        keys[:, :, end - tail_k.shape[2] :], values[:, :, end - tail_v.shape[2] :] = tail_k, tail_v
        # What is read now is read before the tokens that have just become old enough are packed.
        held = Held(keys.to(k.dtype), values.to(v.dtype), self._shown)
        self._pack(layer, tail_k, tail_v)
        return held

    def _pack(self, layer: int, tail_k: Tensor, tail_v: Tensor) -> None:
        """Turn the oldest whole groups of the tail into codes; keep the rest."""
        new = max(0, tail_k.shape[2] - self.residual) // self.group
        cut = new * self.group
        if new:
            first = self.groups[layer]
            whole = (new, self.group)
            valid = self._positions[:, first * self.group :][:, :cut] >= 0  # batch token
            # [batch kv_head token d_head] -> [batch kv_head group token d_head]; the range goes over a group's tokens
            packed = quantize(
                tail_k[:, :, :cut].unflatten(2, whole), self.k[layer].bits, 3, valid.view(-1, 1, *whole, 1)
            )
            self.k[layer].put(first, packed)
            # [batch kv_head token d_head] -> [batch kv_head group token channel_group channel]
            channels = self.v[layer].scale.shape[4], -1
            values = tail_v[:, :, :cut].unflatten(2, whole).unflatten(-1, channels)
            self.v[layer].put(first, quantize(values, self.v[layer].bits, -1))
            self.groups[layer] += new
        # A copy, so that the packed part's memory is given back.
        self.tail_k[layer], self.tail_v[layer] = tail_k[:, :, cut:].clone(), tail_v[:, :, cut:].clone()

    def _widened(self, layer: int, end: int) -> tuple[Tensor, Tensor]:
        """Keys and values up to `end` as they are read, [batch kv_head token d_head] each; the tail is left to fill.

        They lie in memory that the next layer takes.
        """
        if self._wide[0].shape[2] < end:
            with torch.inference_mode(False):
                room = min(self.capacity, max(end, 2 * self._wide[0].shape[2]))
                self._wide = [wide.new_zeros(*wide.shape[:2], room, wide.shape[3]) for wide in self._wide]
        keys, values = (wide[:, :, :end] for wide in self._wide)
        n = self.groups[layer]
        whole, channels = (n, self.group), (self.v[layer].scale.shape[4], -1)
        if n:
            self.k[layer].at(slice(0, n)).values(keys[:, :, : n * self.group].unflatten(2, whole))
            self.v[layer].at(slice(0, n)).values(
                values[:, :, : n * self.group].unflatten(2, whole).unflatten(-1, channels)
            )
        return keys, values

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Chooses nothing."""

    def truncate(self, length: int) -> None:
        """Forget positions >= length. A group that is cut in two goes back to full precision as it was read."""
        seen = self.seen
        self._positions[:, :seen].masked_fill_(self._positions[:, :seen] >= length, -1)
        used = (self._positions[:, :seen] >= 0).any(0).nonzero()
        end = int(used[-1]) + 1 if len(used) else 0
        for layer, n in enumerate(self.groups):
            whole = min(n, end // self.group)
            first, keep = whole * self.group, end - whole * self.group
            olds = self._widened(layer, n * self.group)
            self.groups[layer] = whole
            for tail, old in zip((self.tail_k, self.tail_v), olds, strict=True):
                tail[layer] = torch.cat([old[:, :, first:].to(tail[layer].dtype), tail[layer]], 2)[:, :, :keep].clone()
        self._shown = self._positions[:, :0]

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        with torch.inference_mode(False):
            self.k, self.v = [s.rows(rows) for s in self.k], [s.rows(rows) for s in self.v]
            self.tail_k, self.tail_v = [t[rows] for t in self.tail_k], [t[rows] for t in self.tail_v]
            self._wide = [wide[rows] for wide in self._wide]
            self._positions = self._positions[rows]


def _store(codes: tuple[int, ...], scale: tuple[int, ...], bits: Bits) -> Quantized:
    """Room for codes and scales, allocated at once."""
    width = codes[-1] * bits // 8
    return Quantized(
        torch.zeros(*codes[:-1], width, dtype=torch.uint8),
        torch.zeros(scale, dtype=torch.half),
        torch.zeros(scale, dtype=torch.half),
        bits,
    )
