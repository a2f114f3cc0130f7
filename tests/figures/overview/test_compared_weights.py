"""Views that read no run, with another model's weights beside the page's; and views that one of two runs is too long
for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from explorer import zoo
from explorer.experiments.inference.decoding import speculative_corpus
from explorer.experiments.systems import number_formats, quantized_matrix
from explorer.figures.overview.compared import Compared
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.controls import WITH
from explorer.panels.scene import Scene
from explorer.shell.views.other_run import Beside
from explorer.tracing import TraceKey
from tests.figures.overview.test_compared import BEGIN, DENSE, END, MIXED, ran
from tests.figures.overview.test_compared_jobs import Read, of_both, same


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_formats, "WEIGHTS", 1 << 16)
    monkeypatch.setattr(quantized_matrix, "MOST", 1 << 12)
    monkeypatch.setattr(speculative_corpus, "LENGTH", 24)
    monkeypatch.setattr(speculative_corpus, "NEW", 3)


def beside(second: str, **controls: str) -> Beside:
    scene = Scene(zoo.load(DENSE), controls={**controls, WITH: second})
    return Beside(scene, scene.controls, scene.progress)


def test_another_model_has_the_errors_that_it_has_by_itself() -> None:
    panel = panels()["number_formats"]
    view = panel.view("errors")
    *_, (made, said, there) = beside(TraceKey(MIXED, BEGIN).query(), role="mlp.out").drawn(panel, view)
    assert there is not None
    assert said is not None
    assert said.fits
    assert said.title == zoo.load(MIXED).card.title
    assert all(check.holds for check in made.checks), made.checks
    alone = panel.render("errors", Scene(zoo.load(MIXED), controls={"role": made.data.role}))
    assert same(there.made.data.points, alone.data.points)
    assert not same(there.made.data.points, made.data.points)
    pack(made.data)


#: What a view shows of the other model, and where that model's own view has the same.
SAME: dict[str, tuple[Read | None, Read]] = {
    "quantized_matrix.formats": (
        None,
        lambda d: tuple(None if each.reason else each.error / d.sigma for each in d.tried),
    ),
    "gptq.losses": (None, lambda d: d.rows),
    "activation_aware.errors": (
        None,
        lambda d: [d.awq, d.smooth, d.nearest, d.eight],
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", SAME)
def test_another_model_has_the_losses_that_it_has_by_itself(name: str) -> None:
    (panel, _, view), (there, own) = name.partition("."), SAME[name]
    scene = Scene(zoo.load(DENSE), controls={"role": "W_Q"}, other_model=zoo.load(MIXED))
    made, shown = of_both(panel, view, scene, there, own)
    assert all(check.holds for check in made.checks), made.checks
    controls = {**scene.controls, **made.chosen}
    alone = panels()[panel].render(view, replace(scene, loaded=zoo.load(MIXED), other_model=None, controls=controls))
    of_there = [re.sub(", in (both runs|the other run)$", "", each.statement) for each in made.checks]
    assert {each.statement for each in alone.checks} <= set(of_there)
    assert same(shown, own(alone.data))
    assert not same(shown, own(made.data))
    pack(made.data)


@pytest.mark.thorough
def test_acceptance_over_texts_beside_another_models() -> None:
    panel = panels()["speculative"]
    controls = {"draft": "skip", "blocks": "4", "temperature": "1"}
    scene = Scene(zoo.load(DENSE), controls=controls, other_model=zoo.load(MIXED))
    made = panel.render("corpus", scene)
    assert all(check.holds for check in made.checks), made.checks
    alone = panel.render("corpus", replace(scene, loaded=zoo.load(MIXED), other_model=None)).data
    assert same(made.data.base.by_temperature, alone.by_temperature)
    assert not same(made.data.base.by_temperature, made.data.by_temperature)
    pack(made.data)


def test_the_same_weights_are_not_measured_twice() -> None:
    panel = panels()["number_formats"]
    scene, said = beside(TraceKey(DENSE, END).query()).of(panel, panel.view("errors"))
    assert scene.there is None
    assert said is not None
    assert not said.fits
    assert "has the same weights" in said.text
    scene, said = beside(TraceKey(DENSE, END).query() + "&do=quant:all:int8").of(panel, panel.view("errors"))
    assert scene.there is not None
    assert said is not None
    assert said.fits
    assert "int8" in said.title.lower()
    scene, said = beside("model=nowhere&text=a").of(panel, panel.view("errors"))
    assert scene.there is None
    assert said is not None
    assert not said.fits


def test_a_run_that_is_too_long_is_left_out_and_this_one_is_drawn() -> None:
    n_ctx = zoo.load(DENSE).dims.n_ctx
    long = ran("the sea and " * (n_ctx // 3 - 2), new=0)
    assert n_ctx - 16 < long.trace.n_prompt <= n_ctx
    both = Compared(ran(BEGIN), long)
    controls = {"k": "2", "steps": "24", "length": "32", WITH: "chosen"}
    made = Beside(Scene(both.one.model, both.one.trace, controls=controls), controls, lambda *_: None)
    made.__dict__["compared"] = both
    panel = panels()["beam_search"]
    *_, (drawn, said, there) = made.drawn(panel, panel.view("tree"))
    assert said is not None
    assert not said.fits
    assert "pass the model's" in said.text
    assert there is None
    assert drawn.checks
