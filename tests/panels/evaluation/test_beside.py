"""The other run on the panels of evaluation, as the page asks for it: what is laid beside what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from explorer.experiments.evaluation import kept_cells
from explorer.fetching.progress import silent
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.shell.views.drawn import Drawn
from explorer.shell.views.other_run import Beside
from explorer.zoo.model import Model

WITH = "model=six-kinds-dense&text=Once&new=0&do=quant:all:int2"


@pytest.fixture
def drawn(small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(kept_cells, "_folder", lambda: tmp_path)

    def draw(panel: str, name: str, **controls: Any) -> Drawn:
        declared = panels()[panel]
        scene = Scene(small, controls=controls, settings=declared.settings)
        *_, made = Beside(scene, {"with": WITH}, silent).drawn(declared, declared.view(name))
        assert made.said is not None
        assert made.said.fits, made.said.text
        return made

    return draw


def test_the_other_runs_model_is_a_row_of_the_scoreboard(drawn: Any) -> None:
    made = drawn("scoreboard", "board", rows="int2", tasks="copy", items=12)
    data = made.made.data
    assert made.there is None
    assert [row.key for row in data.rows] == ["", "other run", "int2"]
    assert data.cells[1].taken == data.cells[2].taken
    assert all(check.holds for check in made.made.checks)


def test_the_other_runs_model_is_the_second_of_two(drawn: Any) -> None:
    made = drawn("two_models", "flips", items=24, second="nf4").made.data
    assert "quant:all:int2" in made.second
    assert made.given


def test_the_other_runs_model_takes_part_in_the_arena(drawn: Any) -> None:
    made = drawn("arena", "vote", new=12, settings="greedy").made.data
    assert "(the other run)" in made.answers[1].contestant


def test_one_item_and_perplexity_lay_the_other_runs_numbers_beside_theirs(drawn: Any) -> None:
    item = drawn("one_item", "choices", task="copy", item=1)
    assert all(rule.there is not None for rule in item.made.data.rules)
    assert all(check.holds for check in item.made.checks)
    text = drawn("perplexity", "surprise", documents=1)
    assert all(way.there is not None for way in text.made.data.ways)
    assert all(check.holds for check in text.made.checks)


@pytest.mark.parametrize(
    ("panel", "name", "few"),
    [
        ("shots", "curve", {"task": "copy", "items": 12, "most": 1}),
        ("shots", "loss", {"length": 6, "sequences": 2}),
        ("harness_choices", "table", {"task": "copy", "items": 12, "shots": 0}),
        ("calibration", "reliability", {"excerpts": 1}),
        ("judge", "orders", {"pairs": 4}),
    ],
)
def test_what_is_measured_of_each_run_is_drawn_twice(drawn: Any, panel: str, name: str, few: dict[str, Any]) -> None:
    made = drawn(panel, name, **few)
    assert made.there is not None
    assert type(made.there.made.data) is type(made.made.data)
    assert str(made.there.made.data) != str(made.made.data)
    assert all(check.holds for check in made.made.checks)


@pytest.mark.parametrize("name", sorted(panels()))
def test_a_view_that_reads_the_other_run_is_rendered_once(name: str) -> None:
    """Else it is handed each run alone, and never sees the other."""
    panel = panels()[name]
    module = Path(__file__).parents[3] / "explorer" / "panels" / panel.chapter / f"{name}_views.py"
    if "scene.there" in module.read_text():
        assert any(view.together for view in panel.views)
