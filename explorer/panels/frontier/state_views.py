"""State: what a Mamba model keeps of a text instead of keys and values, token by token."""

from __future__ import annotations

from explorer.experiments.frontier.state import acting, said
from explorer.experiments.frontier.state_cost import stepped_error
from explorer.figures.frontier import state as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo.state_space import StateRun, StateSpace

MODEL = "six-kinds-mamba"
#: Tokens that are taken apart: the matrices grow with their square.
MOST = 96


def _read(scene: Scene) -> tuple[StateSpace, str, StateRun]:
    made = scene.companion(MODEL, StateSpace)
    text = scene.text("text").strip() or str(scene.declared_control("text").default)
    ids = made.tokenizer.encode(text)
    if len(ids.ids) >= MOST:
        text = text[: ids.offsets[MOST - 1][0]]
    return made, text, made.read(text)


def gate(scene: Scene) -> Rendered[figure.StateAtWork]:
    made, text, run = _read(scene)
    layer = scene.whole("layer")
    one = run.layers[layer]
    found = acting(one.inputs, one.y, one.state.h)
    checks = (
        Check("What is read of each token, added up, is the scan’s answer", found.y_error, 1e-5, "relative error"),
        Check("What is held of each token, added up, is the state", found.h_error, 1e-5, "relative error"),
    )
    return Rendered(figure.state_at_work(made, run, text, layer, found), checks)


def depths(scene: Scene) -> Rendered[figure.StateLens]:
    made, text, run = _read(scene)
    statement = "Read token by token with nothing but the state, the last depth says the same"
    check = Check(statement, stepped_error(made.model, list(run.ids)), 1e-4, "relative error")
    return Rendered(figure.state_lens(made, run, text, said(made.model, run.streams)), (check,))
