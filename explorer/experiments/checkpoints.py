"""Checkpoints of trainings that run live: each is a model that every panel opens (`zoo.made_names`).

A training is a function of its recipe and its seed. Of several side by side each depends on its own weights and on the
windows alone, so that one trained by itself comes to the same weights, bit for bit on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from jaxtyping import Int
from torch import Tensor

from explorer.errors import BadRequestError, StorageError
from explorer.fetching.progress import Progress, silent
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import checkpoints
from explorer.zoo.checkpoints import Checkpoint
from explorer.zoo.made_names import Trained

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@runtime_checkable
class Training(Protocol):
    """One training, as far as it has come: `experiments.side_by_side.Arm` is one."""

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> Decoder: ...
    @property
    def losses(self) -> Sequence[float]:
        """Of each step."""
        ...

    @property
    def steps_measured(self) -> Sequence[int]:
        """Steps done when it was measured."""
        ...

    @property
    def course(self) -> Course | None:
        """What it reads, where the trainings do not read the same; None: the trainings' own."""
        ...

    def step(self, batch: Int[Tensor, "row pos"], /) -> object: ...


@runtime_checkable
class Course(Protocol):
    """What is read: one batch after another, asked for in order."""

    @property
    def n_ctx(self) -> int: ...
    def batch(self, step: int, /) -> Int[Tensor, "row pos"]: ...


@dataclass(frozen=True, eq=False)
class Trainings:
    """Trainings side by side, at their first step or later."""

    arms: Sequence[Training]
    course: Course
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


def written(recipe: LiveRecipe, name: Trained, arm: Training, trainings: Trainings) -> Checkpoint:
    """The checkpoint of a training as it stands, written where it is not yet."""
    from explorer.zoo.own_decoder import settings_and_state

    return checkpoints.write(
        name,
        *settings_and_state(arm.model),
        trainings.tokenizer(),
        f"{recipe.title}: {arm.name}, step {name.step}",
        f"Trained here for {name.step} of {recipe.steps} steps",
        trainings.course.n_ctx,
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
