"""Attention from 128 to 16,384 tokens: milliseconds and peak memory of each kernel, forward and backward.

One sequence of four heads of 64 dimensions in float32: times are in proportion to heads. The reference forms of
FlashAttention are Python loops over tiles, written to be read: they are timed where that is short. Standard attention
runs as long as its squares take a quarter of the memory that is free.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from explorer.bench import Report, attention_flex
from explorer.stack.systems.attention_kernels import named
from explorer.stack.transformer.attention import Visibility

DESCRIPTION = (
    "attention from 128 to 16,384 tokens, forward and backward: standard, FlashAttention, tiled, torch's two; peaks"
)
LENGTHS = (128, 512, 1024, 2048, 4096, 8192, 16384)
HEADS, D_HEAD = 4, 64
#: Torch's compiled attention, which is no kernel of the project's decoder.
FLEX = "flex"
#: The reference loops and what they are timed on: 2 MB of scores at most.
SHORT = 512
#: Squares that standard attention holds at once, forward and backward: scores, masked ones, weights, gradients.
SQUARES = 5

Act = Callable[[], object]


def run(report: Report) -> None:
    """Add milliseconds, ratios to torch's kernel, and the memory that each takes at its peak."""
    report.add("threads of every subject", "explorer", torch.get_num_threads(), "threads")
    for n in LENGTHS:
        for causal in (True, False):
            for backward in (False, True):
                _times(report, n, causal, backward)
    _peaks(report)
    if why := attention_flex.misfit():
        report.absent.append(f"FlexAttention, compiled for a CPU by a C++ compiler, does not run here: {why}")
    else:
        report.absent.append("FlexAttention has no backward pass on a CPU: its rows are those of the forward pass.")


def case_of(n: int, causal: bool, backward: bool) -> str:
    """As the rows call it."""
    direction = "forward and backward" if backward else "forward"
    return f"{n:,} tokens, {'causal' if causal else 'all seen'}, {direction}"


def act_of(name: str, n: int, causal: bool, backward: bool) -> Act:
    """One attention by the named kernel, on numbers drawn here."""
    generator = torch.Generator().manual_seed(n)
    q, k, v = (torch.randn(1, HEADS, n, D_HEAD, generator=generator).requires_grad_(backward) for _ in range(3))
    if name == FLEX:
        return attention_flex.act(q, k, v, causal)
    return partial(_act, name, q, k, v, causal, backward)


def _act(name: str, q: Tensor, k: Tensor, v: Tensor, causal: bool, backward: bool) -> object:
    z = named(name)(q, k, v, Visibility(causal=causal), D_HEAD**-0.5).z
    return torch.autograd.grad(z.sum(), (q, k, v)) if backward else z


def subjects_of(n: int, backward: bool) -> dict[str, str]:
    """Who takes part at this length: the rows' subjects, and the kernels' names."""
    taking = {"explorer": "tiled", "torch": "sdpa"}
    if not backward and not attention_flex.misfit():
        taking["torch FlexAttention"] = FLEX
    if standard_fits(n):
        taking["explorer standard"] = "standard"
    if n <= SHORT:
        taking |= {"explorer flash_1": "flash_1", "explorer flash_2": "flash_2"}
    return taking


def standard_fits(n: int) -> bool:
    """Whether the squares of N x N take at most a quarter of the memory that is free."""
    return SQUARES * HEADS * n * n * 4 <= _free() / 4


def _free() -> float:
    """Bytes that a new process may take."""
    told = Path("/proc/meminfo")
    if told.exists():
        return 1024.0 * next(int(x.split()[1]) for x in told.read_text().splitlines() if x.startswith("MemAvailable"))
    return 4e9  # a machine that does not say


def _times(report: Report, n: int, causal: bool, backward: bool) -> None:
    case = case_of(n, causal, backward)
    acts = {subject: act_of(name, n, causal, backward) for subject, name in subjects_of(n, backward).items()}
    medians = report.time(case, acts, rounds=5)
    for subject, median in medians.items():
        if subject != "torch":
            report.add(f"{case}: time, of torch's", subject, median / medians["torch"], "times")


def _peaks(report: Report) -> None:
    """Each in one process of its own, which runs nothing else: what its memory's high-water mark rises by."""
    if not Path("/proc/self/clear_refs").exists():
        report.absent.append("Peak memory is read from Linux's /proc: its rows are left out here.")
        return
    wanted = [
        (subject, name, n, backward)
        for n in LENGTHS if n >= 1024
        for backward in (False, True)
        for subject, name in subjects_of(n, backward).items()
    ]  # fmt: skip
    asked = json.dumps([each[1:] for each in wanted])
    # Freed blocks are given back at once: else one measurement would find the pages of another.
    settings = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    told = subprocess.run(
        [sys.executable, "-m", "explorer.bench.attention_memory", asked],
        check=True, capture_output=True, text=True, env=settings,
    ).stdout  # fmt: skip
    for (subject, _, n, backward), peak in zip(wanted, json.loads(told), strict=True):
        report.add(f"{case_of(n, True, backward)}: peak beside the inputs", subject, peak / 1e6, "MB")
    for n in LENGTHS:
        if not standard_fits(n):
            report.absent.append(
                f"Standard attention was not run at {n:,} tokens: each of its squares takes "
                f"{HEADS * n * n * 4 / 1e6:,.0f} MB, and {SQUARES} of them more than a quarter of what is free here."
            )
