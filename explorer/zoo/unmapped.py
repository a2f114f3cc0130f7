"""Weights read into memory instead of mapped.

safetensors maps a file, and float32 tensors stay pointers into the map for as long as the model lives: whoever cuts
the file short then kills the process (SIGBUS) at the next forward pass, without a word. Read with pread, a tensor is
the process's own; SmolLM2-135M with its bridge is loaded as fast and takes the same memory (1,045 MB, not 1,039).
Files of more than LIMIT bytes together stay mapped: their pages can be given up when memory is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import WeightsDamagedError
from explorer.zoo.replaced import replaced

if TYPE_CHECKING:
    from transformers.utils.loading_report import LoadStateDictInfo

LIMIT = 4_000_000_000


@contextmanager
def unmapped(files: Iterable[Path]) -> Iterator[None]:
    """While this holds, transformers reads safetensors with pread; for more than LIMIT bytes it maps them as ever.

    transformers' own switch (`disable_mmap`) would hold the whole file and its tensors at once: twice the memory.
    """
    if sum(path.stat().st_size for path in files) > LIMIT:
        yield
        return
    import transformers.modeling_utils as loading
    from safetensors import safe_open as opened

    def safe_open(*where: object, **how: object) -> object:
        return opened(*where, **{**how, "backend": "pread"})

    with replaced(loading, safe_open=safe_open):
        yield


@contextmanager
def named_tensors(name: str) -> Iterator[None]:
    """While this holds, transformers' report of tensors that do not fit is an error that names one of them: it would
    print a table and raise "look at the above report". Those of another shape stand in what it returns."""
    import transformers.modeling_utils as loading

    def report(*_: object, loading_info: LoadStateDictInfo, **__: object) -> None:
        wrong = [*loading_info.conversion_errors.items(), *(("all", each) for each in loading_info.error_msgs)]
        if wrong:
            tensor, told = min(wrong)
            last = ([line.strip() for line in str(told).splitlines() if line.strip()] or ["no more is said"])[-1]
            raise WeightsDamagedError(
                f"{len(wrong)} tensors of {name} do not fit together: {tensor}: {last[:200]}",
                "The weights do not match this config.json: fetch or copy both again.",
            )

    with replaced(loading, log_state_dict_report=report):
        yield
