"""Weights read into memory instead of mapped.

safetensors maps a file, and float32 tensors stay pointers into the map for as long as the model lives: whoever cuts
the file short then kills the process (SIGBUS) at the next forward pass, without a word. Read with pread, a tensor is
the process's own; SmolLM2-135M with its bridge is loaded as fast and takes the same memory (1,045 MB, not 1,039).
Files of more than LIMIT bytes together stay mapped: their pages can be given up when memory is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from explorer.compat.transformers import misfits_told, safetensors_by_pread
from explorer.errors import WeightsDamagedError

LIMIT = 4_000_000_000


@contextmanager
def unmapped(files: Iterable[Path]) -> Iterator[None]:
    """While this holds, transformers reads safetensors with pread; for more than LIMIT bytes it maps them as ever.

    transformers' own switch (`disable_mmap`) would hold the whole file and its tensors at once: twice the memory.
    """
    if sum(path.stat().st_size for path in files) > LIMIT:
        yield
        return
    with safetensors_by_pread():
        yield


def named_tensors(name: str) -> AbstractContextManager[None]:
    """While this holds, transformers' report of tensors that do not fit is an error that names one of them: it would
    print a table and raise "look at the above report". Those of another shape stand in what it returns."""

    def report(by_tensor: dict[str, str], others: list[str]) -> None:
        wrong = [*by_tensor.items(), *(("all", each) for each in others)]
        if wrong:
            tensor, told = min(wrong)
            last = ([line.strip() for line in told.splitlines() if line.strip()] or ["no more is said"])[-1]
            raise WeightsDamagedError(
                f"{len(wrong)} tensors of {name} do not fit together: {tensor}: {last[:200]}",
                "The weights do not match this config.json: fetch or copy both again.",
            )

    return misfits_told(report)
