"""A small real model and a run of it: the panels' views, whole and broken, in a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.experiments import machine
from explorer.experiments.machine import MachineRate, MachineSpeed
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model

TEXT = "Then Mary and John went to the store, and John gave a drink to"


@pytest.fixture(autouse=True)
def known_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test measures the machine that it runs on, nor writes down how fast it was beside other tests."""
    flops, bandwidth = MachineRate(1e11, 9e10, 8e10, 9.5e10), MachineRate(1e10, 9e9, 8e9, 9.5e9)
    speed = MachineSpeed(flops, bandwidth, rounds=15, threads=1, cores=2, load=0.5, at=0.0)
    monkeypatch.setattr(machine, "speed", lambda: speed)


@pytest.fixture(scope="session")
def small() -> Model:
    """12 million parameters."""
    from explorer import zoo

    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="session")
def run(small: Model) -> Trace:
    return capture(small, TraceKey(small.name, TEXT, max_new_tokens=8, seed=7))


View = Callable[..., list[Rendered]]


@pytest.fixture
def view(small: Model, run: Trace) -> View:
    """`view("panel.view", control=value)`: all that it yields, the whole last, each given to the page's own encoder."""

    def render(name: str, *, trace: Trace = run, progress: Any = None, **controls: Any) -> list[Rendered]:
        from explorer.figures.payload import Payload, pack

        panel, _, each = name.partition(".")
        reads = panels()[panel].reads(panels()[panel].view(each))
        scene = Scene(
            small if reads != "nothing" else None,
            trace if reads == "run" else None,
            controls=controls,
            progress=progress or (lambda what, done, total: None),
        )
        made = panels()[panel].rendering(each)(scene)
        shown = [made] if isinstance(made, Rendered) else list(made)
        assert not any(part.checks for part in shown[:-1]), "what is not whole proves nothing yet"
        for part in shown:
            assert isinstance(part.data, Payload)
            pack(part.data)
        return shown

    return render


@pytest.fixture
def check(view: View) -> Callable[..., Check]:
    """`check("panel.view", "part of its statement", control=value)`: that check of the whole result."""

    def find(name: str, statement: str, **controls: Any) -> Check:
        found = [each for each in view(name, **controls)[-1].checks if statement in each.statement]
        assert len(found) == 1, found
        return found[0]

    return find
