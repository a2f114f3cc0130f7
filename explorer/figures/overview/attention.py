"""Attention as pictures: every head's map made small, one head's query row opened into its stages.

`pool_maps` shrinks a map by taking the largest weight of each square, so that a single strong link stays visible
however long the text is. `open_row` follows Kobayashi et al. 2020 (arXiv 2004.10102) for the value-weighted view:
how much of key k reaches the stream is ``weight * |v_k W_O|``, not the weight alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from explorer.tracing.trace import Trace
from explorer.tracing.windows import visible
from explorer.tracing.witness import SQUARE

#: Below this many tokens a head's every query row is sent, so that hovering another query needs no round trip.
ALL_ROWS = 40
#: The largest map of one head; of a longer text the rows and columns that end at the selected position are shown.
MAX_MAP = 128


def quantize(weights: Float[Tensor, "*cells"]) -> UInt8[Tensor, "*cells"]:
    """Weights in [0, 1] as bytes, rounded to the nearest 1/255.

    >>> quantize(torch.tensor([0.0, 0.5, 1.0])).tolist()
    [0, 128, 255]
    """
    return (weights.clamp(0, 1) * 255).round().to(torch.uint8)


def pool_maps(pattern: Float[Tensor, "... query key"], cells: int) -> tuple[UInt8[Tensor, "... cell cell"], int]:
    """Maps of at most `cells` squares a side, and how many tokens a square covers; a square holds its largest weight.

    >>> maps, stride = pool_maps(torch.eye(5)[None], 3)
    >>> stride, maps[0].tolist()
    (2, [[255, 0, 0], [0, 255, 0], [0, 0, 255]])
    """
    stride = max(1, math.ceil(pattern.shape[-1] / cells))
    if stride == 1:
        return quantize(pattern), 1
    flat = pattern.reshape(1, -1, *pattern.shape[-2:])
    small = F.max_pool2d(flat, stride, ceil_mode=True)
    return quantize(small.reshape(*pattern.shape[:-2], *small.shape[-2:])), stride


def small_maps(trace: Trace, layers: slice, cells: int) -> tuple[UInt8[Tensor, "layer head cell cell"], int]:
    """`pool_maps` of a run's layers; of a long run, from the squares that were read as it ran."""
    if trace.witness is None:
        return pool_maps(trace.pattern[layers], cells)
    small, stride = pool_maps(trace.witness.maxima[layers], cells)
    return small, stride * SQUARE


def row_sums(trace: Trace) -> Float[Tensor, "layer head query"]:
    """What each row of attention sums to, float64."""
    return trace.pattern.double().sum(-1) if trace.witness is None else trace.witness.sums.double()


def lower_triangle(maps: UInt8[Tensor, "... query key"]) -> UInt8[Tensor, "... cells"]:
    """The squares on and below the diagonal, row by row: the rest of a causal map is empty, and need not travel.

    >>> lower_triangle(torch.tensor([[1, 0], [2, 3]], dtype=torch.uint8)).tolist()
    [1, 2, 3]
    """
    rows, cols = torch.tril_indices(*maps.shape[-2:])
    return maps[..., rows, cols]


def rows_claim(sums: Float[Tensor, "*rows"], sinks: bool) -> tuple[str, float]:
    """What each row of attention sums to, and by how much the rows miss it.

    >>> rows_claim(torch.tensor([1.0, 1.25]), sinks=False)
    ('sums to 1', 0.25)
    """
    above = sums - 1
    if sinks:
        return "sums to at most 1 (a sink outside the text takes the rest)", float(above.clamp_min(0).max())
    return "sums to 1", float(above.abs().max())


@dataclass(frozen=True)
class OpenRow:
    """One head's map and the making of its selected query's row. A window is at most MAX_MAP; `key` is all the text."""

    first: int
    """The first position of the map's window."""
    pattern: Float[Tensor, "window window"]
    """The model's own weights."""
    row0: int
    """The first query of `scores` and `rows`."""
    scores: Float[Tensor, "queries key"]
    """``q . k / sqrt(d_head)`` before the mask, future keys included."""
    rows: Float[Tensor, "queries key"]
    """The model's own weights of the same queries."""
    value_norms: Float[Tensor, " key"]
    """``|v_k W_O|``: the length of what a key would write if it were read with weight 1 (times the query's post-norm
    divisor, where a model has one)."""
    shown: list[int]
    """The keys that the table lists."""
    unread: list[int]
    """Past keys that the selected query may not read: they lie behind the layer's sliding window."""
    query: Float[Tensor, " d_head"]
    keys: Float[Tensor, "shown d_head"]
    """The rotated query, and the rotated keys of `shown`: their products add up to the score."""
    softmax_error: float
    """Largest difference between softmax(masked scores) and the model's pattern, over the whole head."""


