"""What the panel of the backward pass draws: tiles stage by stage, two numbers a row, and what is kept for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.systems.flash_attention import SOFTMAX_FLOPS
from explorer.stack.systems.tile_mask import TileMask

if TYPE_CHECKING:
    from explorer.experiments.systems.flash_backward import Backward, Kept, Saved, Squares

#: Positions that are drawn; of a longer text those that end at the selected one.
WINDOW = 64
BLOCKS = 16


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Of each gradient of a head, over all tokens of a run as one vector."""

    d_out: float
    dq: float
    dk: float
    dv: float


@dataclass(frozen=True, kw_only=True)
class BackwardTiles(Payload):
    """The backward pass of one head, for a window of positions."""

    layer: int
    head: int
    kv: int
    position: int
    n_tokens: int
    first: int
    tile: int
    d_head: int
    scaling: float
    softcap: float | None
    objective: str
    target: int
    value: float
    """The logit, or the loss in nats."""
    q: Float[Tensor, "window d_head"]
    k: Float[Tensor, "window d_head"]
    v: Float[Tensor, "window d_head"]
    out: Float[Tensor, "window d_head"]
    d_out: Float[Tensor, "window d_head"]
    m: Float[Tensor, " window"]
    l: Float[Tensor, " window"]  # noqa: E741  the papers' letter
    lse: Float[Tensor, " window"]
    delta: Float[Tensor, " window"]
    """rowsum(dO * O)."""
    delta_p: Float[Tensor, " window"]
    """rowsum(dP * P) of standard attention."""
    s: Float[Tensor, "window window"]
    p: Float[Tensor, "window window"]
    dp: Float[Tensor, "window window"]
    ds: Float[Tensor, "window window"]
    dq: Float[Tensor, "window d_head"]
    """Whole: over all keys of the run, as `dk` and `dv` are over all queries."""
    dk: Float[Tensor, "window d_head"]
    dv: Float[Tensor, "window d_head"]
    order: Int[Tensor, "step 2"]
    """Block of queries, block of keys."""
    lengths: Lengths


def window(n: int, position: int) -> slice:
    """
    >>> window(26, 13), window(100, 80), window(100, 5)
    (slice(0, 26, None), slice(17, 81, None), slice(0, 64, None))
    """
    first = 0 if n <= WINDOW else max(0, position + 1 - WINDOW)
    return slice(first, min(n, first + WINDOW))


def usual(n: int) -> int:
    """The tile that is shown first: at least two each way, where the text has so many tokens.

    >>> usual(5), usual(26), usual(64)
    (8, 8, 16)
    """
    return 16 if n >= 32 else 8


