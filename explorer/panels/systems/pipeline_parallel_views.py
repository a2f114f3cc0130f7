"""Pipeline: layers on several processes, schedules in time, as the simulator has them and as they were measured."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.systems import pipeline_parallel as experiment
from explorer.experiments.systems.parallel_subject import subject
from explorer.figures.systems import pipeline_parallel as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.parallelism.pipeline.bubble import NAMED, SCHEDULES, Size, shares
from explorer.stack.parallelism.pipeline.simulate import Costs, kept, simulate
from explorer.stack.worst import worst

#: The size at which formulas of papers are held against the simulator.
KNOWN = Size(4, 12, 2)
#: Tokens of a row that are read, and rows of a micro-batch.
LENGTH, ROWS = 64, 1
EQUAL = 1e-6
NAMES = {each.key: each.name for each in NAMED}


def schedule(scene: Scene) -> Rendered[figure.PipelineScheduled]:
    size = Size(scene.whole("ranks"), scene.whole("microbatches"), scene.whole("chunks"))
    costs = Costs(scene.real("forward"), scene.real("gradient"), scene.real("weight"), link=scene.real("link"))
    return Rendered(figure.scheduled(SCHEDULES[scene.one_of("schedule")], size, costs), _papers())


def _papers() -> tuple[Check, ...]:
    """Closed forms, which know nothing of the order of actions."""
    equal = Costs()
    runs = {each.key: simulate(each.make(KNOWN), shares(equal, each.chunks(KNOWN))) for each in NAMED}
    idle = worst(abs(each.idle_of(runs[each.key]) - each.idle(KNOWN, equal)) for each in NAMED)
    keeps = worst(abs(max(map(kept, runs[each.key].bars)) / each.chunks(KNOWN) - each.kept(KNOWN)) for each in NAMED)
    size = f"{KNOWN.ranks} ranks, {KNOWN.microbatches} micro-batches"
    return (
        Check(f"Idle time of {len(NAMED)} schedules = their papers’ formulas, F = I = W, {size}", idle, 1e-6, "units"),
        Check(f"Kept micro-batches of {len(NAMED)} schedules = their formulas, {size}", keeps, 1e-6, "micro-batches"),
    )


def measured(scene: Scene) -> Iterator[Rendered[figure.PipelineMeasured]]:
    key, other = scene.one_of("schedule"), "gpipe"
    other = "1f1b" if key == "gpipe" else other
    size = Size(scene.whole("processes"), min(16, scene.whole("microbatches")), scene.whole("chunks"))
    asked = subject("dense", ROWS * size.microbatches, LENGTH)
    stages, blocks = size.ranks * SCHEDULES[key].chunks(size), asked.config.n_layers
    if stages > blocks:
        raise NotApplicableError(
            f"{asked.title} has {blocks} blocks, too few for {stages} stages.",
            "Choose fewer ranks or stages of a rank.",
        )
    try:
        made = {each: SCHEDULES[each].make(size) for each in (key, other)}
    except ValueError as error:
        raise NotApplicableError(f"{error}.", "Choose another number of micro-batches.") from error
    theirs = experiment.torchs(key, size.ranks, size.microbatches, SCHEDULES[key].chunks(size))
    differs = None if theirs is None else experiment.differing(made[key], theirs)
    for found in experiment.compared(asked, made, scene.whole("repeats"), scene.ticks("Steps")):
        data = figure.measured(found, key, other, NAMES, scene.whole("repeat"), differs)
        yield Rendered(data, _checks(found, key, differs) if found.done else ())


def _checks(found: experiment.Compared, key: str, differs: tuple[int, int] | None) -> tuple[Check, ...]:
    ran = found.ran[key]
    processes, name = f"{ran.schedule.n_ranks} processes", NAMES[key]
    checks = [
        Check(f"Loss of {processes} = one process’s", abs(ran.loss - found.alone), 2e-6, "apart"),
        Check(f"Gradients of {processes} = one process’s", ran.gradients, 4 * EQUAL, "relative error"),
        Check(
            "Nothing begins before what it needs has ended, by the machine’s clock", float(ran.early), 0.0, "actions"
        ),
    ]
    if differs is not None:
        excepted = key == "1f1b"  # torch 2.13 lists forwards that do not exist on its last stage
        what = f"The order = torch’s {name}{', but for its last stage' if excepted else ''}"
        checks.append(Check(what, float(differs[0] - differs[1] if excepted else differs[0]), 0.0, "slots differ"))
    return tuple(checks)