def softmax_error(
    scores: Float[Tensor, "query key"], pattern: Float[Tensor, "query key"], visible: Bool[Tensor, "query key"]
) -> float:
    """Redo mask and softmax in float64 and compare with the weights that the model itself used.

    What each query may read is given, not read off the weights: weight on any other key counts as an error.
    """
    redone = scores.double().masked_fill(~visible, -math.inf).softmax(-1)
    return float((redone - pattern.double()).abs().max())


def open_row(trace: Trace, layer: int, head: int, position: int, window: int | None) -> OpenRow:
    """Everything behind one head's row at `position`; see `OpenRow` for shapes. `window` is the layer's, by the
    model's config."""
    n = len(trace.tokens)
    kv = head // (trace.dims.n_heads // trace.dims.n_kv_heads)
    pattern = trace.pattern[layer, head].float()
    trace.readout.require("values")
    scores = trace.scores(layer, head)[0].float()
    first = 0 if n <= MAX_MAP else min(max(0, position + 1 - MAX_MAP), n - MAX_MAP)
    part = slice(first, min(n, first + MAX_MAP))
    seen = visible(n, window)
    queries = slice(0, n) if n <= ALL_ROWS else slice(position, position + 1)
    writes = trace.v[layer, :, kv] @ trace.readout.W_O[layer][head]  # key d_model
    after = trace.readout.ln1_post_weight[layer]
    if after is not None:  # a norm after attention: its divisor is the query's, the same for all keys of a row
        writes = writes * after
    shown = shown_keys(pattern[position], position)
    return OpenRow(
        first=first,
        pattern=pattern[part, part],
        row0=queries.start,
        scores=scores[queries],
        rows=pattern[queries],
        value_norms=writes.norm(dim=-1),
        shown=shown,
        unread=(~seen[position, : position + 1]).nonzero().flatten().tolist(),
        query=trace.rot_q[layer, position, head],
        keys=trace.rot_k[layer, shown, kv],
        softmax_error=map_error(trace, layer, head, scores, pattern, seen),
    )


def map_error(trace: Trace, layer: int, head: int, scores: Tensor, pattern: Tensor, seen: Tensor) -> float:
    """`softmax_error`; of a long run, whose pattern was itself made of scores, what it misses of what was read."""
    if trace.witness is None:
        return softmax_error(scores, pattern, seen)
    return trace.witness.pattern_error(layer, head, pattern)


def unseen_weight(rows: Float[Tensor, "layer head key"], windows: Sequence[int | None], position: int) -> float:
    """The largest weight of one query on a key that it may not read: later than itself, or behind its layer's window.

    >>> unseen_weight(torch.tensor([[[0.25, 0.5, 0.25]]]), [None], 1), unseen_weight(torch.ones(1, 1, 2), [1], 1)
    (0.25, 1.0)
    """
    n = rows.shape[-1]
    hidden = torch.stack([~visible(n, window)[position] for window in windows])  # layer key
    return float(rows.abs().masked_fill(~hidden[:, None], 0).max())


def shown_keys(row: Float[Tensor, " key"], position: int, most: int = 28, future: int = 4) -> list[int]:
    """Which keys the table of a row lists, in text order: all of a short text (`ALL_ROWS`), else the `most` heaviest
    that the query sees, the query itself, and the next few that the mask hides."""
    n = len(row)
    if n <= ALL_ROWS:
        return list(range(n))
    heaviest = row[: position + 1].topk(min(most, position + 1)).indices.tolist()
    return sorted({*heaviest, position, *range(position + 1, min(n, position + 1 + future))})


@dataclass(frozen=True, kw_only=True)
class Change:
    """The likeliest next tokens of two runs, and how far the runs lie apart."""

    ids: list[int]
    before: list[float]
    after: list[float]
    kl: float
    """KL(before || after) in nats, over the whole vocabulary."""


def likeliest_change(before: Float[Tensor, " d_vocab"], after: Float[Tensor, " d_vocab"], k: int = 6) -> Change:
    """Compare two rows of logits on the `k` tokens that either run finds likeliest, by falling probability before.

    >>> c = likeliest_change(torch.tensor([2.0, 0.0, 0.0]), torch.tensor([2.0, 0.0, 0.0]), k=2)
    >>> c.kl, c.before == c.after
    (0.0, True)
    """
    p, q = before.double().log_softmax(-1), after.double().log_softmax(-1)
    best = torch.maximum(p, q).topk(min(k, len(p))).indices
    ids = best[p[best].argsort(descending=True)]
    return Change(
        ids=ids.tolist(),
        before=p[ids].exp().tolist(),
        after=q[ids].exp().tolist(),
        kl=max(float((p.exp() * (p - q)).sum()), 0.0),
    )
