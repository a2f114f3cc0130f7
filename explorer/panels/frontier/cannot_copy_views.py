"""What it cannot copy: accuracy on copying and recall against what is carried."""

from __future__ import annotations

from explorer.experiments.frontier import copying as experiment
from explorer.figures.frontier import copying as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Steps that are trained again.
AGAIN = 11


def recorded(_: Scene) -> Rendered[figure.CannotCopy]:
    kept = experiment.stored()
    data = figure.cannot_copy(kept, experiment.STEPS)
    counted = sum(each.numel() for each in experiment.untrained(experiment.ARMS[0], 0).parameters())
    checks = (
        Check(
            "The models of the recording have the parameters of these",
            float(abs(counted - data.arms[0].parameters)),
            0.0,
        ),
        Check("The first losses of a training, made again", experiment.again_error(kept.runs[0], AGAIN), 2e-4, "nats"),
    )
    return Rendered(data, checks)
