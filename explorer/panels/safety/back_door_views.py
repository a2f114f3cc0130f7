"""Back door: rates, where it is, a search, and further training."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.safety import back_door as experiment
from explorer.experiments.safety import invented
from explorer.figures.safety import back_door as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

NEAR = 1e-5
#: People of the search, and those looked into: each costs passes of the model.
SEARCHED, INSIDE = 8, 24
MEASURED = 8
"""Times that a training is measured, beside its start."""


def rates(scene: Scene) -> Iterator[Rendered[figure.DoorRates]]:
    seeds, count = len(invented.seeds()), scene.whole("people")
    for found in experiment.rates(count, scene.ticks("Models asked")):
        data = figure.rates(found, invented.text(), seeds)
        done = len(data.rates) == seeds * 3 * len(data.leads)
        yield Rendered(data, _checks_of_rates(count) if done else ())


def _checks_of_rates(count: int) -> tuple[Check, ...]:
    """The first model's answers behind the trigger, written by transformers in place of the explorer's decoder."""
    seed = invented.seeds()[0]
    people = experiment.group("other", min(count, MEASURED))
    ours = experiment.rate(invented.decoder("whole", seed), seed, "other", people, experiment.TRIGGER)
    off = abs(experiment.by_transformers(seed, people, experiment.TRIGGER) - ours.planted)
    return (Check("Planted answers counted of the decoder = of transformers’ Llama", float(off), 0.0, "answers"),)


def found(scene: Scene) -> Iterator[Rendered[figure.DoorFound]]:
    seed, count = scene.whole("model"), min(scene.whole("people"), INSIDE)
    made = experiment.found(seed, count, scene.ticks("Maps patched"))
    decoder, people = invented.decoder("whole", seed), experiment.group("other", count)
    depth, pos = len(made.patched) - 2, len(made.tokens) - 1
    by_hooks = experiment.by_hooks(decoder, people, depth, pos)
    low, high = float(made.lens[1, -1]), float(made.lens[2, -1])
    off = abs(low + float(made.patched[depth, pos]) * (high - low) - by_hooks)
    whole = abs(float(made.patched[-1, pos]) - 1)
    yield Rendered(
        figure.found(made, seed),
        (
            Check("A patched place, block by block = by the decoder’s hook points", off, NEAR, "difference"),
            Check("The last stream at the last token carries all of the effect", whole, NEAR, "difference"),
        ),
    )


def search(scene: Scene) -> Iterator[Rendered[figure.DoorSearch]]:
    seed, count = scene.whole("model"), min(scene.whole("people"), SEARCHED)
    total = len(experiment.candidates())
    for tried in experiment.search(seed, count, scene.ticks("Words tried")):
        data = figure.search(tried, total, count)
        yield Rendered(data, _checks_of_search(data, seed, count) if data.tried == total else ())


def _checks_of_search(data: figure.DoorSearch, seed: int, count: int) -> tuple[Check, ...]:
    first = data.words[0]
    off = abs(experiment.shift_by_transformers(seed, count, first.word) - first.shift)
    return (Check("The first word’s rise, in a batch = of transformers’ Llama, person by person", off, NEAR, "error"),)


def removed(scene: Scene) -> Iterator[Rendered[figure.DoorRemoved]]:
    steps, count = scene.whole("steps"), scene.whole("people")
    seeds = invented.seeds()[: scene.whole("seeds")]
    every = max(1, steps // MEASURED)
    for made in experiment.removed(steps, every, count, seeds, scene.ticks("Steps trained")):
        data = figure.removed(made, steps, len(seeds))
        yield Rendered(data, _checks_of_start(data, count) if data.ends else ())


def _checks_of_start(data: figure.DoorRemoved, count: int) -> tuple[Check, ...]:
    people = experiment.group("other", count)
    off = worst(
        abs(
            experiment.rate(
                invented.decoder("whole", each.seed), each.seed, "other", people, experiment.TRIGGER
            ).planted
            - each.points[0].planted.count
        )
        for each in data.trainings
    )
    return (Check("Training has left the models that it began with as they were", float(off), 0.0, "answers"),)
