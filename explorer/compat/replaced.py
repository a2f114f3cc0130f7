"""A name of another package's module that means something else for a while: what the library offers no setting for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def replaced(module: ModuleType, **names: object) -> Iterator[None]:
    """While this holds, the module has these in place of its own. Raises AttributeError for a name that it lacks.

    >>> import math
    >>> with replaced(math, pi=3):
    ...     math.pi
    3
    >>> math.pi
    3.141592653589793
    """
    own = {name: getattr(module, name) for name in names}
    try:
        for name, instead in names.items():
            setattr(module, name, instead)
        yield
    finally:
        for name, was in own.items():
            setattr(module, name, was)
