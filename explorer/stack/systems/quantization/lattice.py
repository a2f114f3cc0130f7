"""Two bits a weight: eight weights together become a point of the E8 lattice, after a random rotation of the row.

The idea of QuIP# (Tseng et al. 2024, arXiv 2402.04396). A rotation makes the weights of a row alike, near to normal,
whatever outliers they had (`hadamard`); eight normal numbers lie in a ball, and E8 packs balls as densely as eight
dimensions allow. 2^16 of its points, moved by a quarter so that they have no nought, are the codebook::

    code = (shift: 1 bit, signs: 7 bits, sizes: 8 bits)
    point = sign * sizes + (shift ? 1/4 : -1/4)

Sizes are halves of odd numbers, 227 vectors of them with |s|^2 <= 10 and 29 of the 224 with |s|^2 = 12; the
eighth sign is the one that makes the sum even. The 29 are taken in order here, where QuIP# lists its own; its rotation
on the rows' side is left out, in place of which each row has its own float16 step: its root mean square by 1.03, and 0
where that is less than float16 can say, so that a row of noughts stays one.
The rotation is drawn from a fixed seed, the same for all rows of a width, so that it takes no memory. A width of
576 = 9 x 64 is turned in blocks of 64: `hadamard.spread` says over how many weights an outlier is spread.

Worked example: the nearest point to eight numbers, and what its 16 bits say.

>>> e8 = Lattice("e8", "E8 lattice")
>>> len(sizes()), points().shape, bool((points().square().sum(-1).min()) < 2)
(256, torch.Size([65536, 8]), True)
>>> code = nearest(torch.tensor([[0.8, -0.2, 0.3, 0.7, 1.9, 0.2, -0.7, 0.3]]))
>>> points()[code[0]].tolist()
[1.25, 0.25, 0.25, 0.25, 2.25, 0.25, -0.75, 0.25]
>>> e8.quantize(torch.randn(2, 64, generator=torch.Generator().manual_seed(0))).nbytes  # 2 x (8 x 2 + 2)
36
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import torch
from jaxtyping import Bool, Float, Int32
from torch import Tensor

from explorer.stack.systems.hadamard import RandomHadamard
from explorer.stack.systems.quantization.format import Format, Packed, Scales, nonzero, within
from explorer.stack.systems.tile_team import team_of

WIDTH = 8
QUARTER = 0.25
SPARE = 1.03
"""By how much normal numbers are stretched before rounding: the codebook's best for them (QuIP#'s)."""
AT_ONCE = 1 << 14
"""Vectors that a thread takes at a time."""


@cache
def sizes() -> Float[Tensor, "256 8"]:
    """Vectors of odd halves: all of squared length up to 10, and the first 29 of length 12."""
    every = torch.tensor(list(product((0.5, 1.5, 2.5, 3.5), repeat=WIDTH)))  # vector 8
    length = every.square().sum(-1)
    return torch.cat([every[length <= 10], every[length == 12][: 256 - int((length <= 10).sum())]])


@cache
def odd() -> Bool[Tensor, " 256"]:
    """Whose sum is odd: they have an odd number of minus signs."""
    return sizes().sum(-1) % 2 == 1


@cache
def points() -> Float[Tensor, "65536 8"]:
    """What each code stands for."""
    code = torch.arange(2**16)
    at, signs = code & 255, code >> 8 & 127
    minus = signs[:, None] >> torch.arange(7) & 1  # code 7
    last = (minus.sum(-1) + odd()[at].long()) % 2
    sign = 1 - 2 * torch.cat([minus, last[:, None]], -1)
    shift = torch.where(code >> 15 == 1, QUARTER, -QUARTER)
    return sign * sizes()[at] + shift[:, None]


def nearest(x: Float[Tensor, "n 8"]) -> Int32[Tensor, " n"]:
    """The codes of the nearest points: all sizes and both shifts are looked at, with the best signs of each.

    The best signs are x's own; where their number has the wrong parity, the one whose change costs least is changed.
    """
    from explorer.stack.systems.quantization.lattice_search import search  # the compiler is loaded where it is used

    rows, out = x.detach().float().contiguous(), torch.empty(len(x), dtype=torch.int32)
    table = sizes().T.contiguous().numpy(), odd().float().numpy()
    parts = [
        (part.numpy(), *table, into.numpy()) for part, into in zip(rows.split(AT_ONCE), out.split(AT_ONCE), strict=True)
    ]
    team_of(torch.get_num_threads()).share(parts, lambda items: [search(*each) for each in items])
    return out


@cache
def rotation(width: int) -> RandomHadamard:
    """The one of all rows of so many weights."""
    return RandomHadamard.drawn(width, torch.Generator().manual_seed(width))


@dataclass(frozen=True)
class Lattice(Format):
    """Eight weights a code of 16 bits."""

    name: str
    title: str
    source: str = ""
    bits: float = 16 / WIDTH
    group: int | None = None
    vector: int = WIDTH

    @property
    def levels(self) -> Float[Tensor, "level 8"]:
        return points()

    def misfit(self, d_in: int) -> str | None:
        return f"Rows of {d_in:,} weights cannot be cut into eights." if d_in % WIDTH else None

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:  # noqa: ARG002
        size = weight.double().square().mean(-1, keepdim=True).sqrt() / SPARE
        step = within(size.half(), "the float16 step of a row")
        return Scales(step.float(), None, {"step": step})

    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out code"]:
        turned = rotation(weight.shape[1])(weight) / nonzero(scales.step)  # of step 0 any code is nought
        return nearest(turned.reshape(-1, WIDTH)).view(len(weight), -1)

    def decode(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Float[Tensor, "out in"]:
        """step * levels[code], turned back."""
        turned = super().decode(codes, scales)
        return rotation(turned.shape[1]).undo(turned)

    def pack(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Packed:
        shape = codes.shape[0], codes.shape[1] * WIDTH
        return Packed(self, shape, {"codes": codes.to(torch.uint16), **scales.stored})

    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out code"], Scales]:
        step = packed.parts["step"]
        return packed.parts["codes"].int(), Scales(step.float(), None, {"step": step})
