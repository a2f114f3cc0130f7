"""A figure turns results into payloads: no test that renders a view lets it run a part of a model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

import explorer.figures
import explorer.tracing

CALL = nn.Module._call_impl.__code__
FIGURES, TRACING = (str(Path(each.__path__[0])) + "/" for each in (explorer.figures, explorer.tracing))


def refuse(module: nn.Module, _: object) -> None:
    """Raises AssertionError where a figure has a module run. What a trace derives of its own numbers it may ask for."""
    frame = sys._getframe(3)  # who calls the module: two of torch's frames lie between
    while frame is not None and frame.f_code is not CALL:  # a module within a module: the outer one has been looked at
        file = frame.f_code.co_filename
        if file.startswith(TRACING):
            return
        assert not file.startswith(FIGURES), f"{file.removeprefix(FIGURES)} has {type(module).__name__} run"
        frame = frame.f_back


@pytest.fixture(autouse=True)
def figures_run_nothing() -> Iterator[None]:
    watched = register_module_forward_pre_hook(refuse)
    yield
    watched.remove()
