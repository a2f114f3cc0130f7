"""A view is handed what it has declared, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.panels import panels
from explorer.panels.overview import walk_views
from explorer.panels.protocol import Panel, Requirement, View
from explorer.panels.scene import Scene
from explorer.tracing import TraceKey, capture
from explorer.zoo.model import Model
from explorer.zoo.sequence_model import SequenceModel

DATES = "companion:iso-dates"


def scene_of(scene: Scene, requires: tuple[Requirement, ...], optional: tuple[Requirement, ...] = ()) -> Scene:
    """As a view gets it that declares so much."""
    view = View("v", "V", "V.", requires=requires, optional=optional)
    return Panel("p", "P", "overview", 1, "P.", (view,)).scene_of(view, scene)


@pytest.mark.parametrize(
    ("what", "read"),
    [("decoder", lambda scene: scene.decoder), (DATES, lambda scene: scene.companion("iso-dates", SequenceModel))],
)
def test_a_scene_hands_out_what_is_declared(moe: Model, what: str, read: Callable[[Scene], object]) -> None:
    with pytest.raises(LookupError, match=f"draws on “{what}”"):
        read(scene_of(Scene(moe), ("model", "experts")))
    made = read(scene_of(Scene(moe), ("model", what)))
    assert made is read(scene_of(Scene(moe), ("model",), optional=(what,))) is read(Scene(moe))


def test_what_reads_no_run_gets_none(moe: Model) -> None:
    whole = Scene(moe, capture(moe, TraceKey(moe.name, "one two")))
    assert scene_of(whole, ("run",)).trace is whole.run
    with pytest.raises(LookupError, match="require a run"):
        _ = scene_of(whole, ("decoder",)).trace
    assert scene_of(whole, ("experts",)).model is moe
    with pytest.raises(LookupError, match="require a model"):
        _ = scene_of(whole, (DATES,)).model


def test_what_is_optional_decides_nothing_of_what_is_loaded() -> None:
    view = View("v", "V", "V.", requires=(), optional=("decoder",))
    assert Panel("p", "P", "overview", 1, "P.", (view,)).reads(view) == "nothing"


def test_a_decoder_that_is_not_declared_is_seen_in_any_test(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, walk = Scene(moe, capture(moe, TraceKey(moe.name, "one two"))), panels()["walk"]
    assert walk.render("block", scene).checks
    views = tuple(replace(view, optional=()) for view in walk.views)
    monkeypatch.setitem(panels(), "walk", replace(walk, views=views))
    with pytest.raises(AssertionError, match=r"^walk\.block runs the explorer’s own decoder"):
        walk_views.block(scene)
