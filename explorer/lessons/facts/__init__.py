"""All facts, discovered: to add one is to write a function with `@fact` in a file of this folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from explorer.lessons.fact import Fact


@cache
def facts() -> dict[str, Fact]:
    """Every fact by its name. Raises ValueError where two bear the same."""
    found: dict[str, Fact] = {}
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, Fact) and found.setdefault(each.name, each) is not each:
                raise ValueError(f"two facts are called {each.name!r}")
    return found
