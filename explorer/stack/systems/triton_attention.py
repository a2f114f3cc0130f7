"""FlashAttention-2 for a GPU, in Triton: one program a block of rows, forward and backward.

Triton (Tillet et al. 2019) writes a kernel as what one block of threads does with tiles that lie in registers and
shared memory. The algorithm is `flash_attention`'s, the gradient `flash_backward`'s:

- **forward**: a program for each block of rows of each query head; K and V come in tiles, and columns that the rows do
  not see, after them or behind the window, are never loaded;
- **backward**: one kernel with a program for each block of keys, which meets the rows of all query heads that read it
  and writes dK and dV once; one with a program for each block of rows, for dQ. Scores are made in both: no number is
  added to by two programs, so gradients do not depend on chance.

Products of float32 are made in float32 ("ieee"), not in the tensor cores' shorter tf32. Causal order, a window, ALiBi,
a cap and grouped queries are here; masks and biases that exist as tensors are not (`supported`).

Tiles that every row sees whole are not masked (`triton_tiles`), which halves what a score takes: compiled for an H100
at d = 64, the forward loop has 304 instructions a tile instead of 564, dQ's 274 instead of 604.

Tile sizes are tuned on the GPU at the first call for each head size. Without a GPU the kernels run in Triton's
interpreter, where TRITON_INTERPRET=1 is set before Triton is imported, and are compiled for GPUs that are not there:
that is how they are tested. No GPU has run them yet. (The interpreter of Triton 3.9 multiplies the bits of bfloat16
numbers: the tests take float16.)

Worked example: which attentions it takes.

>>> supported(TileMask(causal=True, window=128)), supported(TileMask(mask=torch.ones(1, 1, 4, 4, dtype=torch.bool)))
(True, False)
"""

# pyright: reportInvalidTypeForm=false, reportMissingImports=false
# Triton may be absent.

from __future__ import annotations

import math
import os
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.flash_backward import Gradients
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.triton_tiles import (
    chosen,
    exponents,
    jit,
    rows_of,
    tile_gradient,
    tiles_of_keys,
    tiles_of_rows,
    tl,
    triton,
)


