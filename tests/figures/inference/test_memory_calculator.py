from __future__ import annotations

import pytest

from explorer.figures.inference import memory_calculator as figure
from explorer.figures.payload import pack
from explorer.panels.inference import memory_calculator_views as panel
from explorer.panels.protocol import Scene
from explorer.stack.inference.memory_calculator import FORMATS, REAL_MODELS, Sizes, kv_bytes, weight_bytes
from explorer.tracing import TraceKey, capture
from explorer.zoo.model import Model


@pytest.mark.parametrize("name", ["GPT-2", "Gemma-3-270M", "Mixtral-8x7B"])
def test_a_row_holds_what_the_page_adds_up(name: str) -> None:
    sizes = REAL_MODELS[name]
    row = figure.row(name, sizes)
    for number in FORMATS.values():
        assert sum(row["bytes"][number.name].values()) == weight_bytes(sizes, number)
    assert row["matrices"] + row["vectors"] == row["total"]
    batch, length = figure.PROVED
    held = sum(layers * min(length, window or length) for layers, window in row["windows"])
    assert row["proved"] == batch * row["kv_numbers"] * held * 2 == kv_bytes(sizes, batch, length, FORMATS["bf16"])


def test_own_numbers_are_kept_in_range_and_wrong_ones_are_named() -> None:
    made = figure.own({"n_layers": "1e99", "d_model": "no number", "n_heads": "6", "n_kv_heads": "3"}, panel.OWN)
    assert isinstance(made, Sizes)
    assert (made.n_layers, made.d_model, made.n_heads) == (512, panel.OWN.d_model, 6)
    assert figure.own({"n_heads": 33}, panel.OWN) == "33 query heads cannot share 8 key/value heads evenly."
    plain = figure.own({"mlp": "plain", "unembedding": "tied"}, panel.OWN)
    assert isinstance(plain, Sizes)
    assert (plain.gated, plain.tied) == (False, True)


def test_the_formula_is_what_the_running_models_tensors_hold(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, "The capital of France is"))
    made = panel.calibration(Scene(model, trace, None))
    assert all(check.holds for check in made.checks)
    assert made.data["weights"]["bytes"] == 4 * 134_515_008
    contiguous, double, half, paged = made.data["caches"]
    n = len(trace.tokens)
    assert contiguous["tensors"] == 46_080 * n
    assert double["tensors"] == 2 * contiguous["tensors"] == 4 * half["tensors"]
    assert paged["tensors"] == 46_080 * panel.BLOCK * -(-n // panel.BLOCK)


def test_the_pages_of_numbers_can_be_sent(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, "The capital of France is"))
    scene = Scene(model, trace, None, controls={"n_heads": 33})
    budget = panel.budget(scene)
    assert budget.data["own"] is None
    assert budget.data["here"]["total"] == 134_515_008
    assert pack(budget.data)["models"][0]["name"] == "SmolLM2-135M"
    (check,) = panel.table(scene).checks
    assert check.holds
    assert check.error == pytest.approx(0.3113, abs=1e-4)
