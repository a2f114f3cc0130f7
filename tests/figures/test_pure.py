"""Figures are pure: they hold no module, run none and time nothing."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
import torch
from torch import nn

from explorer import figures
from tests.figures.pure import FIGURES

FILES = sorted(Path(FIGURES).rglob("*.py"))
#: Of a model: what is called to run it.
RUN = {"decoder", "encoder", "hf", "bridge", "forward", "backward", "generate"}
#: What only those need who run or time.
NEEDED = {"inference_mode", "no_grad", "enable_grad", "perf_counter", "process_time", "monotonic"}


def runs(source: str) -> Iterator[str]:
    """Expressions that run a model or time something."""
    for node in ast.walk(ast.parse(source)):
        called = node.func if isinstance(node, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name in RUN or (isinstance(node, ast.Name | ast.Attribute) and getattr(node, "attr", "") in NEEDED):
            yield ast.unparse(node)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FIGURES)))
def test_a_figure_neither_runs_nor_times(file: Path) -> None:
    assert list(runs(file.read_text())) == []


@pytest.mark.parametrize("wrong", ["model.decoder(ids)", "block.forward(x)", "torch.no_grad()", "time.perf_counter()"])
def test_what_runs_or_times_is_seen(wrong: str) -> None:
    assert list(runs(wrong)) == [wrong] or list(runs(wrong)) == [wrong.removesuffix("()")]


def test_no_figure_knows_a_kind_of_module() -> None:
    for found in walk_packages(figures.__path__, "explorer.figures."):
        for name, each in vars(import_module(found.name)).items():
            assert not (inspect.isclass(each) and issubclass(each, nn.Module)), f"{found.name}.{name}"


def test_a_module_that_a_figure_has_run_is_seen() -> None:
    """As the tests of panels and figures see it, wherever in the figure's doing it runs."""
    linear, x = nn.Linear(2, 2), torch.zeros(2)
    scope = {"linear": linear, "x": x}
    with pytest.raises(AssertionError, match=r"^wrong.py has Linear run"):
        exec(compile("(lambda: linear(x))()", FIGURES + "wrong.py", "exec"), scope)
    linear(x)
