"""Checkpoints of trainings that run live: each is a model that every panel opens (`zoo.made_names`).

A training is a function of its recipe and its seed. Of several side by side each depends on its own weights and on the
windows alone, so that one trained by itself comes to the same weights, bit for bit on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, StorageError
from explorer.experiments.side_by_side import Arm
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.batches import WindowCourse
from explorer.zoo import checkpoints
from explorer.zoo.checkpoints import Checkpoint
from explorer.zoo.made_names import Trained

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, eq=False)
class Trainings:
    """Trainings side by side, at their first step or later."""

    arms: Sequence[Arm]
    course: WindowCourse
    tokenizer: Callable[[], Tokenizer]
    """What cuts a text into the ids that they read."""


@dataclass(frozen=True)
class LiveRecipe:
    """What a view's trainings are made of."""

    view: str
    """`panel.view`."""
    title: str
    """Of the panel."""
    arms: tuple[str, ...]
    """Those that any panel can open."""
    settings: tuple[tuple[str, str], ...]
    """Of the view's controls."""
    steps: int

    def name(self, arm: str, step: int) -> Trained:
        """The model that a training is after so many steps."""
        return Trained(f"{self.view}.{arm}", tuple(sorted(self.settings)), step)


@dataclass(frozen=True)
class Kept:
    """A checkpoint of a training on the page."""

    arm: str
    step: int
    model: str
    """Its name, with the hash of its weights."""


class Keeper:
    """Keeps a training's checkpoints, whenever it has been measured."""

    def __init__(self, recipe: LiveRecipe | None) -> None:
        """`recipe`: nothing is kept without one."""
        self.recipe = recipe
        self._kept: dict[tuple[str, int], Kept] = {}

    def keep(self, trainings: Trainings) -> list[Kept]:
        """All that are kept so far, the last measured ones now."""
        for arm in trainings.arms:
            step = len(arm.losses)
            wanted = self.recipe is not None and arm.name in self.recipe.arms and (arm.name, step) not in self._kept
            if self.recipe is not None and wanted and arm.steps_measured[-1:] == [step]:
                name = self.recipe.name(arm.name, step)
                with suppress(StorageError, OSError):  # a full or read-only disk: the training itself goes on
                    found = written(self.recipe, name, arm, trainings)
                    self._kept[arm.name, step] = Kept(arm.name, step, f"{name.text}~{found.weights}")
        return list(self._kept.values())


def written(recipe: LiveRecipe, name: Trained, arm: Arm, trainings: Trainings) -> Checkpoint:
    """The checkpoint of a training as it stands, written where it is not yet.

    Raises NotApplicableError for a decoder that is put together neither as a Llama nor as a Mixtral.
    """
    return checkpoints.write(
        name,
        arm.model.hf_config(),
        arm.model.hf_state_dict(),
        trainings.tokenizer(),
        f"{recipe.title}: {arm.name}, step {name.step}",
        f"Trained here for {name.step} of {recipe.steps} steps",
        trainings.course.batches.n_ctx,
    )


def trained_anew(recipe: LiveRecipe, name: Trained, trainings: Trainings, progress: Progress = silent) -> Checkpoint:
    """The checkpoint of that name, trained by itself from the first step. Raises BadRequestError for an arm that the
    trainings do not have."""
    wanted = name.recipe.rpartition(".")[2]
    arm = next((each for each in trainings.arms if each.name == wanted), None)
    if arm is None:
        known = ", ".join(each.name for each in trainings.arms)
        raise BadRequestError(f"{recipe.view} trains no “{wanted[:40]}”.", f"It trains {known}.")
    for at in range(name.step):
        progress(f"Training {recipe.title}: {wanted}, steps", at, name.step)
        arm.step((arm.course or trainings.course).batch(at))
    return written(recipe, name, arm, trainings)
