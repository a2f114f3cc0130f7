"""Python functions as machine code, by numba: for loops that no product of matrices expresses.

>>> import numpy as np
>>> @compiled
... def total(numbers):
...     found = 0.0
...     for each in numbers:
...         found += each
...     return found
>>> total(np.arange(5.0))
10.0
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core import config as numba_config

F = TypeVar("F", bound=Callable[..., Any])


def _folder(file: Path) -> str:
    """Where compiled code is kept: a folder for this state of this file and of those that it is compiled from together,
    which begin with the same word."""
    family = file.stem.split("_")[0]
    files = [Path(__file__), *sorted(file.parent.glob(f"{family}*.py"))]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    return str(file.parent / "__pycache__" / f"{family}-{digest.hexdigest()[:12]}")


def compiled(function: F) -> F:
    """The function as machine code that runs without Python's lock; kept on disk for the next start.

    Sums may be taken in any order, so that the processor can add eight or sixteen numbers at a time: results differ by
    rounding alone. Division by zero gives what the processor gives: a loop that could raise there would go one by one.
    """
    config: Any = numba_config
    chosen = config.CACHE_DIR
    plain: Any = inspect.unwrap(function)  # a type checker's import hook may have wrapped it
    settings: Any = {"nogil": True, "fastmath": True, "error_model": "numpy"}
    try:
        # Read while the function is made, and at no other time.
        config.CACHE_DIR = chosen or _folder(Path(inspect.getfile(plain)))
        made: Any = njit(plain, cache=True, **settings)
    except RuntimeError:  # no folder can be written
        made = njit(plain, **settings)
    finally:
        config.CACHE_DIR = chosen
    return made
