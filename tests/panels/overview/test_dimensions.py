"""Sizes of real models: counts against known answers, ranges, and each check on a count that is broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.overview import dimensions as experiment
from explorer.figures.overview import dimensions as figure
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from tests.panels.both_runs import drawn


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A small model, and three of the published ones."""
    kept = ("GPT-2", "LLaMA-7B", "DeepSeek-V3")
    monkeypatch.setattr(experiment, "SHOWN", kept)
    return Scene(zoo.load("six-kinds-dense"))


def check(scene: Scene, words: str) -> Check:
    [found] = [each for each in panels()["dimensions"].render("sizes", scene).checks if words in each.statement]
    return found


def test_all_published_models() -> None:
    model = zoo.load("six-kinds-moe")
    made: Rendered[Any] = panels()["dimensions"].render("sizes", Scene(model))
    pack(made.data)
    assert all(each.holds for each in made.checks), made.checks
    found = {each.name: each for each in made.data.models}
    counts = {"GPT-2": 124_439_808, "LLaMA-7B": 6_738_415_616, "Llama-3-8B": 8_030_261_248}
    assert {name: found[name].values["N"] for name in counts} == counts
    assert found["Mixtral-8x7B"].values["N"] == 46_702_792_704
    assert found["Gemma-2-2B"].outside == ["h"]
    assert not found["Gemma-7B"].derived
    assert "d_ff/d_model" in found["LLaMA-7B"].outside  # 2.69: gated
    assert found["GPT-3"].outside == []
    assert [each.name for each in made.data.models if each.own] == [model.card.title]


def test_a_range_holds_its_ends() -> None:
    one = figure.Typical(symbol="L", name="", said="", low=24, high=128)
    assert [one.holds(value) for value in (23, 24, 128, 129)] == [False, True, True, False]
    assert replace(one, high=None).holds(1e12)


@pytest.mark.breaks("dimensions.sizes", r"^Parameters of .* configs by formula = numbers in transformers")
def test_a_formula_that_forgets_the_norms(few: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(few, "by formula").holds
    plain = experiment.parameters
    monkeypatch.setattr(experiment, "parameters", lambda s: plain(replace(s, norms_per_block=1)))
    assert not check(few, "by formula").holds


@pytest.mark.breaks("dimensions.sizes", r"^The counts = the makers’ stated counts")
def test_a_config_that_is_another_model(few: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    llama = experiment.PUBLISHED["LLaMA-7B"]
    other = replace(llama, config={**llama.config, "num_hidden_layers": 40})
    monkeypatch.setattr(experiment, "PUBLISHED", {**experiment.PUBLISHED, "LLaMA-7B": other})
    assert not check(few, "makers’ stated counts").holds


def test_another_model_beside_this_one(few: Scene) -> None:
    """The mixture is as deep and as wide and has more parameters."""
    mixture = zoo.load("six-kinds-moe")
    made, _, other = drawn("dimensions", "sizes", replace(few, other_model=mixture))
    assert other is not None
    assert all(each.holds for each in made.checks), made.checks
    assert made.checks[0].statement.endswith("in transformers’ models, in both runs")
    here, there = (next(each for each in data.models if each.own) for data in (made.data, other.made.data))
    assert there.name == mixture.card.title
    assert there.values["L"] == here.values["L"] == mixture.dims.n_layers
    assert there.values["N"] == mixture.dims.parameters != here.values["N"]


def test_a_model_that_no_formula_counts_is_left_out(few: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, unknown = experiment.sizes, few.model.hf.config

    def sizes(config: Any, *said: Any, own: bool = False) -> experiment.RealSizes:
        if config is unknown:
            raise NotApplicableError("not known")
        return plain(config, *said, own=own)

    assert not panels()["dimensions"].render("sizes", few).note
    monkeypatch.setattr(experiment, "sizes", sizes)
    made: Rendered[Any] = panels()["dimensions"].render("sizes", few)
    assert made.note.startswith(f"{few.model.card.title} is not listed")
    assert "of 3 configs" in made.checks[0].statement
    assert not any(each.own for each in made.data.models)
    known = replace(few, loaded=zoo.load("six-kinds-moe"), other_model=few.loaded)
    both = drawn("dimensions", "sizes", known)  # of two, the one that is known is compared with nothing
    assert both.made.note == made.note
