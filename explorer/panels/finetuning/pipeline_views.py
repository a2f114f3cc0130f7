"""Through the pipeline: one sum, and held-out sums."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.finetuning import pipeline as experiment
from explorer.figures.finetuning import pipeline as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Nats.
NEAR = 1e-3


def answers(scene: Scene) -> Rendered[figure.ThroughAnswers]:
    of, watched, refused = experiment.understood(scene.text("sum"), scene.text("answer"))
    made = experiment.through(of, watched)
    data = figure.answers(made, of, watched, refused)
    apart = worst(
        abs(float(each.logp[experiment.place(answer)]) - theirs)
        for each in made
        for answer, theirs in zip(data.answers, experiment.of_transformers(each.stage, of, data.answers), strict=True)
    )
    what = "Log-probabilities of the listed answers, counted through a cache = transformers’ Llama, one pass for each"
    return Rendered(data, (Check(what, apart, NEAR, "nats"),))


def stages(scene: Scene) -> Iterator[Rendered[figure.ThroughStages]]:
    made: list[experiment.Examined] = []
    for made in experiment.examined(scene.progress):
        if len(made) < len(experiment.STAGES):
            yield Rendered(figure.stages(made))
    what = f"The likeliest answers to {experiment.AGAIN} held-out sums = transformers’ own greedy decoding, each stage"
    check = Check(what, float(sum(each.differ for each in made)), 0.0, "answers that differ")
    yield Rendered(figure.stages(made), (check,))
