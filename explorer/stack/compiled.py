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
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from explorer.compat.numba import kept_in

F = TypeVar("F", bound=Callable[..., Any])
#: the last part of a module's path, and the first name that is imported from it
_IMPORTED = re.compile(r"^from explorer[.\w]*\.(\w+) import (\w+)", re.MULTILINE)


@cache
def _folder(file: Path) -> Path:
    """Where compiled code is kept: a folder for this state of the file and of those beside it that it imports, whose
    code becomes a part of its own."""
    files, waiting = {Path(__file__), file}, [file]
    while waiting:
        for names in _IMPORTED.findall(waiting.pop().read_text(encoding="utf-8")):
            beside = {path for name in names if (path := file.parent / f"{name}.py").is_file()} - files
            files |= beside
            waiting += beside
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files)))
    return file.parent / "__pycache__" / f"{file.stem}-{digest.hexdigest()[:12]}"


def compiled(function: F) -> F:
    """The function as machine code that runs without Python's lock; kept on disk for the next start.

    Sums may be taken in any order, so that the processor can add eight or sixteen numbers at a time: results differ by
    rounding alone. Division by zero gives what the processor gives: a loop that could raise there would go one by one.
    """
    plain: Any = inspect.unwrap(function)  # a type checker's import hook may have wrapped it
    settings: Any = {"nogil": True, "fastmath": True, "error_model": "numpy"}
    file = Path(inspect.getfile(plain))
    try:
        with kept_in(_folder(file if file.is_file() else Path(__file__))):  # a doctest's text lies in no file
            made: Any = njit(plain, cache=True, **settings)
    except RuntimeError:  # no folder can be written
        made = njit(plain, **settings)
    return made


def _prefetch(typing: Any, array: Any, at: Any) -> Any:  # noqa: ARG001 - numba asks for all
    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        memory = context.make_array(signature.args[0])(context, builder, given[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(memory, [given[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        call = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(call, [place, number(0), number(3), number(1)])  # to read; into the nearest cache; of data
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch: Callable[[Any, Any], None] = cast("Any", intrinsic(_prefetch))
"""`prefetch(array, at)`, for compiled code: asks the processor to bring that place into its cache. No value changes.

A loop whose places lie apart, but are known some rounds before, then need not wait for memory.
"""
