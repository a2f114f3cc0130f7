"""Compute against accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.experiments.frontier import compute_accuracy as experiment
from explorer.experiments.frontier.compute_accuracy import Method
from explorer.figures.frontier import thinking as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Standard errors between recorded and measured means.
ERRORS = 5.0


def recorded(_: Scene) -> Rendered[figure.ComputeAccuracy]:
    made = experiment.recorded()
    again = experiment.again(made)
    check = Check(f"Prompts measured again ({experiment.AGAIN}) = the record", again, 1e-3, "of probability")
    return Rendered(figure.compute_accuracy(made, len(made[0].right), experiment.parameters()), (check,))


def live(scene: Scene) -> Iterator[Rendered[figure.ComputeAccuracy]]:
    prompts = scene.whole("prompts")
    made: Sequence[Method] = ()
    for made in experiment.measured(prompts, scene.progress):
        if len(made[0].right) < prompts:
            yield Rendered(figure.compute_accuracy(made, prompts, experiment.parameters()))
    checks = (
        Check("Exact shares of steps = those of texts that are drawn and read", experiment.off_draws(prompts), ERRORS,
              "standard errors"),
        Check("Work of a chain, token by token = a whole generation’s", worst(experiment.work_apart()), 1e-9,
              "relative difference"),
    )  # fmt: skip
    yield Rendered(figure.compute_accuracy(made, prompts, experiment.parameters()), checks)
