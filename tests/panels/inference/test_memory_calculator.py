"""The calculator's views: two of formulas alone, one of real tensors, and their checks on broken formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.inference import memory_calculator as experiment
from explorer.panels import panels
from explorer.panels.inference import memory_calculator_views as panel
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference import memory_calculator as mechanism
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
CACHE = 2 * 6 * 2 * 48 * 4  # key and value, layers, kv heads, d_head, float32


def test_formulas_need_no_model_and_the_tensors_no_prompt() -> None:
    of = panels()["memory_calculator"]
    assert [of.reads(view) for view in of.views] == ["nothing", "nothing", "model"]
    budget = panel.budget(Scene(controls={"n_layers": "-3"})).data
    assert budget.own is None
    assert budget.wrong.startswith("Blocks is −3")
    assert budget.models[0].name == "SmolLM2-135M"
    assert budget.limits["n_layers"].start == 32


def test_the_formula_is_what_the_tensors_hold(view: View, small: Model) -> None:
    shown = view("memory_calculator.calibration")
    made = shown[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert [len(part.data.caches) for part in shown] == [0, 1, 2, 3, 4]
    assert made.data.weights.bytes == 4 * sum(p.numel() for p in small.hf.parameters())
    assert made.data.here.total == made.data.weights.count
    contiguous, double, half, paged = made.data.caches
    assert contiguous.tensors == CACHE * experiment.READ
    assert double.tensors == 2 * contiguous.tensors == 4 * half.tensors
    assert paged.tensors == CACHE * experiment.BLOCK * -(-experiment.READ // experiment.BLOCK) > contiguous.tensors


@pytest.mark.breaks("memory_calculator.table", "have the parameters that their papers state")
@pytest.mark.breaks("memory_calculator.calibration", "The formula counts this model's")
def test_a_forgotten_matrix_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("memory_calculator.table", "their papers state").holds
    counted = mechanism.parameters

    def wrong(sizes: Any, *, active: bool = False) -> Any:
        made = counted(sizes, active=active)
        return replace(made, attention=mechanism.Part(made.attention.matrices * 3 // 4, made.attention.vectors))

    monkeypatch.setattr(mechanism, "parameters", wrong)
    monkeypatch.setattr(experiment, "parameters", wrong)
    assert not check("memory_calculator.table", "their papers state").holds
    assert not check("memory_calculator.calibration", "The formula counts").holds


@pytest.mark.breaks("memory_calculator.calibration", "was written into the tensors of 3 caches")
@pytest.mark.parametrize("broken", ["formula", "cache"])
def test_a_cache_that_stores_otherwise_than_the_formula_says_is_seen(
    broken: str, check: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    if broken == "formula":  # counts query heads instead of key/value heads
        monkeypatch.setattr(experiment, "kv_bytes", lambda sizes, *given: 2 * mechanism.kv_bytes(sizes, *given))
    else:  # stores the newest token alone
        update = ContiguousCache.update

        def wrong(self: ContiguousCache, layer: int, k: torch.Tensor, v: torch.Tensor, positions: torch.Tensor) -> Any:
            held = update(self, layer, k, v, positions)
            self.k[layer][:, :, : self.seen - 1] = torch.nan
            return held

        monkeypatch.setattr(ContiguousCache, "update", wrong)
    assert not check("memory_calculator.calibration", "was written into the tensors").holds
