"""Tokens a second of training: the own decoder against transformers' Trainer and a plain loop, on the same windows."""

from __future__ import annotations

import json
import subprocess
import sys

import torch

from explorer.bench import Report
from explorer.bench.train_subjects import COMPILED, KINDS, N_CTX, NAMES, ROWS, Case, Took, subject, windows
from explorer.errors import BadRequestError
from explorer.experiments.memory_peak import memory_peak
from explorer.experiments.reused_memory import reused_memory
from explorer.experiments.timing import Ratio, Timing, compare

DESCRIPTION = "rounds=7 of steps=4 by the own decoder, Trainer and a loop, dense and mixture; compiled=1 those too"
#: Steps in which losses must be equal, and how near: nats. In bfloat16 products are rounded in another order.
EQUAL, NEAR, NEAR_ROUNDED = 3, 1e-4, 2e-3
#: What a target asks of the speed.
WANTED = 1.2


def run(report: Report, rounds: int = 7, steps: int = 4, compiled: int = 0) -> None:
    """Add tokens a second of wall and of processor time with their spread, ratios, peaks and the targets."""
    if not (5 <= rounds <= 1000 and 1 <= steps <= 1000):
        raise BadRequestError("At least 5 rounds of one step.")
    report.add("threads of every subject", "explorer", torch.get_num_threads(), "threads")
    names = NAMES + (COMPILED if compiled else ())
    with reused_memory():
        for kind in KINDS:
            for bfloat16 in (False, True):
                _case(report, Case(kind, bfloat16), names, rounds, steps)


def _case(report: Report, case: Case, names: tuple[str, ...], rounds: int, steps: int) -> None:
    subjects = {name: subject(name, case) for name in names}
    first = [windows(step) for step in range(EQUAL)]
    losses = {name: each(first).losses for name, each in subjects.items()}
    apart = max(abs(a - b) for name in names for a, b in zip(losses[name], losses["explorer"], strict=True))
    near = NEAR_ROUNDED if case.bfloat16 else NEAR
    report.judge(f"{case}: losses of the first {EQUAL} steps within {near:g}", apart, "nats", apart <= near)
    taken: dict[str, list[Took]] = {name: [] for name in names}
    for turn in range(rounds):
        batches = [windows(1000 + turn * (steps + 1) + step) for step in range(steps + 1)]
        for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
            taken[name].append(subjects[name](batches))
    tokens = steps * ROWS * N_CTX
    for name, each in taken.items():
        for what, seconds in (
            ("", [one.wall for one in each]),
            (" of processor time", [one.processor for one in each]),
        ):
            timing = Timing.of(seconds)
            report.add(f"{case}, quartiles {tokens / timing.high:,.0f} to {tokens / timing.low:,.0f}", name,
                       tokens / timing.median, f"tokens/s{what}")  # fmt: skip
    for ours in ("explorer", *(COMPILED[:1] if COMPILED[0] in names else ())):
        for peer in (name for name in names if not name.startswith("explorer")):
            _ratios(report, case, (ours, taken[ours]), (peer, taken[peer]))
    _memory(report, case)


def _ratios(report: Report, case: Case, ours: tuple[str, list[Took]], peer: tuple[str, list[Took]]) -> None:
    (name, mine), (other, theirs) = ours, peer
    wall = compare([each.wall for each in mine], [each.wall for each in theirs])
    processor = compare([each.processor for each in mine], [each.processor for each in theirs])
    report.add(f"{case}: {name}, of {other}, {_spread(wall)}", name, wall.median, "times")
    said = f"{case}: {name} at {WANTED} times {other} by processor time, {_spread(processor)}"
    if "compiled" in other:
        report.add(said, name, processor.median, "times")
    else:
        report.judge(said, processor.median, "times", processor.median >= WANTED)


def _spread(ratio: Ratio) -> str:
    return f"quartiles {ratio.low:.2f} to {ratio.high:.2f}"


def _memory(report: Report, case: Case) -> None:
    """Each subject in a process of its own."""
    peaks = {name: _of_process(name, case) for name in NAMES}
    for name, peak in peaks.items():
        report.add(f"{case}: peak of two steps beside weights and moments", name, peak / 1e6, "MB")
    most = peaks["explorer"] / min(peaks[name] for name in NAMES[1:])
    report.judge(f"{case}: peak memory below both", most, "times the smaller", most < 1)


def _of_process(name: str, case: Case) -> int:
    told = subprocess.run(
        [sys.executable, "-m", "explorer.bench.train", json.dumps([name, case.kind, case.bfloat16])],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return int(told.split()[-1])


def _main(name: str, kind: str, bfloat16: bool) -> None:
    torch.set_num_threads(1)  # what another thread takes is not seen
    each = subject(name, Case(kind, bfloat16))
    each([windows(0), windows(1)])  # moments, and what the first call loads
    print(memory_peak(lambda: each([windows(2), windows(3)]))[1])


if __name__ == "__main__":
    _main(*json.loads(sys.argv[1]))
