"""Attention from 128 to 16,384 tokens: milliseconds and peak memory of each kernel, forward and backward.

`python -m explorer bench attention` measures on a GPU where there is one, else on the CPU; it can be told
`device=cpu`, `d_head=64,128`, `dtype=float16`, and `longest=2048` for a short run. Who takes part stands in
`attention_subjects`. Standard attention runs as long as its squares take a quarter of the memory that is free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

import torch

from explorer.bench import Clock, Report, attention_device, attention_memory, wall_clock
from explorer.bench.attention_subjects import (
    REFERENCES,
    SHORT,
    SQUARES,
    Case,
    Setup,
    act_of,
    on_cpu,
    on_gpu,
    refusal,
    square,
    standard_fits,
    subjects_of,
    takes_part,
)
from explorer.bench.attention_targets import Measured, judge
from explorer.errors import BadRequestError

DESCRIPTION = (
    "attention from 128 to 16,384 tokens, forward and backward, on a CPU or a GPU: standard, FlashAttention, tiled or "
    "Triton, torch's two; peaks"
)
LENGTHS = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
WIDEST = 256


class Instruments(NamedTuple):
    """How a device is measured."""

    clock: Clock
    peaks: Callable[[Setup, Sequence[tuple[str, Case]]], list[float] | None]
    """Bytes of each kernel and case; None where they cannot be had."""


ON_CPU = Instruments(wall_clock, attention_memory.of_processes)
ON_GPU = Instruments(attention_device.event_clock, attention_device.of_allocator)


def run(
    report: Report, device: str = "", d_head: tuple[int, ...] = (), dtype: str = "", longest: int = LENGTHS[-1]
) -> None:
    """Add milliseconds, ratios to torch's kernel, the memory that each takes at its peak, and the targets' verdicts.

    Raises BadRequestError for what cannot be measured here.
    """
    setups = setups_of(device, d_head, dtype)
    if setups[0].for_gpu:
        free, whole = torch.cuda.mem_get_info()
        report.add(f"{torch.cuda.get_device_name()}, {setups[0].dtype}: memory", "explorer", whole / 1e9, "GB")
        report.add("of it free", "explorer", free / 1e9, "GB")
    else:
        report.add("threads of every subject", "explorer", torch.get_num_threads(), "threads")
    lengths = [n for n in LENGTHS if n <= longest]
    measure(report, setups, lengths, ON_GPU if setups[0].for_gpu else ON_CPU)


def setups_of(device: str, d_heads: tuple[int, ...], dtype: str) -> list[Setup]:
    """One for each size of a head. Raises BadRequestError for what is not there."""
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if device not in ("cpu", "cuda"):
        raise BadRequestError(f"There is no device {device[:40]!r}.", "Known are cpu and cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise BadRequestError("Torch sees no GPU here.", "Take device=cpu, or install torch's build for your GPU.")
    if dtype and dtype not in DTYPES:
        raise BadRequestError(f"Attention is not measured in {dtype[:40]!r}.", f"Known are {', '.join(DTYPES)}.")
    if any(not 0 < each <= WIDEST for each in d_heads):
        raise BadRequestError("Heads are of 1 to 256 dimensions.", "Take d_head=64,128.")
    if device == "cuda":
        return [on_gpu(each, DTYPES[dtype or "bfloat16"]) for each in d_heads or (64, 128)]
    chosen = d_heads or (64,)
    return [on_cpu(d, DTYPES[dtype or "float32"], f", d {d}" if len(chosen) > 1 else "") for d in chosen]


def measure(report: Report, setups: Sequence[Setup], lengths: Sequence[int], instruments: Instruments) -> None:
    """All rows of these setups, and what was left out."""
    times: Measured = {}
    peaks: Measured = {}
    for setup in setups:
        cases = [Case(*each) for each in product(lengths, (True, False), (False, True))]
        for case in cases:
            times[setup, case] = _times(report, case, setup, instruments.clock)
        peaks |= _peaks(report, cases, setup, instruments)
        _left_out(report, lengths, setup)
    judge(report, times, peaks)
    report.absent = list(dict.fromkeys(report.absent))


def _times(report: Report, case: Case, setup: Setup, clock: Clock) -> dict[str, float]:
    title = f"{case}{setup.suffix}"
    acts = {subject: act_of(name, case, setup) for subject, name in subjects_of(case, setup).items()}
    medians = report.time(title, acts, rounds=5, clock=clock)
    for subject, median in medians.items():
        if subject != "torch" and "torch" in medians:
            report.add(f"{title}: time, of torch's", subject, median / medians["torch"], "times")
    return medians


def _peaks(report: Report, cases: Sequence[Case], setup: Setup, instruments: Instruments) -> Measured:
    """How far memory rises above the inputs of one sequence while each runs alone."""
    wanted = [(subject, name, case) for case in cases for subject, name in subjects_of(case, setup).items()]
    told = instruments.peaks(setup, [(name, case) for _, name, case in wanted])
    if told is None:
        report.absent.append("Peak memory is read from Linux's /proc: its rows are left out here.")
        return {}
    peaks: Measured = {}
    for (subject, _, case), peak in zip(wanted, told, strict=True):
        report.add(f"{case}{setup.suffix}: peak beside the inputs", subject, peak / 1e6, "MB")
        peaks.setdefault((setup, case), {})[subject] = peak
    return peaks


def _left_out(report: Report, lengths: Sequence[int], setup: Setup) -> None:
    """Who did not take part, where, and why."""
    names = dict(setup.compared) | {f"explorer {each}": each for each in ("standard", *REFERENCES)}
    for (subject, name), backward, causal in product(names.items(), (False, True), (True, False)):
        if not takes_part(name, backward, setup):
            report.absent.append("FlexAttention has no backward pass on a CPU: its rows are those of the forward pass.")
        elif why := refusal(name, causal, backward, setup):
            report.absent.append(f"{subject} does not run here: {why} ({Case(0, causal, backward).kind})")
    for n in lengths:
        if not standard_fits(n, setup):
            report.absent.append(
                f"Standard attention was not run at {n:,} tokens{setup.suffix}: each of its squares takes "
                f"{square(n, setup) / 1e6:,.0f} MB, and {SQUARES} of them more than a quarter of what is free here."
            )
    if any(n > SHORT for n in lengths):
        report.absent.append(
            f"{' and '.join(REFERENCES)} stop at {SHORT:,} tokens: they are loops in Python over tiles of 64 x 64, "
            "written to be read, and take four times as long where the text is twice as long."
        )
    if setup.for_gpu:
        report.absent.append("The tiled kernel works on a CPU: on a GPU the Triton kernel is the explorer's own.")
