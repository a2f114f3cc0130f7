"""numba: where compiled code is kept, function by function.

`numba.core.config.CACHE_DIR` is read while a function is made; numba offers one folder a process (`NUMBA_CACHE_DIR`),
and looks at the file of a function alone, not at those whose functions it calls. Until `njit` takes a folder (0.68 does
not).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numba.core import config as numba_config


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """While this holds, what is compiled is kept in the folder, unless the environment names another."""
    config: Any = numba_config
    chosen = config.CACHE_DIR
    try:
        config.CACHE_DIR = chosen or str(folder)
        yield
    finally:
        config.CACHE_DIR = chosen
