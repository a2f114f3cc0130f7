"""From a checkpoint's name to the training that makes it: a view's that trains live, or a recipe of the shelf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, ExplorerError
from explorer.fetching.progress import Progress, silent
from explorer.panels.scene import Scene

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, View
    from explorer.zoo.checkpoints import Checkpoint
    from explorer.zoo.made_names import Trained


@dataclass(frozen=True)
class Training:
    """What makes a checkpoint."""

    name: Trained
    panel: Panel | None
    view: View | None
    seconds: float | None = None
    """About how long it takes, where that is recorded."""

    def make(self, progress: Progress = silent) -> Checkpoint:
        """Train it, from the first step on; what is here already is not trained again."""
        from explorer.experiments.checkpoints import trained_anew
        from explorer.training import checkpoint
        from explorer.zoo import checkpoints

        if (kept := checkpoints.find(self.name)) is not None:
            return kept
        if self.panel is None or self.view is None:
            return checkpoint.make(self.name.unverified, progress)
        scene = self.panel.scene_of(self.view, Scene(controls=dict(self.name.settings), progress=progress))
        assert scene.recipe is not None
        return trained_anew(scene.recipe, self.name.unverified, self.panel.trainings(self.view.name)(scene), progress)


def training_of(name: Trained) -> Training:
    """The training that a name means. Raises BadRequestError for an unknown recipe or setting, and a step beyond the
    end."""
    from explorer.training import checkpoint

    if "." not in name.recipe:
        _check_step(name, checkpoint.last_step(name))
        return Training(name, None, None, checkpoint.seconds_of(name))
    panel, view = _shown(name)
    for control, value in name.settings:
        if control not in view.controls:
            raise BadRequestError(
                f"The training {panel.name}.{view.name} has no setting “{control[:40]}”.",
                f"Its settings: {', '.join(view.controls)}.",
            )
        if why := panel.settings[control].refused(value):
            raise BadRequestError(f"The training {panel.name}.{view.name}: {why}", panel.settings[control].meaning)
    _check_step(name, int(panel.recipe(view, dict(name.settings)).steps))
    return Training(name, panel, view)


def _shown(name: Trained) -> tuple[Panel, View]:
    from explorer.panels import panels

    parts = name.recipe.split(".")
    panel = panels().get(parts[0])
    view = next((each for each in panel.views if each.name == parts[1]), None) if panel is not None else None
    if panel is None or view is None or len(parts) != 3 or parts[2] not in view.trains:
        known = [
            f"{each.name}.{one.name}.{arm}" for each in panels().values() for one in each.views for arm in one.trains
        ]
        raise BadRequestError(f"There is no training “{name.recipe[:80]}”.", f"Trainings: {', '.join(known)}.")
    return panel, view


def _check_step(name: Trained, steps: int) -> None:
    if name.step > steps:
        raise BadRequestError(
            f"“{name.recipe[:80]}” has no step {name.step:,}: this training ends after {steps:,} steps.",
            f"Choose a step from 0 to {steps:,}.",
        )


def ready(name: str, progress: Progress = silent) -> None:
    """Train the model of that name if it is a checkpoint that is not here; any other name is passed over.

    Raises BadRequestError where the name means no training.
    """
    from explorer.zoo.made_names import Trained, parse

    try:
        made = parse(name)
    except ExplorerError:  # the loader tells
        return
    if isinstance(made, Trained):
        training_of(made).make(progress)
