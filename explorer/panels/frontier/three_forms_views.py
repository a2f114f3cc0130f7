"""Three views of one layer: a recurrence, a matrix, blocks."""

from __future__ import annotations

from explorer.experiments.frontier.step_rules import rules
from explorer.experiments.frontier.three_forms import views
from explorer.figures.frontier import three_forms as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.zoo.state_space import StateRun, StateSpace

#: Tokens that are shown.
MOST = 64


def _read(scene: Scene) -> tuple[StateSpace, str, StateRun]:
    made = scene.companion("six-kinds-mamba", StateSpace)
    text = scene.text("text").strip() or str(scene.declared_control("text").default)
    ids = made.tokenizer.encode(text)
    if len(ids.ids) >= MOST:
        text = text[: ids.offsets[MOST - 1][0]]
    return made, text, made.read(text)


def steps(scene: Scene) -> Rendered[figure.EulerOrExact]:
    made, text, run = _read(scene)
    layer = scene.whole("layer")
    found = rules(made.model, list(run.ids), layer)
    checks = (
        Check("By Euler’s step the model says what its own scan says", found.own_error, 1e-4, "relative error"),
        Check("The exact step = the equation, solved in 256 small steps", found.solved_error, 1e-5, "relative error"),
    )
    return Rendered(figure.euler_or_exact(text, run.tokens, (layer, len(run.layers)), found), checks)


def forms(scene: Scene) -> Rendered[figure.ThreeForms]:
    made, text, run = _read(scene)
    layer, channel, block = scene.whole("layer"), scene.whole("channel"), scene.whole("block")
    inputs = run.layers[layer].inputs
    found = views(inputs, channel, block)
    data = figure.three_forms(
        made.card.title, text, run.tokens, (layer, len(run.layers), channel, inputs.x.shape[-1]), block, found
    )
    others = worst(error for family in found.families.values() for error in family)
    checks = (
        Check("Matrix, chunks and compiled scan give the recurrence in float64, every channel",
              worst(found.errors), 1e-6, "relative error"),
        Check("So do matrix and chunks of Mamba-2 and of gated linear attention", others, 1e-6, "relative error"),
    )  # fmt: skip
    return Rendered(data, checks)