def counted(n: int, tile: int) -> int:
    """The tile with which a long text's traffic is counted: so large that the loops have at most 16 blocks each way.

    >>> counted(23, 8), counted(500, 16), counted(2048, 16)
    (8, 32, 128)
    """
    while -(-n // tile) > BLOCKS:
        tile *= 2
    return tile


def tiles(
    made: Backward, cut: Squares, at: slice, *, layer: int, head: int, kv: int, position: int, tile: int,
    objective: str, target: int,
) -> BackwardTiles:  # fmt: skip
    own = made.head
    n, d_head = own.q.shape[2:]
    found = made.gradients
    return BackwardTiles(
        layer=layer,
        head=head,
        kv=kv,
        position=position,
        n_tokens=n,
        first=at.start,
        tile=tile,
        d_head=d_head,
        scaling=own.scale,
        softcap=own.mask.cap,
        objective=objective,
        target=target,
        value=made.gradient.value,
        q=own.q[0, 0, at],
        k=own.k[0, 0, at],
        v=own.v[0, 0, at],
        out=made.made.out[0, 0, at],
        d_out=made.d_out[0, 0, at],
        m=made.m[at],
        l=made.l[at],
        lse=made.made.lse[0, 0, at],
        delta=made.delta[at],
        delta_p=made.delta_p[at],
        s=cut.s,
        p=cut.p,
        dp=cut.dp,
        ds=cut.ds,
        dq=found.dq[0, 0, at],
        dk=found.dk[0, 0, at],
        dv=found.dv[0, 0, at],
        order=torch.tensor(cut.order, dtype=torch.int32),
        lengths=Lengths(
            d_out=float(made.d_out.norm()),
            dq=float(found.dq.norm()),
            dk=float(found.dk.norm()),
            dv=float(found.dv.norm()),
        ),
    )


@dataclass(frozen=True)
class RowErrors:
    """Two ways to the same numbers, over all rows of the run."""

    pattern: float
    """exp(S - L) of what is drawn, against the model's own weights."""
    delta: float
    """rowsum(dO * O) against autograd's rowsum(dP * P), relative to the largest."""


def errors(made: Backward, cut: Squares, pattern: Float[Tensor, "window window"]) -> RowErrors:
    largest = made.delta.abs().max().clamp_min(1e-30)
    return RowErrors(float((cut.p - pattern).abs().max()), float((made.delta - made.delta_p).abs().max() / largest))


@dataclass(frozen=True, kw_only=True)
class KeptTensor:
    """One tensor that autograd keeps."""

    name: str
    rows: int
    columns: int
    """1 where it has one number a row."""
    bytes: int


@dataclass(frozen=True, kw_only=True)
class BackwardKept(Payload):
    """What is kept for the backward pass, and what that pass does."""

    layer: int
    head: int
    n_tokens: int
    d_head: int
    tile: int
    n_heads: int
    n_layers: int
    standard: tuple[KeptTensor, ...]
    flash: tuple[KeptTensor, ...]
    tiles: int
    """Tiles that some query sees, of all."""
    all_tiles: int
    cells: int
    """Scores in them."""
    forward_flops: int
    backward_flops: int
    forward_bytes: int
    """Read and written."""
    backward_bytes: int


def kept(
    made: Kept, *, layer: int, head: int, n: int, d_head: int, tile: int, n_heads: int, n_layers: int
) -> BackwardKept:
    blocks = -(-n // tile)
    seen = [step for step in made.forward.steps if step.phase == "tile"]
    cells = sum(_size(step.i, n, tile) * _size(step.j, n, tile) for step in seen)
    return BackwardKept(
        layer=layer,
        head=head,
        n_tokens=n,
        d_head=d_head,
        tile=tile,
        n_heads=n_heads,
        n_layers=n_layers,
        standard=tuple(map(_kept, made.standard)),
        flash=tuple(map(_kept, made.flash)),
        tiles=len(seen),
        all_tiles=blocks**2,
        cells=cells,
        forward_flops=made.forward.flops,
        backward_flops=made.backward.flops,
        forward_bytes=made.forward.read_bytes + made.forward.written_bytes,
        backward_bytes=made.backward.read_bytes + made.backward.written_bytes,
    )


def _size(block: int, n: int, tile: int) -> int:
    return min(n, (block + 1) * tile) - block * tile


def _kept(saved: Saved) -> KeptTensor:
    rows, columns = (*saved.shape, 1)[:2]
    return KeptTensor(name=saved.name, rows=rows, columns=columns, bytes=saved.bytes)


def seen_cells(n: int, tile: int, window: int | None) -> tuple[int, int]:
    """Tiles that some query sees, and the scores in them, from positions alone: query q sees key k if
    0 <= q - k < window.

    >>> seen_cells(64, 16, None), seen_cells(40, 16, None), seen_cells(64, 16, 16)
    ((10, 2560), (6, 1088), (7, 1792))
    """
    sides = [_size(block, n, tile) for block in range(-(-n // tile))]
    tiles = [
        (i, j)
        for i in range(len(sides))
        for j in range(i + 1)
        if window is None or i * tile - (j * tile + sides[j] - 1) < window
    ]
    return len(tiles), sum(sides[i] * sides[j] for i, j in tiles)


def expected_bytes(n: int, d_head: int, cap: float | None = None) -> tuple[int, int]:
    """What standard attention and FlashAttention keep, float32: Q, K, V and P; Q, K, V, O and L. Of a model with a soft
    cap plain torch also keeps the square that tanh gives.

    >>> expected_bytes(64, 64)
    (65536, 65792)
    """
    return 4 * (3 * n * d_head + n * n * (1 if cap is None else 2)), 4 * (4 * n * d_head + n)


def expected_flops(n: int, d_head: int, tile: int, mask: TileMask) -> tuple[int, int]:
    """FLOPs of both passes: forward two products, a softmax and the rescale of O in every tile, and one division a row;
    backward five products and a softmax, and D."""
    _, cells = seen_cells(n, tile, mask.window)
    sides = [_size(block, n, tile) for block in range(-(-n // tile))]
    rescaled = sum(sides[i] for i in range(len(sides)) for j in range(i + 1) if _near(i, j, tile, sides, mask.window))
    forward = cells * (4 * d_head + SOFTMAX_FLOPS) + rescaled * d_head + n * d_head
    return forward, cells * (10 * d_head + SOFTMAX_FLOPS) + 2 * n * d_head


def _near(i: int, j: int, tile: int, sides: list[int], window: int | None) -> bool:
    return window is None or i * tile - (j * tile + sides[j] - 1) < window
