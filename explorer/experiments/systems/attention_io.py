"""Each attention algorithm, run with the meter: what the closed forms say, counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from explorer.experiments.progress import Ticks, unheard
from explorer.stack.systems.attention_io import KERNELS, Accesses, Kernel, Shape, paper_tile
from explorer.stack.systems.flash_attention import flash_attention_1, flash_attention_2
from explorer.stack.systems.flash_backward import flash_backward
from explorer.stack.systems.flash_decoding import flash_decoding
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.standard_attention import standard_attention
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.worst import worst

FORWARD: tuple[Kernel, ...] = ("standard", "flash_1", "flash_2")
#: of those with tiles: which block stays while the other passes
STAYS: dict[Kernel, Literal["keys", "queries"]] = {"flash_1": "keys", "backward": "keys"}
#: bytes a number -> its type, where the meter runs
DTYPES = {4: torch.float32, 2: torch.bfloat16}


def counted(kernel: Kernel, shape: Shape) -> Accesses:
    """What the meter writes down of one head. Its numbers do not matter: they are drawn."""
    ledger, mask = Ledger(), TileMask(causal=shape.causal)
    drawn = torch.randn(3, 1, 1, shape.n, shape.d, generator=torch.Generator().manual_seed(0))
    q, k, v = drawn.to(DTYPES[shape.bytes_each])
    rows, columns = shape.rows, shape.columns
    if kernel == "standard":
        standard_attention(q, k, v, mask, rows=rows, columns=columns, memory=ledger)
    elif kernel == "flash_1":
        flash_attention_1(q, k, v, mask, rows=rows, columns=columns, memory=ledger)
    elif kernel == "flash_2":
        flash_attention_2(q, k, v, mask, rows=rows, columns=columns, memory=ledger)
    elif kernel == "backward":
        made = flash_attention_2(q, k, v, mask, rows=rows, columns=columns)
        flash_backward(q, k, v, made, made.out, mask, rows=rows, columns=columns, memory=ledger)
    else:
        flash_decoding(q[:, :, -1:], k, v, mask, splits=8, columns=columns, memory=ledger)
    return Accesses(ledger.read_bytes, ledger.written_bytes, ledger.extra_bytes, ledger.flops)


def difference(kernel: Kernel, shape: Shape) -> int:
    """How far the count and the closed form lie apart at most: bytes read, written, held, or FLOPs."""
    count, form = counted(kernel, shape), KERNELS[kernel](shape)
    return worst(abs(count.read - form.read), abs(count.written - form.written), abs(count.extra - form.extra),
               abs(count.flops - form.flops))  # fmt: skip


def shaped(kernel: Kernel, n: int, d: int, memory: int, causal: bool) -> Shape:
    """The paper's tile for a fast memory of so many numbers, in the order that this algorithm takes."""
    rows, columns = paper_tile(memory, d, STAYS.get(kernel, "queries"))
    return Shape(n, d, min(rows, n), min(columns, n), causal)


@dataclass(frozen=True)
class Point:
    """One algorithm at one size, counted and by the closed form."""

    kernel: Kernel
    shape: Shape
    counted: Accesses
    formula: Accesses


def point(kernel: Kernel, shape: Shape) -> Point:
    return Point(kernel, shape, counted(kernel, shape), KERNELS[kernel](shape))


def by_length(
    lengths: Sequence[int], d: int, memory: int, causal: bool, progress: Ticks = unheard
) -> Iterator[tuple[Point, ...]]:
    """The forward algorithms at each length; yields all points so far after each length."""
    made: list[Point] = []
    for at, n in enumerate(lengths):
        for each, kernel in enumerate(FORWARD):
            made.append(point(kernel, shaped(kernel, n, d, memory, causal)))
            progress(len(FORWARD) * at + each + 1, len(FORWARD) * len(lengths))
        yield tuple(made)


def by_dimension(dims: Sequence[int], n: int, memory: int, progress: Ticks = unheard) -> Iterator[tuple[Point, ...]]:
    """Both FlashAttentions for each dimension of a head, at one length and one fast memory, without a mask."""
    made: list[Point] = []
    kernels: tuple[Kernel, ...] = ("flash_1", "flash_2")
    for at, d in enumerate(dims):
        for each, kernel in enumerate(kernels):
            made.append(point(kernel, shaped(kernel, n, d, memory, causal=False)))
            progress(len(kernels) * at + each + 1, len(kernels) * len(dims))
        yield tuple(made)
