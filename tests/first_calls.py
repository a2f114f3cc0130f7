"""Types and shapes are checked in the first calls of each function in each test, and no more in those that follow.

A decoder's block is called ten thousand times in a test, always with the same shapes, and checking them took longer
than the block. What is checked, and how, is jaxtyping's and beartype's own.
"""

from __future__ import annotations

import inspect
from collections import Counter
from functools import wraps
from types import CodeType
from typing import Any

import jaxtyping
from jaxtyping import _decorator

#: calls of a function that are checked in one test
CALLS = 10
_every_call = _decorator.jaxtyped
_calls: Counter[CodeType] = Counter()


def next_test() -> None:
    """Begin to count anew."""
    _calls.clear()


def jaxtyped(fn: Any = None, *, typechecker: Any) -> Any:
    """In place of `jaxtyping.jaxtyped`, which the import hook puts around every function."""
    if fn is None:
        return lambda given: jaxtyped(given, typechecker=typechecker)
    if not inspect.isfunction(fn) or typechecker is None:
        return _every_call(fn, typechecker=typechecker)
    code = fn.__code__  # one for all functions that a closure's definition makes
    checked: Any = None  # prepared where it is first called: of twelve thousand functions a worker calls a third

    @wraps(fn)
    def call(*args: Any, **named: Any) -> Any:
        nonlocal checked
        if _calls[code] >= CALLS:
            return fn(*args, **named)
        _calls[code] += 1
        if checked is None:
            checked = _every_call(fn, typechecker=typechecker)
        return checked(*args, **named)

    return call


def install() -> None:
    """Before the package is imported."""
    jaxtyping.jaxtyped = _decorator.jaxtyped = jaxtyped
