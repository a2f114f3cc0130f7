"""What FlashAttention's Triton kernels do with one tile, and which tiles a block meets.

A tile is *whole* where every row of the block sees every column of it. Only the others, at the diagonal, at a window's
edge and at the ragged end, are masked: to mask a score takes about as many instructions as its softmax, and of the
tiles of 128 x 128 that 2,048 tokens see, 88 % are whole. Each stretch of tiles is a loop of its own, since what a
loop does is fixed when it is compiled.

Exponents are those of two, which is what a GPU's special function unit computes: exp(s) = 2^(s log2 e), and the factor
log2 e is put into the scale.

Worked example, of `tiles_of_keys` in Python's integers: 100 keys, causal, tiles of 16 x 16. Rows 32 to 47 see columns 0
to 32 whole, so tiles 0 and 16; the one from 32 on holds the diagonal, and no other is loaded.

>>> whole = (2 * 16 + 1) // 16 * 16
>>> list(range(0, whole, 16)), list(range(whole, 3 * 16, 16))
([0, 16], [32])
"""

# pyright: reportInvalidTypeForm=false, reportMissingImports=false
# Triton may be absent.

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

triton: Any
tl: Any
try:
    import triton
    import triton.language as tl
except ModuleNotFoundError:  # it is part of torch's builds for GPUs, not of those for CPUs
    triton = tl = None


def jit(function: Callable[..., Any]) -> Any:
    """As Triton compiles or interprets it; the function itself where there is no Triton."""
    return function if triton is None else triton.jit(inspect.unwrap(function))  # a type checker may have wrapped it


@jit
def rows_of(start, places, stride, dims, length, D: tl.constexpr, DP: tl.constexpr, WHOLE: tl.constexpr):
    """The rows at `places` of a matrix [length D] as [rows DP]; zeros beyond both. WHOLE: none is beyond the length."""
    at = start + places[:, None] * stride + dims[None, :]
    if WHOLE and D == DP:
        rows = tl.load(at)
    elif WHOLE:
        rows = tl.load(at, mask=dims[None, :] < D, other=0.0)
    else:
        rows = tl.load(at, mask=(places[:, None] < length) & (dims[None, :] < D), other=0.0)
    return rows


@jit
def tiles_of_keys(
    i, n_key, shift, CAUSAL: tl.constexpr, WINDOW: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr
):  # fmt: skip
    """Of the i-th block of rows: where the tiles begin, where the whole ones do and end, and where all end."""
    first, end = 0, n_key
    begin, past = 0, n_key // BN * BN
    if CAUSAL:
        end = tl.minimum(n_key, tl.maximum(0, (i + 1) * BM + shift))
        past = tl.minimum(past, tl.maximum(0, i * BM + shift + 1) // BN * BN)
    if WINDOW > 0:
        first = tl.maximum(0, i * BM + shift - WINDOW + 1) // BN * BN
        begin = tl.cdiv(tl.maximum(0, (i + 1) * BM + shift - WINDOW), BN) * BN
    begin = tl.minimum(begin, tl.cdiv(end, BN) * BN)
    return first, begin, tl.maximum(begin, past), end


@jit
def tiles_of_rows(
    j, n_query, shift, CAUSAL: tl.constexpr, WINDOW: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr
):  # fmt: skip
    """The same of the j-th block of keys: the rows that see it. Rows beyond the last are zeros and change nothing."""
    first, end = 0, n_query
    begin, past = 0, tl.cdiv(n_query, BM) * BM
    if CAUSAL:
        first = tl.maximum(0, j * BN - shift) // BM * BM
        begin = tl.cdiv(tl.maximum(0, (j + 1) * BN - 1 - shift), BM) * BM
    if WINDOW > 0:
        end = tl.minimum(n_query, tl.maximum(0, (j + 1) * BN - 1 + WINDOW - shift))
        past = tl.minimum(past, tl.maximum(0, j * BN + WINDOW - shift) // BM * BM)
    begin = tl.minimum(begin, tl.cdiv(end, BM) * BM)
    return first, begin, tl.maximum(begin, past), end


@jit
def chosen(part: tl.constexpr, first, second, third):
    """The bound of a stretch of tiles, by its number."""
    bound = third
    if part == 0:
        bound = first
    if part == 1:
        bound = second
    return bound


@jit
def exponents(
    products, factor, rows, columns, shift, n_query, n_key, slope, cap,
    CAUSAL: tl.constexpr, WINDOW: tl.constexpr, SLOPED: tl.constexpr, CAPPED: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Products made into exponents of two: scaled, bent, biased, and -inf where nothing may be seen."""
    scores = products * factor
    if CAPPED:
        bound = cap * 1.4426950408889634
        scores = bound * (2 * tl.sigmoid(2 * scores / bound) - 1)  # tanh
    if SLOPED or not WHOLE:
        back = rows[:, None] + shift - columns[None, :]
        if SLOPED:
            scores -= slope * 1.4426950408889634 * back
        if not WHOLE:
            seen = (columns[None, :] < n_key) & (rows[:, None] < n_query)
            if CAUSAL:
                seen = seen & (back >= 0)
            if WINDOW > 0:
                seen = seen & (back < WINDOW)
            scores = tl.where(seen, scores, float("-inf"))
    return scores


@jit
def tile_gradient(
    q, k, v, d_out, lse, delta, rows, columns, shift, n_query, n_key, slope, factor, cap,
    CAUSAL: tl.constexpr, WINDOW: tl.constexpr, SLOPED: tl.constexpr, CAPPED: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """A tile's weights from L alone, and the gradient of its scaled products."""
    products = tl.dot(q, tl.trans(k), input_precision="ieee")
    s = exponents(
        products, factor, rows, columns, shift, n_query, n_key, slope, cap, CAUSAL, WINDOW, SLOPED, CAPPED, WHOLE
    )
    p = tl.exp2(s - tl.where(lse == float("-inf"), 0.0, lse * 1.4426950408889634)[:, None])
    ds = p * (tl.dot(d_out, tl.trans(v), input_precision="ieee") - delta[:, None])
    if CAPPED:
        bent = 2 * tl.sigmoid(2 * products * (factor * 0.6931471805599453) / cap) - 1
        ds = ds * (1 - bent * bent)
    return p, ds
