"""What the reference says of FlashAttention's traffic and memory, counted by the meter while both algorithms run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import torch

from explorer.experiments.overview.errata.claims import (
    Figure,
    Found,
    Ground,
    measured_elsewhere,
    not_here,
    power_of_ten,
    written,
)
from explorer.experiments.systems.attention_io import counted, shaped
from explorer.stack.systems.attention_io import Accesses, Kernel, flash_2, power, standard
from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.standard_attention import standard_attention
from explorer.stack.systems.tile_mask import TileMask

#: Where it is counted: tokens, numbers of a head, numbers that fast memory holds.
LENGTHS, DIM, MEMORY = (128, 256, 512), 64, 16384


@cache
def _counted(kernel: Kernel, n: int) -> Accesses:
    return counted(kernel, shaped(kernel, n, DIM, MEMORY, causal=False))


def _growth(kernel: Kernel, what: Callable[[Accesses], int]) -> float:
    return power(LENGTHS, [what(_counted(kernel, n)) for n in LENGTHS])


def exact(_: Ground) -> Found:
    q, k, v = torch.randn(3, 1, 2, 100, 32, generator=torch.Generator().manual_seed(0))
    made = flash_attention_2(q, k, v, TileMask(causal=True), rows=16, columns=16)
    off = float((made.out - torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)).abs().max())
    return Found(
        "exact, by running statistics", f"{power_of_ten(off)} apart", off < 1e-5,
        "Tiles of 16 with a running maximum and sum, against torch’s attention.",
    )  # fmt: skip


def no_square(_: Ground) -> Found:
    by_tiles, whole = (_growth(kernel, lambda each: each.extra) for kernel in ("flash_2", "standard"))
    tiles, square = (_counted(kernel, LENGTHS[-1]).extra for kernel in ("flash_2", "standard"))
    return Found(
        "O(N²) becomes O(N)", f"N^{whole:.2f} becomes N^{by_tiles:.2f}",
        abs(whole - 2) < 0.1 and abs(by_tiles - 1) < 0.1,
        f"What lies in slow memory beside inputs and output, at {LENGTHS[0]} to {LENGTHS[-1]} tokens: {square:,} bytes "
        f"against {tiles:,} at {LENGTHS[-1]}.",
    )  # fmt: skip


def moves(_: Ground) -> Found:
    """Which squares cross, in standard attention."""
    ledger = Ledger()
    q, k, v = torch.randn(3, 1, 1, 64, 32, generator=torch.Generator().manual_seed(0))
    standard_attention(q, k, v, TileMask(), rows=64, columns=64, memory=ledger)
    square = 64 * 64 * 4
    read = sum(move.bytes for step in ledger.steps for move in step.reads if move.bytes == square)
    written = sum(move.bytes for step in ledger.steps for move in step.writes if move.bytes == square)
    return Found(
        "write, read, write, read", f"{written // square} written, {read // square} read",
        (written, read) == (2 * square, 2 * square),
        "Scores and weights, each written once and read once, while the softmax is a pass of its own.",
    )  # fmt: skip


def dominated(_: Ground) -> Found:
    found = _growth("standard", lambda each: each.bytes)
    last = _counted("standard", LENGTHS[-1]).bytes
    squares = 4 * LENGTHS[-1] ** 2 * 4
    return Found(
        "O(N² + Nd)", f"grows with N^{found:.2f}", 1.5 < found <= 2.05,
        f"Counted at {LENGTHS[0]} to {LENGTHS[-1]} tokens and d = {DIM}. The squares are {squares / last:.0%} of the "
        f"bytes at {LENGTHS[-1]} tokens; passes over K and V in blocks add the rest.",
    )  # fmt: skip


def less(_: Ground) -> Found:
    ratio = {n: _counted("standard", n).bytes / _counted("flash_2", n).bytes for n in LENGTHS}
    large = standard(shaped("standard", 4096, DIM, 4 * MEMORY, causal=False)).bytes
    more = large / flash_2(shaped("flash_2", 4096, DIM, 4 * MEMORY, causal=False)).bytes
    return Found(
        "2 to 4 times less", f"{ratio[LENGTHS[-1]]:.1f} times less; {more:.1f} with more fast memory",
        all(2 <= each <= 4 for each in (*ratio.values(), more)),
        f"Counted at d = {DIM} and {MEMORY:,} numbers of fast memory; with {4 * MEMORY:,} and 4,096 tokens by the "
        "closed form, which equals the count. The larger the fast memory, the more is saved: 2 to 4 is one device’s "
        "case. Dao et al. (2022) report up to 9 times fewer accesses.",
        tuple(Figure(f"{n} tokens", f"{each:.2f} times") for n, each in ratio.items()),
    )  # fmt: skip


def order(_: Ground) -> Found:
    """Which loop is the outer one, as the code writes it."""
    shape = shaped("flash_1", 256, DIM, MEMORY, causal=False)
    q, k, v = torch.randn(3, 1, 1, shape.n, DIM, generator=torch.Generator().manual_seed(0))
    ledger = Ledger()
    flash_attention_2(q, k, v, TileMask(), rows=64, columns=64, memory=ledger)
    tiles = [(step.i, step.j) for step in ledger.steps if step.phase == "tile"]
    written = sum(move.bytes for step in ledger.steps for move in step.writes if move.name == "O")
    return Found(
        "rows outside, O written once", f"O written {written / (shape.n * DIM * 4):.0f} time",
        tiles == sorted(tiles) and written == shape.n * DIM * 4,
        "The code is FlashAttention-2’s order. FlashAttention-1, as published, has keys in the outer loop and writes "
        "the output again for each block of keys.",
    )  # fmt: skip


_claim = partial(written, 9)
_FLASH, _PLAIN = "FlashAttention", "Standard Attention Memory Access Pattern"
_TILED = "FlashAttention Memory Access Pattern"
_NO_GPU = "A speed on a GPU cannot be measured on this machine."

CLAIMS = (
    _claim("flash-square", _FLASH, "FlashAttention never writes the N × N matrix",
           "avoiding materialisation of the full N×N attention matrix in high-bandwidth memory (HBM)", no_square,
           at=("flash_tiles", "tiles")),
    _claim("standard-moves", _PLAIN, "Standard attention writes and reads the square twice",
           "Write N×N matrix to HBM … Read N×N from HBM, write N×N back … Read N×N from HBM", moves,
           at=("attention_roofline", "here")),
    _claim("standard-traffic", _PLAIN, "Its traffic is O(N² + Nd)",
           "Total HBM access: O(N² + Nd) — dominated by N² for long sequences", dominated,
           at=("attention_roofline", "dimension")),
    _claim("flash-order", _TILED, "Queries are in the outer loop, and each output is written once",
           "for each tile of Q (block_q): … # Write final output for this Q tile to HBM", order,
           at=("flash_tiles", "tiles")),
    _claim("flash-exact", _TILED, "Running statistics give exact attention",
           "Update running softmax statistics (online softmax)", exact, at=("online_softmax", "row")),
    _claim("flash-less", _TILED, "FlashAttention moves 2 to 4 times less",
           "For typical M, this is ~2-4× less than standard attention", less, "loose",
           ("attention_roofline", "dimension")),
    _claim("flash-speed", _TILED, "FlashAttention is 2 to 4 times faster",
           "FlashAttention achieves 2-4× wall-clock speedup",
           measured_elsewhere("The panel “Time and memory” times attention in tiles on this machine’s CPU."),
           at=("flash_growth", "measured")),
    _claim("flash-memory", _TILED, "Memory falls from O(N²) to O(N)", "reduces memory from O(N²) to O(N)", no_square,
           at=("flash_growth", "measured")),
    _claim("flash-2", _TILED, "FlashAttention-2 spreads the work better over warps",
           "optimising the parallelism and work partitioning across GPU warps",
           not_here(_NO_GPU, "Dao 2023 (arXiv 2307.08691) measures about twice FlashAttention’s speed on an A100."),
           at=("flash_tiles", "questions")),
    _claim("flash-3", _TILED, "FlashAttention-3 copies asynchronously and uses FP8 on H100",
           "exploits hardware features like asynchronous memory copies and FP8 tensor cores",
           not_here(_NO_GPU, "The panel “FP8 attention” computes its FP8 errors and simulates the overlap."),
           at=("fp8_attention", "errors")),
)  # fmt: skip
