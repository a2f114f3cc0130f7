"""The calculator's views: two of formulas alone, one of real tensors, and their checks on broken formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.inference.serving import memory_calculator as experiment
from explorer.panels import panels
from explorer.panels.inference import memory_calculator_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.shell.files import manifest
from explorer.stack.inference.serving import memory_calculator as mechanism
from explorer.stack.inference.serving import model_config, weight_schemes
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo.model import Model
from tests.panels.both_runs import drawn

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
CACHE = 2 * 6 * 2 * 48 * 4  # key and value, layers, kv heads, d_head, float32


def test_formulas_need_no_model_and_the_tensors_no_prompt() -> None:
    of = panels()["memory_calculator"]
    assert [of.reads(view) for view in of.views] == ["nothing", "nothing", "nothing", "model"]
    shown = panel.fit(Scene(controls={"model": "own", "n_layers": "-3"})).data
    assert shown.answer is None
    assert shown.wrong is not None
    assert shown.wrong.startswith("Blocks is −3")
    assert next(iter(shown.ground.models)) == "GPT-2"
    assert shown.ground.own_limits["n_layers"].start == 32


def test_the_page_asks_for_nothing_but_a_config_and_a_program_may_ask_for_all() -> None:
    """What the page computes is none of the controls that it sends; a program's answer is for what it asked."""
    (told,) = (each for each in manifest.manifest() if each["name"] == "memory_calculator")
    assert [each["controls"] for each in told["views"]] == [["config"], ["config"], ["config"], ["with"]]
    of = panels()["memory_calculator"]
    assert {"model", "batch", "config", "n_layers"} <= set(of.view("fit").controls)
    made = of.render("fit", Scene(controls={"model": "Llama-3-70B", "batch": 8, "cards": 4})).data.answer
    assert (made.name, made.n_layers, round(made.need.cache / 8)) == ("Llama-3-70B", 80, 8192 * 80 * 2 * 2 * 128 * 2)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("", "Paste a model's config.json"),
        ("{", "This is no JSON"),
        ("[" * 3000, "nested too deep"),
        ("[1]", "an object in braces"),
        ("{}", "no model_type"),
        ('{"model_type": "mamba"}', "type “mamba” are not counted"),
        ('{"model_type": "llama", "num_hidden_layers": 1000000000}', "num_hidden_layers is 1000000000"),
        ('{"model_type": "llama", "num_attention_heads": 32, "num_key_value_heads": 5}', "evenly"),
        ('{"model_type": "llama", "num_attention_heads": 33}', "not a multiple of the number of attention heads (33)"),
        ('{"model_type": "llama", "hidden_size": "<b>"}', "hidden_size is <b>"),
        ("owner/name-that-nobody-has", "Paste its config.json instead."),
        ("🙂", "This is no JSON"),
    ],
)
def test_a_config_that_is_none_gets_a_sentence(config: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    shown = panel.fit(Scene(controls={"model": "config", "config": config})).data
    assert shown.answer is None
    assert shown.wrong is not None
    assert said in shown.wrong


def test_a_pasted_config_is_a_model(small: Model) -> None:
    scene = Scene(controls={"model": "config", "config": small.hf.config.to_json_string(use_diff=True)})
    shown = panel.fit(scene).data
    assert shown.answer is not None
    assert shown.answer.parameters == sum(p.numel() for p in small.hf.parameters())
    assert shown.sizes == shown.ground.pasted.sizes
    elsewhere = panel.fit(Scene(controls={**scene.controls, "model": "GPT-2"})).data  # the page may turn to it
    assert elsewhere.ground.pasted == shown.ground.pasted
    own = panel.table(scene).data.own
    assert own is not None
    assert own.total == shown.answer.parameters


@pytest.mark.breaks("memory_calculator.fit", "are as large as their published files")
def test_a_mix_that_keeps_nothing_in_more_bits_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("memory_calculator.fit", "published files").holds
    weight_schemes.stored.cache_clear()
    monkeypatch.setattr(weight_schemes, "chosen", lambda mix, _place: mix.base)
    assert not check("memory_calculator.fit", "published files").holds
    weight_schemes.stored.cache_clear()


def test_the_formula_is_what_the_tensors_hold(view: View, small: Model) -> None:
    shown = view("memory_calculator.calibration")
    made = shown[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert [len(part.data.caches) for part in shown] == [0, 1, 2, 3, 4, 4]
    assert made.data.weights.bytes == 4 * sum(p.numel() for p in small.hf.parameters())
    assert made.data.here.total == made.data.weights.count
    run = made.data.run
    assert 0 < run.step.median < 60
    assert run.step_bound > 0
    assert run.activations > 4 * small.hf.config.hidden_size * run.tokens  # the stream itself, at least
    assert model_config.read(made.data.config).n_layers == small.hf.config.num_hidden_layers
    contiguous, double, half, paged = made.data.caches
    assert contiguous.tensors == CACHE * experiment.READ
    assert double.tensors == 2 * contiguous.tensors == 4 * half.tensors
    assert paged.tensors == CACHE * experiment.BLOCK * -(-experiment.READ // experiment.BLOCK) > contiguous.tensors


@pytest.mark.breaks("memory_calculator.calibration", "The formula counts this model's")
@pytest.mark.thorough
def test_the_other_runs_model_is_weighed_too(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a number that the formula forgets of it alone is seen."""
    forgotten, counted = iter([0, 1]), mechanism.parameters

    def wrong(sizes: Any) -> Any:
        made = counted(sizes)
        matrices = made.attention.matrices - next(forgotten)
        return replace(made, attention=mechanism.Part(matrices, made.attention.vectors))

    monkeypatch.setattr(experiment, "parameters", wrong)
    made, _, there = drawn("memory_calculator", "calibration", Scene(small, other_model=small))
    assert there is not None
    base = there.made.data
    assert base.weights.bytes == made.data.weights.bytes
    assert [each.tensors for each in base.caches[:2]] == [CACHE * experiment.READ, 2 * CACHE * experiment.READ]
    assert base.run is not None
    assert base.run.activations == made.data.run.activations
    assert [(check.error, check.holds) for check in made.checks] == [(1.0, False), (0.0, True)]
    assert [check.statement for check in made.checks] == [
        f"The formula counts this model's {base.weights.count:,} parameters, in both runs",
        "2·B·T·L·h_kv·d_head·bytes was written into the tensors of 3 caches, in both runs",
    ]


@pytest.mark.breaks("memory_calculator.table", "are those that their papers state")
@pytest.mark.breaks("memory_calculator.table", "are exactly those of their published files")
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
    assert not check("memory_calculator.table", "exactly those of their published files").holds
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
