"""A small real model and a run of it, as the panels' tests of other chapters have them; and two runs side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer import zoo
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.tracing import TraceKey, capture
from explorer.zoo.model import Model
from tests.panels.inference.conftest import check, run, small, view  # noqa: F401


@pytest.fixture
def beside(small: Model) -> Callable[..., Rendered]:  # noqa: F811
    """`beside("panel.view", "this text", "the other text", second="another model", control=value)`: the view with a
    second run."""

    def draw(name: str, text: str, other: str, second: str = small.name, **controls: Any) -> Rendered:
        its = zoo.load(second)
        runs = ((small, text), (its, other))
        both = Compared(*(Run(each, capture(each, TraceKey(each.name, said))) for each, said in runs))
        panel, _, drawn = name.partition(".")
        made = panels()[panel].render(drawn, Scene(*both.one, controls=controls, other=both))
        pack(made.data)
        return made

    return draw
