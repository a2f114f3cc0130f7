"""Peak memory of attention on a CPU, for `bench attention`: a process that does nothing else reads its own high-water
mark.

`python -m explorer.bench.attention_memory '[64, "float32", [["tiled", 2048, true, false], ...]]'` prints one number of
bytes for each kernel, length, whether causal, and whether with the backward pass: how far resident memory rises above
what the inputs and the loaded libraries take.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from explorer.bench.attention_subjects import Case, Setup, act_of, on_cpu

MARK = Path("/proc/self/clear_refs")
Wanted = Sequence[tuple[str, Case]]


def of_processes(setup: Setup, wanted: Wanted) -> list[float] | None:
    """Bytes of each kernel's peak beside its inputs, from a process of their own; None where it cannot be read."""
    if not MARK.exists():
        return None
    dtype = str(setup.dtype).removeprefix("torch.")
    asked = json.dumps([setup.d_head, dtype, [[name, *case] for name, case in wanted]])
    # Freed blocks are given back at once: else one measurement would find the pages of another.
    settings = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    told = subprocess.run(
        [sys.executable, "-m", "explorer.bench.attention_memory", asked],
        check=True, capture_output=True, text=True, env=settings,
    ).stdout  # fmt: skip
    return [float(each) for each in json.loads(told)]


def _peak(name: str, case: Case, setup: Setup) -> int:
    """Bytes above what is there before. The first call loads what is loaded once."""
    act_of(name, case._replace(n=64), setup)()
    act = act_of(name, case, setup)
    gc.collect()
    MARK.write_text("5")  # the mark falls to what is resident now
    before = _resident("VmHWM")
    act()
    return max(0, _resident("VmHWM") - before)


def _resident(field: str) -> int:
    """Bytes, from this process's own status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))


def _main(d_head: int, dtype: str, wanted: list[list[object]]) -> None:
    setup = on_cpu(d_head, getattr(torch, dtype))
    print(json.dumps([_peak(str(name), Case(*case), setup) for name, *case in wanted]))  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    _main(*json.loads(sys.argv[1]))
