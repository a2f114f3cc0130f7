"""Train on preferences: two trainings in turns."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import preference_runs as experiment
from explorer.figures.finetuning import preference_training as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.finetuning.preferences.methods import NAMES, Settings
from explorer.stack.worst import worst

#: Nats of a whole answer.
NEAR = 5e-3


def two(scene: Scene) -> Iterator[Rendered[figure.PreferenceRuns]]:
    ask = scene.text("ask").strip()
    if not ask:
        raise NotApplicableError("There is no prompt to ask.", "Write one.")
    recipe = experiment.RunRecipe(
        scene.one_of("rule"), (scene.one_of("one", NAMES), scene.one_of("other", NAMES)),
        Settings(beta=scene.real("beta")), scene.whole("pairs"), scene.real("rate"), scene.whole("steps"),
        scene.whole("seed"),
    )  # fmt: skip
    made = None
    for made in experiment.trained(scene.model, scene.decoder, recipe, ask, scene.progress):
        if not made.done:
            yield Rendered(figure.runs(made))
    assert made is not None
    off = worst(experiment.of_merged(made, arm) for arm in made.arms)
    check = Check(
        "The first held-out pair by the last blocks with the adapter beside = by the whole decoder with it merged in",
        off, NEAR, "nats",
    )  # fmt: skip
    yield Rendered(figure.runs(made), (check,))
