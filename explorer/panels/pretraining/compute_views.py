"""Compute: what a training costs, published figures beside it, and a budget by each scaling law."""

from __future__ import annotations

from explorer.experiments.pretraining import compute as experiment
from explorer.experiments.pretraining import published_trainings
from explorer.figures.pretraining import compute as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining import compute as mechanism
from explorer.stack.pretraining.scaling_law import LAWS
from explorer.stack.systems.accelerators import TRAINING_DEVICES
from explorer.stack.worst import worst

BILLION, TERA = 1e9, 1e12
#: Where a loss is flat, a search finds its place to half of the digits.
FLAT = 1e-6


def cost(scene: Scene) -> Rendered[figure.ComputeCost]:
    parameters = scene.real("parameters") * BILLION
    ratio = scene.one_of("by") == "ratio"
    tokens = scene.real("ratio") * parameters if ratio else scene.real("tokens") * BILLION
    device = TRAINING_DEVICES.get(scene.one_of("device"))
    fleet = mechanism.Fleet(
        scene.whole("devices"),
        device.peak.value if device else scene.real("peak") * TERA,
        scene.real("mfu") / 100,
        scene.real("watts"),
        scene.real("price"),
    )
    made = mechanism.training(parameters, tokens, fleet)
    return Rendered(figure.cost(made, parameters, tokens, device), (_six(),))


def _six() -> Check:
    """The six, in a step that torch counts."""
    small, length = experiment.SMALL, experiment.SMALL_LENGTH
    weights = experiment.matrix_weights(small)
    attention = mechanism.attention_of_a_token(small.n_layers, small.n_heads, small.d_head, length)
    apart = mechanism.six_n_d(weights, length) + length * attention - experiment.counted_step()
    what = f"6 N D and attention = torch’s count of a training step: {weights:,} weights, {length} tokens"
    return Check(what, float(abs(apart)), 0.0, "operations")


def published(_scene: Scene) -> Rendered[figure.PublishedTrainings]:
    rows = published_trainings.published()
    exact = [each for each in rows if each.rounding is not None]
    what = f"{len(exact)} published figures whose inputs are printed = the calculator’s, within their rounding"
    check = Check(what, worst(each.beyond for each in exact), 1e-9, "half digits beyond")
    return Rendered(figure.published(rows), (check,))


def budget(scene: Scene) -> Rendered[figure.ComputeBudget]:
    compute = scene.real("budget")
    off = worst(
        abs(each.law.best(compute).parameters / experiment.searched(each.law, compute).parameters - 1) for each in LAWS
    )
    what = f"The formula’s parameters = those with the least loss in a search, {len(LAWS)} laws"
    return Rendered(figure.budget(compute), (Check(what, off, FLAT, "largest relative difference"),))


def modules(scene: Scene) -> Rendered[figure.ComputeModules]:
    made = experiment.counted(scene.decoder, scene.whole("length"))
    data = figure.modules(made, scene.model.card.title, experiment.COUNTED)
    what = f"The parts = torch’s count of a forward pass, {experiment.COUNTED} tokens"
    return Rendered(data, (Check(what, float(abs(data.formula - data.torchs)), 0.0, "operations"),))
