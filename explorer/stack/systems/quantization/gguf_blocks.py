"""GGUF's block formats: 32 weights, a float16 step, perhaps a float16 lowest value, and codes of 4, 5 or 8 bits.

The bytes are those of a GGUF file, block after block, so that writing a file is a copy. Q4_0 and Q5_0 are symmetric:
the weight of largest size takes the lowest level with its sign; Q4_1 and Q5_1 reach from the least weight to the
greatest; Q8_0 reaches as far up as down::

    Q4_0   w' = d (code - 8)      d = w_largest / -8                     18 bytes, 4.5 bits a weight
    Q4_1   w' = d code + m        m = min w, d = (max w - m) / 15        20 bytes, 5
    Q5_0   w' = d (code - 16)     Q5_1   w' = d code + m                 22 and 24 bytes, 5.5 and 6
    Q8_0   w' = d (code - 128)    d = max |w| / 127                      34 bytes, 8.5

ggml finds the codes with d before float16 rounds it; with an importance it searches for d (`scale_search`). Both are
done here as it does them, byte for byte. Source: ggml, `ggml-quants.c` and `ggml-common.h`.

Worked example: in a block whose largest weight is -8, the weights are levels already.

>>> weight = torch.arange(-8.0, 8.0).repeat(2)[None]
>>> packed = Q4_0.quantize(weight)
>>> packed.nbytes, packed.parts["blocks"][0, :4].tolist()  # 1.0 in float16, then codes 0 and 0, 1 and 1
(18, [0, 60, 0, 17])
>>> torch.equal(packed.dequantize(), weight)
True
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int32, Shaped, UInt8
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.format import Format, Packed, Scales
from explorer.stack.systems.quantization.scale_search import added, affine, largest, least, root, symmetric

#: Weights that are searched at a time: what the search holds of them stays in the processor's cache, and torch does not
#: split so few among its threads (whole pieces go to threads instead).
AT_ONCE = (1 << 15) - 1
#: The largest number that any block can stand for: Q6_K's, of scales up to 128 and codes up to 32 steps.
FARTHEST = 65504 * 128 * 32
PAST = "There are weights whose scale a float16 cannot hold."
GGML = "ggml, ggml-quants.c (llama.cpp)"
#: With an importance: added to the highest code, in 36 steps.
WIDE = (-0.9, 0.05, 36)


@dataclass(frozen=True)
class Plane:
    """Some of the bits of every code of a block, as ggml lays them: byte w of a run holds code w lowest, above it the
    code that lies `width` further on, and so on."""

    bits: int
    width: int
    shift: int = 0
    """The lowest of the code's bits that is in it."""
    flip: int = 0
    """Bits that are stored turned over: those of a signed byte's sign."""

    def pack(self, codes: Int32[Tensor, "block code"]) -> UInt8[Tensor, "block bytes"]:
        runs = codes.unflatten(1, (-1, 8 // self.bits, self.width))  # block run field width
        fields = ((runs >> self.shift) & (2**self.bits - 1)) ^ self.flip
        return (fields << self._places()).sum(2).flatten(1).to(torch.uint8)

    def unpack(self, packed: UInt8[Tensor, "block bytes"]) -> Int32[Tensor, "block code"]:
        runs = packed.int().unflatten(1, (-1, 1, self.width))
        fields = ((runs >> self._places()) & (2**self.bits - 1)) ^ self.flip
        return (fields << self.shift).flatten(1)

    def nbytes(self, codes: int) -> int:
        return codes * self.bits // 8

    def _places(self) -> Int32[Tensor, "field 1"]:
        return torch.arange(0, 8, self.bits, dtype=torch.int32)[:, None]


@dataclass(frozen=True, eq=False)
class Found:
    """What the search gives for some blocks."""

    codes: Int32[Tensor, "block code"]
    stored: Mapping[str, Shaped[Tensor, "block ..."]]


@dataclass(frozen=True)
class Blocks(Format):
    """A format that is GGUF's, in blocks along the rows. `parts` is one array, "blocks", of its bytes row by row."""

    name: str
    title: str
    bits: int  # pyright: ignore[reportIncompatibleVariableOverride]
    group: int  # pyright: ignore[reportIncompatibleVariableOverride]
    block: int
    """Weights of a block."""
    lowest: int
    """The level that code 0 stands for, in steps."""
    planes: tuple[Plane, ...]
    fields: tuple[str, ...]
    """What a block consists of, in the order of its bytes: names of what is stored, and "codes" for the planes."""
    source: str = GGML

    @property
    def span(self) -> int:
        return self.block

    @property
    def levels(self) -> Float[Tensor, " level"]:
        return torch.arange(2**self.bits, dtype=torch.float32) + self.lowest

    @abstractmethod
    def search(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None) -> Found:
        """Codes and scales of whole rows, as ggml finds them."""

    @abstractmethod
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each stored field of a block."""

    @abstractmethod
    def scales(self, stored: Mapping[str, Shaped[Tensor, "block ..."]], out: int) -> Scales:
        """Step and low of every group, from what the blocks store."""

    @abstractmethod
    def written(self, stored: Mapping[str, Shaped[Tensor, "block ..."]]) -> dict[str, UInt8[Tensor, "block bytes"]]:
        """The bytes of the stored fields."""

    @abstractmethod
    def read(self, fields: Mapping[str, UInt8[Tensor, "block bytes"]]) -> dict[str, Shaped[Tensor, "block ..."]]:
        """The way back."""

    def misfit(self, d_in: int) -> str | None:
        if d_in % self.block:
            return f"Rows of {d_in:,} weights cannot be cut into blocks of {self.block}."
        return None

    def check(self, weight: Float[Tensor, "out in"]) -> None:
        super().check(weight)
        if weight.numel() and float(weight.abs().max()) > FARTHEST:  # the search would square it, and find nothing
            raise NotApplicableError(PAST, "bfloat16 works.")

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:
        self.check(weight)
        found = [self.search(rows, importance) for rows in self._some(weight)]
        stored = {name: torch.cat([each.stored[name] for each in found]) for name in found[0].stored}
        return self.scales(stored, weight.shape[0])

    def joined(self, parts: Sequence[Scales]) -> Scales:
        """Scales of neighbouring blocks of the same rows, as those of the rows: what is stored lies row by row."""
        out = parts[0].step.shape[0]
        stored = {name: torch.stack([each.stored[name] for each in parts], 1).flatten(0, 1) for name in parts[0].stored}
        return self.scales(stored, out)

    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out in"]:
        """The nearest level of the scales as they are stored; code 0 where the step is 0."""
        groups = weight.unflatten(1, (scales.step.shape[1], -1))
        step, low = scales.step[..., None], 0.0 if scales.low is None else scales.low[..., None]
        unit = torch.where(step == 0, float(self.lowest), (groups - low) / step)
        return (unit.round() - self.lowest).clamp(0, 2**self.bits - 1).int().flatten(1)

    def quantize(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Packed:
        """As ggml does, byte for byte: where its codes come out of the search, they are not rounded anew."""
        weight = weight.detach().float()
        self.check(weight)
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            blocks = list(pool.map(lambda rows: self._bytes(self.search(rows, importance)), self._some(weight)))
        return self._packed(torch.cat(blocks), weight.shape[0], weight.shape[1])

    def pack(self, codes: Int32[Tensor, "out in"], scales: Scales) -> Packed:
        return self._packed(self._bytes(Found(codes.reshape(-1, self.block), scales.stored)), *codes.shape)

    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out in"], Scales]:
        blocks = packed.parts["blocks"].reshape(-1, self.block_bytes)
        sections = dict(zip(self._sections(), blocks.split([*self._sections().values()], 1), strict=True))
        codes = sum(plane.unpack(sections[f"codes{i}"]) for i, plane in enumerate(self.planes))
        assert isinstance(codes, Tensor)
        return codes.reshape(packed.shape), self.scales(self.read(sections), packed.shape[0])

    @property
    def block_bytes(self) -> int:
        return sum(self._sections().values())

    def of_bytes(self, blocks: UInt8[Tensor, "out bytes"]) -> Packed:
        """What a GGUF file holds of a matrix, without a copy."""
        return Packed(self, (blocks.shape[0], blocks.shape[1] // self.block_bytes * self.block), {"blocks": blocks})

    def _sections(self) -> dict[str, int]:
        """Name and bytes of each part of a block, in order; plane i of the codes is "codes{i}"."""
        sizes = {**self.sizes(), **{f"codes{i}": each.nbytes(self.block) for i, each in enumerate(self.planes)}}
        return {name: sizes[name] for name in self.fields}

    def _bytes(self, found: Found) -> UInt8[Tensor, "block bytes"]:
        sections = self.written(found.stored)
        sections |= {f"codes{i}": plane.pack(found.codes) for i, plane in enumerate(self.planes)}
        return torch.cat([sections[name] for name in self._sections()], 1)

    def _packed(self, blocks: UInt8[Tensor, "block bytes"], out: int, d_in: int) -> Packed:
        return Packed(self, (out, d_in), {"blocks": blocks.reshape(out, -1)})

    @staticmethod
    def _some(weight: Float[Tensor, "out in"]) -> Iterator[Float[Tensor, "rows in"]]:
        yield from weight.split(max(1, AT_ONCE // weight.shape[1]))


def columns(weight: Float[Tensor, "out in"], group: int) -> Float[Tensor, "in_group group"]:
    """Each group a column."""
    return weight.reshape(-1, group).T.contiguous()


def half(numbers: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """As float16 stores them. Raises NotApplicableError for what it cannot hold."""
    stored = numbers.half()
    if not bool(stored.isfinite().all()):
        raise NotApplicableError(PAST, "bfloat16 works.")
    return stored


def half_bytes(numbers: Shaped[Tensor, " block"]) -> UInt8[Tensor, "block 2"]:
    return numbers.contiguous().view(torch.uint8).reshape(-1, 2)


def read_half(raw: UInt8[Tensor, "block 2"]) -> Float[Tensor, " block"]:
    return raw.contiguous().view(torch.float16).flatten()


def weighed(
    weight: Float[Tensor, "out in"], importance: Float[Tensor, "*out in"], spread: Float[Tensor, "out 1"]
) -> Float[Tensor, "out in"]:
    """Importance of each weight: that of its input, times sqrt(spread + w^2); spread: of mean squares, one a weight."""
    return importance * root(spread + weight * weight)


@dataclass(frozen=True)
class Simple(Blocks):
    """Q4_0 to Q8_0: a step for a block and, where the lowest level is 0, a lowest value."""

    def sizes(self) -> Mapping[str, int]:
        return {"d": 2, "m": 2}

    def scales(self, stored: Mapping[str, Tensor], out: int) -> Scales:
        low = stored["m"].float().reshape(out, -1) if "m" in stored else None
        return Scales(stored["d"].float().reshape(out, -1), low, stored)

    def written(self, stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: half_bytes(each) for name, each in stored.items()}

    def read(self, fields: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: read_half(fields[name]) for name in ("d", "m") if name in fields}

    def search(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None) -> Found:
        x = columns(weight, self.block)
        if importance is not None and self.bits < 8:
            spread = added((weight * weight).T.contiguous()) / weight.shape[1]
            return self._weighed(x, columns(weighed(weight, importance, spread[:, None]), self.block))
        if self.bits == 8:
            d = x.abs().amax(0) / 127
            codes = rounded_away(x * inverse(d)) + 128
            return Found(codes.int().T, {"d": half(d)})
        if "m" in self.fields:
            low = least(x)
            d = (-least(-x) - low) / (2**self.bits - 1)
            codes = ((x - low) * inverse(d) + 0.5).int()
            return Found(codes.clamp(0, 2**self.bits - 1).T, {"d": half(d), "m": half(low)})
        d = largest(x) / self.lowest
        codes = (x * inverse(d) + (0.5 - self.lowest)).int()
        return Found(codes.clamp(0, 2**self.bits - 1).T, {"d": half(d)})

    def _weighed(self, x: Float[Tensor, "in_group group"], weights: Float[Tensor, "in_group group"]) -> Found:
        if "m" in self.fields:
            codes, d, low = affine(x, 2**self.bits - 1, weights, WIDE)
            return Found(codes.int().T, {"d": half(d), "m": half(-low)})
        codes, d = symmetric(x, -self.lowest, weights)
        return Found(codes.int().T, {"d": half(d)})


def inverse(d: Float[Tensor, " group"]) -> Float[Tensor, " group"]:
    """1 / d, and 0 of 0."""
    return torch.where(d == 0, 0.0, 1 / d)


def rounded_away(x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """To the nearest whole number, ties away from zero, as C's roundf."""
    whole = x.trunc()
    return whole + ((x - whole).abs() >= 0.5) * x.sign()


FOUR, FIFTH = Plane(4, 16), Plane(1, 1, shift=4)
Q4_0 = Simple("q4_0", "Q4_0", 4, 32, 32, -8, (FOUR,), ("d", "codes0"))
Q4_1 = Simple("q4_1", "Q4_1", 4, 32, 32, 0, (FOUR,), ("d", "m", "codes0"))
Q5_0 = Simple("q5_0", "Q5_0", 5, 32, 32, -16, (FOUR, FIFTH), ("d", "codes1", "codes0"))
Q5_1 = Simple("q5_1", "Q5_1", 5, 32, 32, 0, (FOUR, FIFTH), ("d", "m", "codes1", "codes0"))
Q8_0 = Simple("q8_0", "Q8_0", 8, 32, 32, -128, (Plane(8, 32, flip=128),), ("d", "codes0"))
