"""Twins: what a text costs the masked model, at most, and what it costs its causal twin, exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator

from explorer.experiments.frontier import any_order as experiment
from explorer.experiments.frontier import mask_weights as recording
from explorer.experiments.frontier import unmask_twins as twins
from explorer.figures.frontier import unmask_twins as figure
from explorer.figures.frontier.mask_weights import TwinsWeights, twins_weights
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.training import unmask

#: Draws from the known costs, and how many standard errors their mean may lie off.
SIMULATED, ERRORS = 20_000, 4.5


def held_out(_: Scene) -> Rendered[figure.TwinsHeldOut]:
    parts = twins.parts()
    data = figure.held_out(
        twins.held_out(), twins.courses(), unmask.MEASURED, unmask.DRAWS, parts.n, parts.recipe.run.seed
    )
    statement = "The weights on the disk are those that were measured: files whose sha256 differs"
    return Rendered(data, (Check(statement, float(twins.strange_files()), 0.0, "files"),))


def weights(_: Scene) -> Rendered[TwinsWeights]:
    kept = recording.stored()
    own = {"inverse": twins.masked(), "uniform": twins.uniform()}
    apart = worst(
        abs(recording.probed(own[run.weighing]) - run.probe) for run in kept.runs if run.seed == recording.SEEDS[0]
    )
    checks = (
        Check("The weights that are kept cost a passage, hidden alike, what was recorded", apart, 1e-4, "nats a token"),
        Check(
            "The weights on the disk are those that were measured: files whose sha256 differs",
            float(recording.strange_files(kept)), 0.0, "files",
        ),
    )  # fmt: skip
    return Rendered(twins_weights(kept, twins.parts().said.begins), checks)


def drawn(scene: Scene) -> Iterator[Rendered[figure.BoundDrawn]]:
    text, draws, eps = scene.text("text"), scene.whole("draws"), scene.real("eps")
    made, data = None, None
    for made in experiment.drawn(text, draws, scene.whole("seed"), eps, scene.progress):
        data = figure.drawn(made, text, twins.words(made.ids[1:].tolist()), draws, eps)
        yield Rendered(data)
    assert made is not None
    assert data is not None
    apart = abs(float(made.causal.mean()) - experiment.causal_by_transformers(made.ids))
    check = Check("The causal twin’s loss = transformers’ own loss on its weights", apart, 1e-4, "nats")
    yield Rendered(data, (check,))


def exact(scene: Scene) -> Rendered[figure.BoundExact]:
    text = scene.text("short")
    made = experiment.exact(text, scene.real("eps"))
    data = figure.exact(made, text, twins.words(made.ids[1:].tolist()), math.factorial(made.tokens))
    values = experiment.simulated(made, SIMULATED, 0)
    off = abs(float(values.mean()) - made.bound) / (float(values.std()) / math.sqrt(SIMULATED))
    checks = (
        Check("The sum over all sets = the mean over all orders", abs(made.bound - made.orders.mean), 1e-6, "nats"),
        Check(
            "Left to right, one token a step = transformers’ Llama on these weights under an open mask",
            abs(made.orders.forward - experiment.left_to_right_by_transformers(made.ids)), 1e-3, "nats",
        ),
        Check(
            f"The mean of {SIMULATED:,} draws by count = the sum over all sets", off, ERRORS, "standard errors apart"
        ),
    )  # fmt: skip
    return Rendered(data, checks)
