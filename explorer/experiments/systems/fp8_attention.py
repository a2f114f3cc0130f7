"""FP8 attention on every head of a run: how far from exact each way of rounding leaves the head's output.

Exact is attention in float64 on the queries, keys and values that the run left. A random rotation is drawn several
times, since one draw may be lucky; all heads share the draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.systems.flash_backward import require_one_width
from explorer.stack.systems.flash_attention import flash_attention_2, for_each_head
from explorer.stack.systems.fp8_attention import fp8_attention
from explorer.stack.systems.hadamard import RandomHadamard
from explorer.stack.systems.tile_mask import TileMask, blocks
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace

WAYS = ("bfloat16", "tensor", "block", "turned")
"""The yardstick; FP8 with one scale a tensor, with one a block, and with blocks and a random rotation."""
DRAWS = 4
"""Of the rotation."""

#: Rows of all heads that are in memory at once in float64.
ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class HeadErrors:
    """Root mean squares of the error, relative to that of the exact output; NaN for heads not yet measured."""

    rmse: Float[Tensor, "way layer head"]
    """In the order of `WAYS`; of the rotation, the mean of its draws."""
    draws: Float[Tensor, "draw layer head"]
    """With each draw of the rotation."""
    outlier: Float[Tensor, "2 layer head"]
    """The largest number of a head's Q, and of its K, by their root mean square."""
    predicted: Float[Tensor, "layer head"]
    """What the rotation should do to the scores' error, by `products` alone: the mean of its draws."""
    model_error: float
    """The largest difference between exact attention and the model's own output, relative to its largest number."""
    measured: int
    """Layers so far."""


def draws(d_head: int) -> list[RandomHadamard]:
    """The rotations that all heads share."""
    generator = torch.Generator().manual_seed(0)
    return [RandomHadamard.drawn(d_head, generator) for _ in range(DRAWS)]


def head_errors(
    trace: Trace,
    windows: Sequence[int | None],
    rows: int,
    ablated: Callable[[int, int], bool],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[HeadErrors]:
    """Every head of every layer; yields what there is after every few of them. `progress` counts layers."""
    trace.readout.require("values")
    require_one_width(trace)
    n_layers, n_heads = trace.dims.n_layers, trace.dims.n_heads
    empty = torch.full((n_layers, n_heads), math.nan)
    rmse, by_draw = empty.repeat(len(WAYS), 1, 1), empty.repeat(DRAWS, 1, 1)
    outlier, predicted = empty.repeat(2, 1, 1), empty.clone()
    turns, off = draws(trace.rot_q.shape[-1]), 0.0
    for layer in range(n_layers):
        if progress:
            progress(layer, n_layers)
        q, k, v = (x[layer].transpose(0, 1)[None].clone() for x in (trace.rot_q, trace.rot_k, trace.v))
        mask, scale = TileMask(True, windows[layer], cap=trace.readout.score_softcap), trace.readout.scaling[layer]
        exact = exact_attention(q, k, v, mask, scale)
        off = worst(off, _from_model(exact, trace, layer, ablated))
        size = exact.square().mean((-2, -1)).sqrt().clamp_min(1e-30)  # head

        def error(out: Tensor, exact: Tensor = exact, size: Tensor = size) -> Float[Tensor, " head"]:
            return ((out[0].double() - exact).square().mean((-2, -1)).sqrt() / size).float()

        rmse[0, layer] = error(
            flash_attention_2(q.bfloat16(), k.bfloat16(), v.bfloat16(), mask, scale, rows=rows, columns=rows).out
        )
        for way, block in ((1, False), (2, True)):
            made = fp8_attention(q, k, v, mask, scale, rows=rows, columns=rows, block_scales=block)
            rmse[way, layer] = error(made.out)
        for draw, turn in enumerate(turns):
            made = fp8_attention(q, k, v, mask, scale, rows=rows, columns=rows, turn=turn)
            by_draw[draw, layer] = error(made.out)
        rmse[3, layer] = by_draw[:, layer].mean(0)
        group = q.shape[1] // k.shape[1]
        each = q[0], k.repeat_interleave(group, 1)[0]  # head pos d_head
        outlier[:, layer] = torch.stack([peak(x) for x in each])
        before = products(*each)
        predicted[layer] = torch.stack([products(*map(turn, each)) / before for turn in turns]).mean(0)
        if layer % 4 == 3 or layer == n_layers - 1:
            yield HeadErrors(rmse.clone(), by_draw.clone(), outlier.clone(), predicted.clone(), off, layer + 1)


def exact_attention(
    q: Float[Tensor, "1 head pos d_head"],
    k: Float[Tensor, "1 kv_head pos d_head"],
    v: Float[Tensor, "1 kv_head pos d_v"],
    mask: TileMask,
    scale: float,
) -> Float[Tensor, "head pos d_v"]:
    """Attention in float64, some rows at a time."""
    q, k, v = (x.double() for x in (q, *for_each_head(q, k, v)))
    made = torch.empty(q.shape[1], q.shape[2], v.shape[-1], dtype=torch.float64)
    every = slice(0, k.shape[2])
    for row in blocks(q.shape[2], ROWS_AT_ONCE):
        scores = mask.scores(q[:, :, row] @ k.mT * scale, row, every, 0)  # 1 head row key
        made[:, row] = (scores.softmax(-1) @ v)[0]
    return made


def peak(x: Float[Tensor, "*head pos width"]) -> Float[Tensor, "*head"]:
    """The largest number by the root mean square: 1 where all are alike."""
    return x.abs().amax((-2, -1)) / x.square().mean((-2, -1)).sqrt().clamp_min(1e-30)


def products(q: Float[Tensor, "*head pos width"], k: Float[Tensor, "*head pos width"]) -> Float[Tensor, "*head"]:
    """Root mean square, over all pairs, of a score's products q_i k_i taken as a vector.

    A rounding error is a share of the number that is rounded, so that a score's error grows with this length and not
    with the score: few large products are worse than many small ones of the same sum.

    >>> even, single = torch.ones(1, 4), torch.tensor([[2.0, 0.0, 0.0, 0.0]])
    >>> products(even, even).item(), products(single, single).item()
    (2.0, 4.0)
    """
    return (q.square() @ k.square().mT).mean((-2, -1)).sqrt().clamp_min(1e-30)


def _from_model(
    exact: Float[Tensor, "head pos d_v"], trace: Trace, layer: int, ablated: Callable[[int, int], bool]
) -> float:
    """How far exact attention is from what the model's heads gave, without those that were cut."""
    heads = [head for head in range(trace.dims.n_heads) if not ablated(layer, head)]
    if not heads:
        return 0.0
    z = trace.z[layer].transpose(0, 1)[heads].double()  # head pos d_v
    return float((exact[heads] - z).abs().max() / z.abs().max().clamp_min(1e-30))