@jit
def _forward(
    Q, K, V, OUT, LSE, SLOPES,
    qb, qh, qn, kb, kh, kn, vb, vh, vn, n_head, n_query, n_key, shift, factor, cap,
    GROUP: tl.constexpr, D: tl.constexpr, DP: tl.constexpr, CAUSAL: tl.constexpr, WINDOW: tl.constexpr,
    SLOPED: tl.constexpr, CAPPED: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr,
):  # fmt: skip
    """OUT [batch head query d_head] and LSE [batch head query] of one block of rows; both lie without gaps."""
    i, at = tl.num_programs(0) - 1 - tl.program_id(0), tl.program_id(1)  # the rows that see most come first
    b, h = at // n_head, at % n_head
    rows, places, dims = i * BM + tl.arange(0, BM), tl.arange(0, BN), tl.arange(0, DP)
    q = rows_of(Q + b * qb + h * qh, rows, qn, dims, n_query, D, DP, False)
    keys, values = K + b * kb + (h // GROUP) * kh, V + b * vb + (h // GROUP) * vh
    slope = tl.load(SLOPES + h) if SLOPED else 0.0
    m = tl.full((BM,), float("-inf"), tl.float32)
    l = tl.zeros((BM,), tl.float32)  # noqa: E741  the papers' letter
    held = tl.zeros((BM, DP), tl.float32)
    first, begin, past, end = tiles_of_keys(i, n_key, shift, CAUSAL, WINDOW, BM, BN)
    for part in tl.static_range(3):  # before the whole tiles, the whole ones, after them
        if part > 0 or WINDOW > 0:
            for start in range(chosen(part, first, begin, past), chosen(part, begin, past, end), BN):
                columns = start + places
                k = rows_of(keys, columns, kn, dims, n_key, D, DP, part == 1)
                v = rows_of(values, columns, vn, dims, n_key, D, DP, part == 1)
                products = tl.dot(q, tl.trans(k), input_precision="ieee")
                s = exponents(
                    products, factor, rows, columns, shift, n_query, n_key, slope, cap,
                    CAUSAL, WINDOW, SLOPED, CAPPED, part == 1,
                )  # fmt: skip
                highest = tl.max(s, 1)
                if part == 1 and not (SLOPED or CAPPED):
                    highest = tl.max(products, 1) * factor  # one multiplication a row: s is then part of the difference
                top = tl.maximum(m, highest)
                under = tl.where(top == float("-inf"), 0.0, top)
                p, again = tl.exp2(s - under[:, None]), tl.exp2(m - under)
                l = l * again + tl.sum(p, 1)  # noqa: E741
                held = held * again[:, None] + tl.dot(p.to(v.dtype), v, input_precision="ieee")
                m = top
    under = tl.where(m == float("-inf"), 0.0, m)
    out = held / tl.where(l == 0.0, 1.0, l)[:, None]
    place = at * n_query + rows
    inside = (rows[:, None] < n_query) & (dims[None, :] < D)
    tl.store(OUT + place[:, None] * D + dims[None, :], out.to(OUT.dtype.element_ty), mask=inside)
    lse = tl.where(l == 0.0, float("-inf"), under * 0.6931471805599453 + tl.log(tl.where(l == 0.0, 1.0, l)))
    tl.store(LSE + place, lse, mask=rows < n_query)


@jit
def _key_gradients(
    Q, K, V, DOUT, LSE, DELTA, DK, DV, SLOPES,
    qb, qh, qn, kb, kh, kn, vb, vh, vn, n_head, n_query, n_key, shift, factor, cap,
    GROUP: tl.constexpr, D: tl.constexpr, DP: tl.constexpr, CAUSAL: tl.constexpr, WINDOW: tl.constexpr,
    SLOPED: tl.constexpr, CAPPED: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr,
):  # fmt: skip
    """DK and DV of one block of keys: the rows that see it, of each head that reads it, pass by."""
    j, at = tl.program_id(0), tl.program_id(1)
    n_kv = n_head // GROUP
    b, g = at // n_kv, at % n_kv
    columns, places, dims = j * BN + tl.arange(0, BN), tl.arange(0, BM), tl.arange(0, DP)
    k = rows_of(K + b * kb + g * kh, columns, kn, dims, n_key, D, DP, False)
    v = rows_of(V + b * vb + g * vh, columns, vn, dims, n_key, D, DP, False)
    dk, dv = tl.zeros((BN, DP), tl.float32), tl.zeros((BN, DP), tl.float32)
    first, begin, past, end = tiles_of_rows(j, n_query, shift, CAUSAL, WINDOW, BM, BN)
    for member in range(GROUP):
        h = g * GROUP + member
        slope = tl.load(SLOPES + h) if SLOPED else 0.0
        line = (b * n_head + h) * n_query
        for part in tl.static_range(3):
            if part == 1 or (CAUSAL if part == 0 else WINDOW > 0):
                for start in range(chosen(part, first, begin, past), chosen(part, begin, past, end), BM):
                    rows = start + places
                    q = rows_of(Q + b * qb + h * qh, rows, qn, dims, n_query, D, DP, False)
                    d_out = rows_of(DOUT + line * D, rows, D, dims, n_query, D, DP, False)
                    lse = tl.load(LSE + line + rows, mask=rows < n_query, other=0.0)
                    delta = tl.load(DELTA + line + rows, mask=rows < n_query, other=0.0)
                    p, ds = tile_gradient(
                        q, k, v, d_out, lse, delta, rows, columns, shift, n_query, n_key, slope, factor, cap,
                        CAUSAL, WINDOW, SLOPED, CAPPED, part == 1,
                    )  # fmt: skip
                    dv += tl.dot(tl.trans(p.to(d_out.dtype)), d_out, input_precision="ieee")
                    dk += tl.dot(tl.trans(ds.to(q.dtype)), q, input_precision="ieee")
    there = (columns[:, None] < n_key) & (dims[None, :] < D)
    place = (at * n_key + columns)[:, None] * D + dims[None, :]
    tl.store(DK + place, (dk * (factor * 0.6931471805599453)).to(DK.dtype.element_ty), mask=there)
    tl.store(DV + place, dv.to(DV.dtype.element_ty), mask=there)


@jit
def _query_gradients(
    Q, K, V, DOUT, LSE, DELTA, DQ, SLOPES,
    qb, qh, qn, kb, kh, kn, vb, vh, vn, n_head, n_query, n_key, shift, factor, cap,
    GROUP: tl.constexpr, D: tl.constexpr, DP: tl.constexpr, CAUSAL: tl.constexpr, WINDOW: tl.constexpr,
    SLOPED: tl.constexpr, CAPPED: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr,
):  # fmt: skip
    """DQ of one block of rows: the keys that it sees pass by."""
    i, at = tl.num_programs(0) - 1 - tl.program_id(0), tl.program_id(1)
    b, h = at // n_head, at % n_head
    rows, places, dims = i * BM + tl.arange(0, BM), tl.arange(0, BN), tl.arange(0, DP)
    line = at * n_query
    q = rows_of(Q + b * qb + h * qh, rows, qn, dims, n_query, D, DP, False)
    d_out = rows_of(DOUT + line * D, rows, D, dims, n_query, D, DP, False)
    lse = tl.load(LSE + line + rows, mask=rows < n_query, other=0.0)
    delta = tl.load(DELTA + line + rows, mask=rows < n_query, other=0.0)
    keys, values = K + b * kb + (h // GROUP) * kh, V + b * vb + (h // GROUP) * vh
    slope = tl.load(SLOPES + h) if SLOPED else 0.0
    dq = tl.zeros((BM, DP), tl.float32)
    first, begin, past, end = tiles_of_keys(i, n_key, shift, CAUSAL, WINDOW, BM, BN)
    for part in tl.static_range(3):
        if part > 0 or WINDOW > 0:
            for start in range(chosen(part, first, begin, past), chosen(part, begin, past, end), BN):
                columns = start + places
                k = rows_of(keys, columns, kn, dims, n_key, D, DP, part == 1)
                v = rows_of(values, columns, vn, dims, n_key, D, DP, part == 1)
                _, ds = tile_gradient(
                    q, k, v, d_out, lse, delta, rows, columns, shift, n_query, n_key, slope, factor, cap,
                    CAUSAL, WINDOW, SLOPED, CAPPED, part == 1,
                )  # fmt: skip
                dq += tl.dot(ds.to(k.dtype), k, input_precision="ieee")
    inside = (rows[:, None] < n_query) & (dims[None, :] < D)
    made = dq * (factor * 0.6931471805599453)
    tl.store(DQ + (line + rows)[:, None] * D + dims[None, :], made.to(DQ.dtype.element_ty), mask=inside)


def supported(mask: TileMask) -> bool:
    """Whether nothing of the mask is a tensor of [query key]."""
    return mask.mask is None and mask.bias is None


def runs_on(device: torch.device) -> bool:
    """Whether Triton is here and can run there: on a GPU, or interpreted."""
    return triton is not None and (device.type == "cuda" or interpreted())


def interpreted() -> bool:
    """Whether Triton was told to interpret."""
    return os.environ.get("TRITON_INTERPRET") == "1"


def triton_attention(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    shift: int | None = None,
) -> Partial:
    """The output and the log-sum-exp. Raises NotApplicableError where it cannot run, or for a mask of tensors."""
    mask, settings = _settings(q, k, v, mask, scale, shift)
    out = torch.empty(q.shape, dtype=q.dtype, device=q.device)
    lse = torch.empty(q.shape[:3], dtype=torch.float32, device=q.device)
    _launch(_forward, "BM", q.shape[2], q.shape[0] * q.shape[1], (q, k, v, out, lse, _slopes(mask, q)), settings)
    return Partial(out, lse)


def triton_backward(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    made: Partial,
    d_out: Float[Tensor, "batch head query d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    shift: int | None = None,
) -> Gradients:
    """Gradients of sum(out * d_out), from what the forward pass left."""
    mask, settings = _settings(q, k, v, mask, scale, shift)
    d_out, lse = d_out.to(q.dtype).contiguous(), made.lse.contiguous()
    delta = (d_out.float() * made.out.float()).sum(-1)  # batch head query
    dq, dk, dv = (torch.empty(each.shape, dtype=each.dtype, device=each.device) for each in (q, k, v))
    read, slopes = (q, k, v, d_out, lse, delta), _slopes(mask, q)
    _launch(_key_gradients, "BN", k.shape[2], k.shape[0] * k.shape[1], (*read, dk, dv, slopes), settings)
    _launch(_query_gradients, "BM", q.shape[2], q.shape[0] * q.shape[1], (*read, dq, slopes), settings)
    return Gradients(dq, dk, dv)


def _settings(
    q: Tensor, k: Tensor, v: Tensor, mask: TileMask | None, scale: float | None, shift: int | None
) -> tuple[TileMask, tuple[Any, ...]]:
    """What every kernel is told after its tensors: strides, sizes, and the switches that it is compiled for."""
    mask = mask or TileMask()
    if not runs_on(q.device):
        raise NotApplicableError(
            "The Triton kernel runs on a GPU, with Triton installed.", 'On a CPU, take the kernel "tiled".'
        )
    if not supported(mask) or any(each.stride(-1) != 1 for each in (q, k, v)):
        raise NotApplicableError("The Triton kernel takes no mask or bias of [query key], and rows without gaps.")
    d = q.shape[-1]
    scale = 1 / math.sqrt(d) if scale is None else scale
    strides = (each.stride(axis) for each in (q, k, v) for axis in range(3))
    shift = k.shape[2] - q.shape[2] if shift is None else shift
    return mask, (
        *strides, q.shape[1], q.shape[2], k.shape[2], shift, scale * math.log2(math.e), mask.cap or 1.0,
        q.shape[1] // k.shape[1], d, max(16, triton.next_power_of_2(d)),
        mask.causal, mask.window or 0, mask.slopes is not None, mask.cap is not None,
    )  # fmt: skip


def _slopes(mask: TileMask, q: Tensor) -> Tensor:
    """ALiBi's, or something to point at."""
    return q if mask.slopes is None else mask.slopes.to(q.device, torch.float32)


def _launch(kernel: Any, block: str, length: int, heads: int, tensors: tuple[Tensor, ...], settings: Any) -> None:
    if interpreted():
        kernel[triton.cdiv(length, 16), heads](*tensors, *settings, BM=16, BN=16)
    else:
        _tuned(kernel)[lambda made: (triton.cdiv(length, made[block]), heads)](*tensors, *settings)


@cache
def _tuned(kernel: Any) -> Any:
    """The kernel with the tile that is fastest on this GPU, found at the first call for each head size and mask."""
    configs = [triton.Config({"BM": m, "BN": n}, num_warps=w, num_stages=s) for m, n, w, s in tiles(kernel)]
    return triton.autotune(configs, key=["D", "CAUSAL", "WINDOW"])(kernel)


def tiles(kernel: Any) -> list[tuple[int, int, int, int]]:
    """Rows, columns, warps and stages to try: of those that keep their numbers in registers for some head size."""
    if kernel is _key_gradients:
        return [(64, 32, 4, 2), (32, 64, 4, 2), (32, 128, 8, 2), (128, 32, 8, 2), (64, 64, 8, 2)]
    return [(64, 32, 4, 2), (64, 64, 4, 3), (128, 64, 4, 3), (128, 64, 8, 3), (64, 128, 8, 2), (128, 128, 8, 2)]
