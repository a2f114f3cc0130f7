"""What it cannot copy: accuracy on copying and recall against what is carried."""

from __future__ import annotations

from explorer.experiments.frontier import copying as experiment
from explorer.experiments.frontier import one_thing
from explorer.experiments.frontier import same_text as text
from explorer.figures.frontier import copying as figure
from explorer.figures.frontier.same_text import SameText
from explorer.figures.frontier.same_text import same_text as text_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.zoo.state_space import StateSpace

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


def induction(_: Scene) -> Rendered[figure.OneThing]:
    kept = one_thing.stored()
    error = one_thing.again_error(kept.runs[0], AGAIN)
    check = Check("The first losses of a training, made again", error, 2e-4, "nats")
    return Rendered(figure.one_symbol(kept), (check,))


def same_text(scene: Scene) -> Rendered[SameText]:
    kept = text.stored()
    runs = {each.arm: each for each in kept.runs}
    untrained = worst(
        abs(float(text.nats(text.built(arm), text.probe()).mean()) - runs[arm.name].untrained) for arm in text.ARMS
    )
    made = scene.companion(text.MAMBA, StateSpace)
    apart = abs(float(text.nats(made.model, text.probe()).mean()) - runs["Mamba"].probe)
    checks = (
        Check("Built anew from the seed, each model costs a passage what was recorded before its first step",
              untrained, 1e-4, "nats a token"),
        Check("Six Kinds Mamba costs the passage what was recorded", apart, 1e-4, "nats a token"),
    )  # fmt: skip
    return Rendered(text_figure(kept), checks)
