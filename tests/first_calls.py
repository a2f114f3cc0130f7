"""Types and shapes are checked in the first calls of each function in each test, and no more in those that follow.

A decoder's block is called ten thousand times in a test, always with the same shapes, and checking them took longer
than the block. What is checked, and how, is jaxtyping's and beartype's own. `pytest --every-call`, which runs every
night, looks at all of them.
"""

from __future__ import annotations

import inspect
import math
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import jaxtyping
import pytest
from jaxtyping import _decorator

#: calls of a function that are checked in one test
CALLS: float = 4
EVERY = math.inf
_every_call = _decorator.jaxtyped
#: By the identity of a function's code, whose hash is made anew of all that is in it.
_calls: Counter[int] = Counter()
#: By module, what prepares its functions: each where it is first called. Of twelve thousand a worker calls a third.
_unprepared: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)


def next_test() -> None:
    """Begin to count anew."""
    _calls.clear()


def jaxtyped(fn: Any = None, *, typechecker: Any) -> Any:
    """In place of `jaxtyping.jaxtyped`, which the import hook puts around every function."""
    if fn is None:
        return lambda given: jaxtyped(given, typechecker=typechecker)
    if not inspect.isfunction(fn) or typechecker is None:
        return _every_call(fn, typechecker=typechecker)
    code = id(fn.__code__)  # one for all functions that a closure's definition makes
    checked: Any = None

    def prepare() -> None:
        nonlocal checked
        checked = checked or _every_call(fn, typechecker=typechecker)

    if "<locals>" not in fn.__qualname__:
        _unprepared[fn.__module__].append(prepare)

    @wraps(fn)
    def call(*args: Any, **named: Any) -> Any:
        if _calls[code] >= CALLS:
            return fn(*args, **named)
        _calls[code] += 1
        prepare()
        return checked(*args, **named)

    return call


def prepare_all(module: str) -> None:
    """As the module has them, before a test puts something else where an annotation's type is."""
    for prepare in _unprepared.pop(module, ()):
        prepare()


def install() -> None:
    """Before the package is imported."""
    jaxtyping.jaxtyped = _decorator.jaxtyped = jaxtyped
    put = pytest.MonkeyPatch.setattr

    def patch(self: pytest.MonkeyPatch, target: Any, *rest: Any, **named: Any) -> None:
        if isinstance(target, ModuleType):
            prepare_all(target.__name__)
        put(self, target, *rest, **named)

    pytest.MonkeyPatch.setattr = patch
