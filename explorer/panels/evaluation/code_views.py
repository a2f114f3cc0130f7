"""Code: programs that the model writes, run in a sandbox, and pass@k."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.evaluation import code as experiment
from explorer.experiments.evaluation import human_eval as recordings
from explorer.figures.evaluation import code as figure
from explorer.figures.evaluation import human_eval as recorded_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.evaluation import sandbox
from explorer.stack.worst import worst

PUBLIC = "This server is public, so it runs no programs. These samples were recorded."


def samples(scene: Scene) -> Iterator[Rendered[figure.CodeSamples]]:
    # Where a visitor may bring nothing, the server is not his own, and nobody's programs run on it.
    reason = PUBLIC if scene.files is None else sandbox.refusal()
    if reason:
        yield _recorded(reason)
        return
    each, temperature = scene.whole("samples"), round(scene.real("temperature"), 1)
    done, total = list[experiment.Tried](), len(experiment.programs())
    title = scene.model.card.title
    for one in experiment.tried(scene.model, each, temperature, scene.whole("seed"), scene.ticks("Tasks tried")):
        done.append(one)
        data = figure.samples(title, done, total, temperature, each)
        yield Rendered(data, _checks(data) if len(done) == total else ())


def _recorded(reason: str) -> Rendered[figure.CodeSamples]:
    kept = experiment.recorded()
    each = len(kept.tasks[0].samples)
    said = reason if reason == PUBLIC else f"{reason} These samples were recorded."
    data = figure.samples(kept.model, kept.tasks, len(kept.tasks), kept.temperature, each, said)
    return Rendered(data, _checks(data))


def _checks(data: figure.CodeSamples) -> tuple[Check, ...]:
    gaps = list[float]()
    for point in data.curve:
        counted = [experiment.mean_over_choices(data.samples, task.passed, point.k) for task in data.tasks]
        known = [each for each in counted if each is not None]
        if len(known) == len(counted):
            gaps.append(abs(sum(known) / len(known) - point.estimated))
    what = f"pass@k = the part of all choices of k samples with a right one, counted for {len(gaps)} values of k"
    return (Check(what, worst(gaps), 1e-12, "largest difference"),)


def human_eval(_: Scene) -> Rendered[recorded_figure.HumanEvalRecorded]:
    data = recorded_figure.recorded(recordings.recorded())
    gaps = list[float]()
    for model in data.models:
        for point in model.curve:
            counted = [experiment.mean_over_choices(model.samples, each.passed, point.k) for each in model.tasks]
            known = [each for each in counted if each is not None]
            gaps.append(abs(sum(known) / len(counted) - point.mean))
    what = "pass@k of every model = the part of all choices of k programs with a right one"
    return Rendered(data, (Check(what, worst(gaps), 1e-12, "largest difference"),))
