"""A view that runs the explorer's own decoder says so: no test that renders one lets it pass unsaid."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import explorer.panels
from explorer.panels import panels
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View
from explorer.panels.scene import Scene
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing.capturing import changed_weights
from explorer.zoo.model import Model

PANELS = str(Path(explorer.panels.__path__[0])) + "/"


def at_work() -> tuple[Panel, View] | None:
    """The view whose function is being called, the outermost; None where a run's weights are changed for it."""
    frame, found = sys._getframe(2), None
    while frame is not None:
        code = frame.f_code
        if code.co_filename == changed_weights.__file__:
            return None
        if code.co_filename.startswith(PANELS) and code.co_filename.endswith("_views.py"):
            panel = panels()[Path(code.co_filename).stem.removesuffix("_views")]
            found = next(((panel, each) for each in panel.views if each.name == code.co_name), found)
        frame = frame.f_back
    return found


def _declarations() -> Mapping[str, Control] | None:
    frame = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(PANELS) and path.endswith("_views.py"):
            return panels()[Path(path).stem.removesuffix("_views")].settings
        frame = frame.f_back
    return None


@pytest.fixture(autouse=True)
def controls_are_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel's function that a test calls by itself reads its panel's declarations, as through the panel."""
    kept = Scene.declared_control

    def declared(scene: Scene, name: str) -> Control:
        return kept(replace(scene, settings=_declarations()) if scene.settings is None else scene, name)

    monkeypatch.setattr(Scene, "declared_control", declared)


@pytest.fixture(autouse=True)
def what_is_drawn_on_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a view hands to an experiment is a whole model: the decoder is watched there, not in its scene alone."""
    kept = vars(Model)["decoder"]

    def decoder(model: Model) -> Decoder:
        if (found := at_work()) is not None:
            panel, view = found
            declared = {*panel.required(view), *view.optional}
            said = declared & {"decoder", f"companion:{model.name}"}
            assert said, f"{panel.name}.{view.name} runs the explorer’s own decoder, which is not among {declared}"
        return kept.__get__(model, Model)

    monkeypatch.setattr(Model, "decoder", property(decoder))
